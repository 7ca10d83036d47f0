"""What is analysed together, what came out of it, and who keeps that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .config.premises import Premises
from .files.source import Source, length
from .finding import Result


@dataclass(frozen=True)
class Program:
    """Sources that import one another, and the run that they are part of; or all sources of a run.

    Attributes:
        sources: those that can matter.
        beside: others that they may import, of those that are looked at.
        elsewhere: files of the same program that are analysed in other parts.
        files: all files that are looked at in the run.
        paths: the same as shown to people; findings are wanted in them.
        premises: what the configuration says about the code.
    """

    sources: tuple[Source, ...]
    beside: tuple[Source, ...]
    elsewhere: frozenset[Path]
    files: frozenset[Path]
    paths: frozenset[str]
    premises: Premises

    @property
    def size(self) -> int:
        """The characters of its code: about proportional to the time that it takes."""
        return sum(map(length, self.sources))


@dataclass(frozen=True)
class Grounds:
    """What of the disk a result depends on, beside the sources that were given.

    Attributes:
        read: other files that were read, or should have been, with their digests; empty where there was none.
        places: folder, parts of a dotted name joined by `/`, and the file that they stand for there, empty where none.
        around: files that fixes are for, and may be used around them.
    """

    read: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[str, str, str], ...] = ()
    around: tuple[str, ...] = ()


def together(every: Sequence[Grounds | None]) -> Grounds | None:
    """What several results depend on. A file that two of them have read differently can never be the same again."""
    known = [one for one in every if one is not None]
    if len(known) < len(every):
        return None
    return Grounds(
        tuple(dict.fromkeys(one for grounds in known for one in grounds.read)),
        tuple(dict.fromkeys(one for grounds in known for one in grounds.places)),
        tuple(dict.fromkeys(one for grounds in known for one in grounds.around)),
    )


@dataclass(frozen=True)
class Checked:
    """What came out of a program.

    Attributes:
        result: what came out.
        grounds: what of the disk it depends on; None if nobody knows.
        spent: the seconds that each phase of the analysis took.
    """

    result: Result
    grounds: Grounds | None = None
    spent: tuple[tuple[str, float], ...] = ()


class Store(Protocol):
    """Keeps what came out of programs."""

    def get(self, program: Program) -> Checked | None:
        """What came out of a program, if that is known."""

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program."""


class Memory:
    """Keeps what came out of programs for one run, whose files do not change on the disk."""

    def __init__(self) -> None:
        self._known: dict[Program, Checked] = {}

    def get(self, program: Program) -> Checked | None:
        """What came out of a program, if that is known."""
        return self._known.get(program)

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program."""
        self._known[program] = Checked(checked.result)
