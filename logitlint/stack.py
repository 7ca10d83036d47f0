"""Deeply nested code: refuse what no parser survives, and make room for the rest."""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

MAX_DEPTH = 1000
"""Levels of the deepest syntax tree that is analysed; code that a person wrote stays below 100."""

STACK_BYTES = 512 * 2**20
"""Address space for the stack of an analysis; only what is used of it takes memory."""

FRAMES = 100_000
"""The recursion limit of an analysis."""

T = TypeVar("T")


def is_too_deep(text: str) -> bool:
    """Whether a text is nested so deeply that a native parser may crash on it, or need minutes.

    Asks Python's own parser, which counts; text that it cannot parse for another reason is left to the caller's.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError) as error:
        return "too many nested" in str(error)
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def with_deep_stack(work: Callable[[], T]) -> T:
    """The result of `work`, run with a stack and a recursion limit that hold trees of `MAX_DEPTH` levels."""
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
