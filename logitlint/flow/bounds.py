"""Bounds on how much of a program is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .machine import Exhausted, Machine

MODULE_STEPS = 200_000
"""Steps for the body of one module."""

ENTRY_STEPS = 30_000
"""Steps for one function or method that nothing calls."""

FILE_STEPS = 60_000
"""Steps for those in one file that name neither an activation nor a loss nor a logarithm."""


@contextmanager
def bounded(vm: Machine, steps: int) -> Iterator[None]:
    """Run an entry point for at most so many steps; what was learned until then stays."""
    outer, start = vm.limit, vm.steps
    vm.limit = start + steps
    frames, path = list(vm.frames), vm.path
    with vm.store.apart():
        try:
            yield
        except (Exhausted, RecursionError):
            vm.truncated += 1
            vm.frames, vm.path = frames, path
        finally:
            vm.limit = outer + (vm.steps - start) if outer else 0
