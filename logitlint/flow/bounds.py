"""Bounds on how much of a program is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .machine import Exhausted, Machine

MODULE_STEPS = 100_000
"""Steps for the body of one module that is to be checked."""

IMPORTED_STEPS = 50_000
"""Steps for the body of one that is only imported."""

ENTRY_STEPS = 30_000
"""Steps for one function or method that nothing calls."""

TELLING_STEPS = 300_000
"""Steps for those in one file that name an activation, a loss or a logarithm."""

FILE_STEPS = 60_000
"""Steps for the others in one file."""

INHERITED_STEPS = 60_000
"""Steps for one method, in all classes that inherit it."""


class Budget:
    """The steps that the entry points of a file share; those of modules which they import do not count."""

    def __init__(self, vm: Machine, steps: int) -> None:
        self._vm = vm
        self._left = steps
        self._cut_short = False

    def spend(self, entry: Callable[..., object], *arguments: object) -> None:
        """Run one of them, for at most `ENTRY_STEPS`; where no steps are left, count the file once as cut short."""
        vm, allowed = self._vm, min(ENTRY_STEPS, self._left)
        if allowed <= 0:
            vm.truncated += not self._cut_short
            self._cut_short = True
            return
        with bounded(vm, allowed):
            try:
                entry(*arguments)
            finally:
                self._left -= allowed - max(vm.limit - vm.steps, 0)


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
