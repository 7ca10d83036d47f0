"""Processes that check repositories: one that takes too much, or dies, takes nothing with it."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ..child import Child, Died, received
from ..config.settings import Settings
from ..stack import STACK_BYTES
from .repository import Outcome, check_repository

MAX_TAKEN = 32 * 2**20
"""Bytes of code after which a process makes room for a new one, for its memory grows."""

_here = threading.local()


@dataclass(frozen=True)
class Limits:
    """What checking one repository may take: seconds of processor time, gigabytes of memory."""

    seconds: int
    gigabytes: float


class Lost(Exception):
    """A repository that could not be checked; `reason` says why in one line."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = f"not checked: {reason}"


def checker(limits: Limits) -> Checker:
    """The checker of the thread that asks for it."""
    found: Checker | None = getattr(_here, "checker", None)
    if found is None or found.limits != limits:
        found = _here.checker = Checker(limits)
    return found


class Checker:
    """Has repositories checked by a process of its own, which ends when this object does."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._child: Child | None = None
        self._taken = 0

    def check(self, name: str, files: Sequence[tuple[str, str | bytes]], settings: Settings) -> Outcome:
        """What comes out of a repository.

        Raises:
            Lost: it takes more than the limits allow, the analysis fails, or its process dies, twice.
        """
        if self._taken > MAX_TAKEN:
            self._end()
        for _ in range(2):
            is_new = self._child is None
            child = self._child = self._child or Child(_work, self.limits)
            try:
                child.send((name, files, settings))
                answer = child.receive()
            except Died as died:
                self._end()
                if died.status == -signal.SIGPROF:
                    raise Lost(f"takes more than {self.limits.seconds} seconds of processor time") from None
                continue
            if isinstance(answer, Outcome):
                self._taken += sum(len(content) for _, content in files)
                return answer
            self._end()
            if is_new:  # else it may do better where nothing was done before
                raise Lost(answer)
        raise Lost("the process that analysed it died, twice")

    def _end(self) -> None:
        """Let the next repository be checked by a new process."""
        if self._child is not None:
            self._child.end()
        self._child, self._taken = None, 0


def _work(connection: Connection, limits: Limits) -> None:
    """Check what comes.

    A process that has used up its processor time is ended by the system.
    """
    if sys.platform == "linux":
        import resource

        space = int(limits.gigabytes * 2**30) + STACK_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
    gc.freeze()
    for name, files, settings in received(connection):
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)
        answer: Outcome | str
        try:
            answer = check_repository(name, files, settings)
        except MemoryError:
            answer = f"takes more than {limits.gigabytes:g} GB of memory"
        except Exception as error:  # shown as the reason
            answer = f"the analysis failed: {type(error).__name__}: {error}".splitlines()[0]
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send(answer)
        del name, files, settings, answer
        gc.collect()
