"""Threads of this process, each with a process that checks repositories; all else that takes time is Arrow's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed


def run(part: Callable[[int], None], numbers: Sequence[int], jobs: int) -> Iterator[int]:
    """Do parts of a step, `jobs` at a time."""
    pool = ThreadPoolExecutor(jobs)
    try:
        doing = {pool.submit(part, number): number for number in numbers}
        for done in as_completed(doing):
            done.result()
            yield doing[done]
    finally:
        pool.shutdown(cancel_futures=True)
