"""Scopes, and the store that holds every variable, attribute and container of the program."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .values import Choice, Guard, Unknown, Value, choose, compatible

_ids = itertools.count(1 << 40)


def fresh() -> int:
    """A new object or scope number, larger than every earlier one (and than every interned key)."""
    return next(_ids)


@dataclass(eq=False)
class Scope:
    """A namespace: its variables are in the store under its `key`. `captured` by a closure, it outlives its call.

    `stars` are what it imports with `*`: names of packages, files of the project.
    """

    parent: Scope | None
    is_class: bool = False
    captured: bool = False
    key: int = field(default_factory=fresh)
    outer: dict[str, Scope] = field(default_factory=dict)
    stars: list[str | Path] = field(default_factory=list)

    def enclosing(self) -> Scope | None:
        """The scope that functions defined here look names up in next."""
        scope = self.parent
        while scope is not None and scope.is_class:
            scope = scope.parent
        return scope

    def capture(self) -> None:
        """Keep the namespace, and those around it, for a closure."""
        scope: Scope | None = self
        while scope is not None and not scope.captured:
            scope.captured = True
            scope = scope.parent


Cell = tuple[Hashable, str]
Writes = dict[Cell, Value | None]


@dataclass(eq=False)
class Trace:
    """What a call read and wrote of the world that is older than itself."""

    start: int
    reads: Writes = field(default_factory=dict)
    written: set[Cell] = field(default_factory=set)

    def is_older(self, cell: Cell) -> bool:
        """Whether a cell existed before the call."""
        owner = cell[0]
        return not isinstance(owner, int) or owner < self.start


class Store:
    """A mapping from cells to values that can be forked at a branch and joined after it."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Value] = {}
        self._names: dict[Hashable, dict[str, None]] = {}
        self._undo: list[Writes] = []
        self._traces: list[Trace] = []
        self._watches: list[Writes] = []

    def get(self, owner: Hashable, name: str) -> Value | None:
        """The value of a cell, or None."""
        cell = (owner, name)
        value = self._cells.get(cell)
        if self._traces:
            trace = self._traces[-1]
            if trace.is_older(cell) and cell not in trace.written:
                trace.reads.setdefault(cell, value)
        return value

    def set(self, owner: Hashable, name: str, value: Value | None) -> None:
        """Write a cell; None removes it."""
        cell = (owner, name)
        if self._undo:
            self._undo[-1].setdefault(cell, self._cells.get(cell))
        for watch in self._watches:
            watch.setdefault(cell, self._cells.get(cell))
        if self._traces:
            self._traces[-1].written.add(cell)
        if value is None:
            self._cells.pop(cell, None)
        else:
            if cell not in self._cells:
                self._names.setdefault(owner, {})[name] = None
            self._cells[cell] = value

    def names(self, owner: Hashable) -> list[str]:
        """All names that an owner has, in the order in which they were first written."""
        return [name for name in self._names.get(owner, ()) if (owner, name) in self._cells]

    def drop(self, scope: Scope) -> None:
        """Forget the variables of a call that is over, unless a closure still sees them."""
        if scope.captured:
            return
        for name in self._names.pop(scope.key, ()):
            cell = (scope.key, name)
            self._cells.pop(cell, None)
            if self._undo:
                self._undo[-1].pop(cell, None)
            if self._traces:
                self._traces[-1].written.discard(cell)

    def fork(self) -> None:
        """Start a branch."""
        self._undo.append({})

    def rollback(self) -> Writes:
        """End a branch: undo its writes and return them."""
        old = self._undo.pop()
        new: Writes = {cell: self._cells.get(cell) for cell in old}
        for cell, value in old.items():
            if value is None:
                self._cells.pop(cell, None)
            else:
                self._cells[cell] = value
        return new

    def replay(self, writes: Writes) -> None:
        """Make the writes of a branch or of a remembered call."""
        for (owner, name), value in writes.items():
            self.set(owner, name, value)

    def watch(self) -> Writes:
        """From now on, note the value that every cell had before it is written."""
        watch: Writes = {}
        self._watches.append(watch)
        return watch

    def unwatch(self, watch: Writes) -> None:
        """End a watch."""
        self._watches = [w for w in self._watches if w is not watch]

    def adopt(self, writes: Writes) -> None:
        """Keep what a branch that left the function wrote on objects of its own: it may have returned them."""
        for (owner, name), value in writes.items():
            if (owner, name) not in self._cells:
                self.set(owner, name, value)

    def join(self, branches: list[tuple[Guard, Writes]]) -> None:
        """Make the writes of several branches, each under its guard."""
        cells = {cell: None for _, writes in branches for cell in writes}
        for cell in cells:
            old = self._cells.get(cell)
            values = [writes.get(cell, old) for _, writes in branches]
            one, *others = values
            if any(value is not one and value != one for value in others):
                one = choose([(g, v) for (g, _), v in zip(branches, values, strict=True) if v is not None])
            self.set(*cell, one)

    def start_trace(self, start: int) -> Trace:
        """Begin to record what is read and written of objects older than `start`."""
        trace = Trace(start)
        self._traces.append(trace)
        return trace

    def stop_trace(self, trace: Trace) -> Writes:
        """End a recording: its writes to older cells; an enclosing recording takes them over."""
        self._traces.pop()
        writes: Writes = {cell: self._cells.get(cell) for cell in trace.written if trace.is_older(cell)}
        if self._traces:
            outer = self._traces[-1]
            for cell, value in trace.reads.items():
                if outer.is_older(cell) and cell not in outer.written:
                    outer.reads.setdefault(cell, value)
            outer.written.update(trace.written)
        return writes

    def matches(self, reads: Writes) -> bool:
        """Whether the world still looks as a recorded call saw it; if so, an enclosing recording notes it."""
        for cell, value in reads.items():
            if self._cells.get(cell) != value:
                return False
        for owner, name in reads:
            self.get(owner, name)
        return True

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Write past all forks and recordings: what a module's body defines does not depend on who imported it."""
        kept = self._undo, self._traces, self._watches
        self._undo, self._traces, self._watches = [], [], []
        try:
            yield
        finally:
            self._undo, self._traces, self._watches = kept


def under(value: Value, path: Guard) -> Value:
    """A value as seen where `path` holds: impossible alternatives are dropped."""
    if not path or not isinstance(value, Choice):
        return value
    possible = [(guard, v) for guard, v in value.alternatives if compatible(guard, path)]
    if len(possible) == len(value.alternatives):
        return value
    return choose(possible) if possible else Unknown(0)
