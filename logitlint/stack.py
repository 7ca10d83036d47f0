"""Room for code that is nested deeply."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

STACK_BYTES = 512 * 2**20
"""Address space for the stack of an analysis; only what is used of it takes memory."""

FRAMES = 100_000
"""The recursion limit of an analysis."""

T = TypeVar("T")


def with_deep_stack(work: Callable[[], T]) -> T:
    """The result of `work`, run with a stack and a recursion limit that hold whatever Python itself can parse."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # handed on to the caller
            outcome.set_exception(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        threading.Thread(target=run, daemon=True).start()
        return outcome.result()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
