"""Programs checked by several processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait

from .check import Advance, check_here
from .child import Child, Died, received
from .store import Checked, Program

SHARES = 8
"""Into how many shares for each process small programs are put."""

Share = list[int]
"""Programs that a process checks in one go, by their places."""


def check_programs(programs: Sequence[Program], jobs: int, advance: Advance) -> list[Checked | None]:
    """What comes out of programs, in their order; `advance` is told how many characters are done.

    Where a process dies, its programs are checked again, each by itself; None comes out of one with which a process
    dies twice.
    """
    waiting = deque(shares(programs, sum(program.size for program in programs) // (jobs * SHARES)))
    found: dict[int, Checked | None] = {}
    busy: dict[Connection, Share] = {}
    again: set[int] = set()
    team = Team()
    try:
        while waiting or busy:
            while waiting and len(busy) < jobs:
                share = waiting.popleft()
                busy[team.give([programs[number] for number in share])] = share
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                results = team.take(connection)
                if isinstance(results, int):
                    advance(results)
                    continue
                share = busy.pop(connection)
                if results is not None:
                    found.update(zip(share, results, strict=True))
                    continue
                found.update((number, None) for number in share if number in again)
                waiting.extend([number] for number in share if number not in again)
                again.update(share)
    finally:
        team.end()
    return [found[number] for number in range(len(programs))]


def shares(programs: Sequence[Program], size: int) -> Iterator[Share]:
    """The places of programs, the largest first; small ones together until they have `size` characters."""
    share: Share = []
    held = 0
    for number in sorted(range(len(programs)), key=lambda number: -programs[number].size):
        share.append(number)
        held += programs[number].size
        if held >= size:
            yield share
            share, held = [], 0
    if share:
        yield share


class Team:
    """Processes that check programs; new ones are started while none is free."""

    def __init__(self) -> None:
        self._free: list[Child] = []
        self._children: dict[Connection, Child] = {}

    def give(self, programs: list[Program]) -> Connection:
        """Let a process check programs; its connection is ready when it is done, or dead."""
        while self._free:
            child = self._free.pop()
            try:
                child.send(programs)
            except Died:  # while it had nothing to do
                del self._children[child.connection]
            else:
                return child.connection
        child = Child(_work)
        self._children[child.connection] = child
        child.send(programs)
        return child.connection

    def take(self, connection: Connection) -> list[Checked] | int | None:
        """What a process has found, or how many characters more it has done; None if it died."""
        child = self._children[connection]
        try:
            results: list[Checked] | int = child.receive()
        except Died:
            del self._children[connection]
            return None
        if not isinstance(results, int):
            self._free.append(child)
        return results

    def end(self) -> None:
        """End all processes, whatever they are doing."""
        for child in self._children.values():
            child.process.terminate()
        for child in self._children.values():
            child.end()


def _work(connection: Connection) -> None:
    """Check what comes."""
    for programs in received(connection):
        connection.send(check_here(programs, connection.send))
