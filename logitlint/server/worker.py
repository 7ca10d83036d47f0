"""One thread for what takes long, so that the server keeps listening."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Does one thing after the other. It does not keep the process from ending in the midst of one."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    async def do(self, task: Callable[[], T]) -> T:
        """What a task gives, or raises."""
        future: Future[T] = Future()
        self._tasks.put((task, future))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while True:
            task, future = self._tasks.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(task())
            except Exception as error:  # whoever waits gets it
                future.set_exception(error)
