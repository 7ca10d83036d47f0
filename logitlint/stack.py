"""Room for code that is nested deeply."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

STACK_BYTES = 512 * 2**20
"""Address space for the stack of an analysis; only what is used of it takes memory."""

FRAMES = 100_000
"""The recursion limit of an analysis."""

T = TypeVar("T")


def with_deep_stack(work: Callable[[], T]) -> T:
    """The result of `work`, run with a stack and a recursion limit that hold whatever Python itself can parse."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # handed on to the caller
            errors.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        worker.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    for error in errors:
        raise error
    return results[0]
