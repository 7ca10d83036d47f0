"""A bar on the terminal while a run goes on, and what took how long."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..progress import Progress

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

PATIENCE = 1.0
"""Seconds of a run after which there is a bar."""


class Shown(Progress):
    """Shows a bar on a terminal, and keeps the times of a run that began at `started` (`time.perf_counter()`)."""

    def __init__(self, started: float) -> None:
        self._started = self._last = started
        self._steps: list[tuple[str, float]] = []
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._size = self._analysed = 0
        self._bar: ProgressBar[int] | None = None

    def done(self, what: str) -> None:
        """Note how long a step took."""
        now = time.perf_counter()
        self._steps.append((what, now - self._last))
        self._last = now

    def spent(self, what: str, seconds: float) -> None:
        """Note a part of the analysis."""
        self._spent[what] += seconds

    def begin(self, size: int) -> None:
        """Note what is to be done."""
        self._size, self._analysed = size, 0

    def advance(self, size: int) -> None:
        """Move the bar; the run has one once it is long enough to be waited for."""
        self._analysed += size
        if self._bar is None and sys.stderr.isatty() and time.perf_counter() - self._started > PATIENCE:
            self._bar = click.progressbar(length=self._size, label="Analysing", file=sys.stderr, show_eta=False)
            self._bar.render_progress()
            size = self._analysed
        if self._bar is not None:
            self._bar.update(size)

    def end(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            click.echo("\r\x1b[K\x1b[?25h", nl=False, err=True)  # an empty line, and the cursor that the bar has hidden
            self._bar = None

    def lines(self) -> Iterator[str]:
        """What took how long."""
        for what, seconds in self._steps:
            yield f"{seconds:7.2f} s  {what}"
        for what, seconds in self._spent.items():
            yield f"{seconds:7.2f} s    of processor time for {what}"
        yield f"{time.perf_counter() - self._started:7.2f} s  in all"
