"""A process of its own that is given work over a pipe, and may die."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

SPAWN = multiprocessing.get_context("spawn")


class Died(Exception):
    """A child that has ended; `status` is its exit status, below 0 the number of the signal that ended it."""

    def __init__(self, status: int | None):
        super().__init__(status)
        self.status = status


class Child:
    """A process that calls `work` with the other end of `connection`, and ends when this object does."""

    def __init__(self, work: Callable[..., None], *given: object) -> None:
        self.connection, there = SPAWN.Pipe()
        self.process = SPAWN.Process(target=work, args=(there, *given), daemon=True)
        self.process.start()
        there.close()

    def send(self, work: object) -> None:
        """Give it work.

        Raises:
            Died: it has ended.
        """
        try:
            self.connection.send(work)
        except ConnectionError:
            raise Died(self.end()) from None

    def receive(self) -> Any:
        """What it answers.

        Raises:
            Died: it has ended.
        """
        try:
            return self.connection.recv()
        except (EOFError, ConnectionError):
            raise Died(self.end()) from None

    def end(self) -> int | None:
        """Let it end when it is done; its exit status."""
        self.connection.close()
        self.process.join()
        return self.process.exitcode


def received(connection: Connection) -> Iterator[Any]:
    """In a child, the work that comes until nothing comes any more; Ctrl-C is answered by the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            yield connection.recv()
        except EOFError:
            return
