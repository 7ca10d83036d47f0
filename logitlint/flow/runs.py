"""How often functions have been run, and whether anything came of it.

In a large program a helper is called thousands of times, each time with other arguments. After a while nothing new
comes of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .values import Tensor, Value, leaves

IDLE = 8
"""How often a function is run as long as it reads and gives nothing worth following."""

LIVELY = 64
"""How often one is run that does."""


class Runs:
    """The runs of each function, by the identity of its node."""

    def __init__(self) -> None:
        self._number: Counter[int] = Counter()
        self._lively: set[int] = set()

    def count(self, function: int, is_lively: bool) -> None:
        """Note a run, and whether it read or gave something worth following."""
        self._number[function] += 1
        if is_lively:
            self._lively.add(function)

    def is_lively(self, function: int) -> bool:
        """Whether something came of any run of a function."""
        return function in self._lively

    def is_over(self, function: int, given: Sequence[Value]) -> bool:
        """Whether a function has been run often enough for such arguments; what reads logits always runs."""
        number = self._number[function]
        if number < IDLE or (number < LIVELY and function in self._lively):
            return False
        has_space = any(isinstance(v, Tensor) and v.space is not None for value in given for v in leaves(value))
        return not has_space or (number >= LIVELY and function not in self._lively)
