"""Commands that are run against one another, each a whole process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

MEGABYTE = 1e6
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
Command = Sequence[str | Path]


@dataclass(frozen=True)
class Run:
    """What a process and its children took: seconds on the clock and of processors, bytes of the largest of them."""

    waited: float
    worked: float
    peak: int


def run(command: Command) -> Run:
    """Run a command, which may exit with 1 to say that it found something.

    Python keeps its bytecode, as it has it of packages that are installed, whatever the environment says.

    Raises:
        click.ClickException: it failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        waited = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            raise click.ClickException(f"{command[0]}: {said.read().decode(errors='replace')[-500:]}")
    return Run(waited, used.ru_utime + used.ru_stime, used.ru_maxrss * MAXRSS_UNIT)


@dataclass
class Contestant:
    """A command, and its runs.

    Attributes:
        name: what it is called in the table.
        before: what is done before each run, not timed.
        once: whether it takes so long that a single run has to do.
    """

    name: str
    command: Command
    before: Callable[[], object] = lambda: None
    once: bool = False
    runs: list[Run] = field(default_factory=list)

    @property
    def waited(self) -> float:
        """The median of the seconds on the clock."""
        return statistics.median(one.waited for one in self.runs)

    @property
    def worked(self) -> float:
        """The median of the seconds of processors."""
        return statistics.median(one.worked for one in self.runs)

    def __str__(self) -> str:
        return f"{self.name} {self.waited:.3g} s{' (1 run)' if self.once else ''}"


def take_turns(contestants: Sequence[Contestant], runs: int) -> None:
    """Run all of them, in turns, so that a busy machine is busy for all; a first turn fills caches and is dropped."""
    for turn in range(runs + 1):
        for one in contestants:
            if one.once and turn:
                continue
            one.before()
            taken = run(one.command)
            if one.once or turn:
                one.runs.append(taken)
