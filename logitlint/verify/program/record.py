"""What a child process notes while a program runs, and the file that it leaves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .arrays import leaves, number

PATIENCE = 20
"""How many times the limit of steps a loop that is not the program's own may take before the program is ended."""


class Enough(BaseException):
    """More steps were taken than asked for, in a loop that cannot be ended in another way."""


class Record:
    """Losses step by step, weights before the first, and what variables hold; ends loops that have trained enough.

    Attributes:
        limit: after how many steps a loop ends.
        curves: numbers by what they are, one for each step.
        start: the weights before the first step, as far as they could be read.
        variables: the last value of each variable, by function and name.
        settle: waits for what is still computed.
        inside: how many calls that note their own losses are running.
        shortened: whether a loop was ended.
        cut: whether the program was ended, because a loop could not be.
        error: what ended the program early, in one line.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.curves: dict[str, list[float]] = {}
        self.start: list[Any] = []
        self.variables: dict[str, Any] = {}
        self.settle: Callable[[], object] = lambda: None
        self.inside = 0
        self.shortened = False
        self.cut = False
        self.error = ""
        self._taken = 0
        self._unended = 0
        self._loops: list[int] = []
        self._owners: dict[int, object] = {}

    def step(self, name: str, loss: object) -> None:
        """Note the loss of a step."""
        self.note(name, loss)
        self._taken += 1
        self._unended += 1

    def require_end(self) -> None:
        """Check that loops end when they have trained enough.

        Raises:
            Enough: one is going on and on.
        """
        if self._unended > PATIENCE * self.limit:
            self.cut = True
            raise Enough

    def note(self, name: str, value: object) -> None:
        """Note one more number of a curve."""
        self.curves.setdefault(name, []).append(number(value))

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Around a call that notes its own losses."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    def begin(self, owner: object, weights: Callable[[], Iterable[object]]) -> None:
        """Note the weights that `owner` trains, once."""
        if id(owner) not in self._owners:
            self._owners[id(owner)] = owner
            self.start += [leaf for weight in weights() for leaf in leaves(weight)]

    def limited(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items of a loop, until it or the loops around it have trained enough."""
        begun = self.taken
        self._loops.append(begun)
        try:
            for item in items:
                yield item
                if self.taken > begun and not self.goes_on(self._loops[0]):
                    return
        finally:
            self._loops.remove(begun)

    def goes_on(self, begun: int) -> bool:
        """Whether a loop that began at a number of steps has not trained enough yet."""
        if self.taken - begun < self.limit:
            return True
        self.shortened = True
        self._unended = 0
        return False

    @property
    def taken(self) -> int:
        """The steps so far."""
        self.settle()
        return self._taken

    def keep(self, function: str, names: Mapping[str, Any]) -> None:
        """Remember what the variables of a function hold when it returns; `function` is empty for a script's own."""
        prefix = f"{function}: " if function else ""
        self.variables.update(
            (prefix + name, value) for name, value in names.items() if not name.startswith("_") and name != "self"
        )

    def save(self, folder: Path, more: Mapping[str, Any]) -> None:
        """Write all of it to a folder, and what else there is to say."""
        import numpy as np

        self.settle()
        held = {name: leaves(value) for name, value in self.variables.items()}
        arrays = {f"start {number}": leaf for number, leaf in enumerate(self.start)}
        arrays |= {f"{number} {name}": leaf for name, found in held.items() for number, leaf in enumerate(found)}
        np.savez(folder / "arrays.npz", **{str(place): leaf for place, leaf in enumerate(arrays.values())})
        described = {
            "curves": self.curves,
            "arrays": list(arrays),
            "shortened": self.shortened,
            "cut": self.cut,
            "error": self.error,
            **more,
        }
        (folder / "record.json").write_text(json.dumps(described), "utf-8")
