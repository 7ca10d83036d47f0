"""The record of a run, indexed for rules that look at more than one use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from ..flow.algebra import strip
from ..flow.tree import Site
from ..flow.uses import Record, Use
from ..flow.values import Const, Guard, Made, Tensor, Value, alternatives, compatible


class Index:
    """Uses by the origin of what they read, and the terms that other terms are made of."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.uses = list(record.uses.values())
        self.by_site: dict[Site, list[Use]] = defaultdict(list)
        self.by_origin: dict[Site, list[Use]] = defaultdict(list)
        self._consumed: set[int] = set()
        self._weights: set[Site] = set()
        self._guarded: set[int] = set()
        self._exponents: set[int] = set()
        self._called: dict[Site, set[str]] = defaultdict(set)
        for use in self.uses:
            self.by_site[use.site].append(use)
            for _, value in alternatives(use.value):
                if isinstance(value, Tensor):
                    self.by_origin[value.origin].append(use)
                    if value.maker is not None and value.maker is not value.origin:
                        self.by_origin[value.maker].append(use)
                    self._note(use, value)
                elif isinstance(value, Made) and use.reader == "distribution method":
                    self._called[value.site].add(use.detail)

    def _note(self, use: Use, value: Tensor) -> None:
        if use.reader == "formula":
            self._consumed.update(strip(a).key for a in value.args)
            if value.op == "exp":
                self._exponents.update(strip(a).key for a in value.args)
        elif use.reader == "guarded":
            self._guarded.update(t.key for t in terms(value))
        else:
            self._consumed.add(value.key)
            if use.reader == "weight":
                self._weights.add(value.origin)

    def arriving(self, use: Use) -> list[Value]:
        """The values that can arrive at a use, as training code with default arguments sees them."""
        options = [(g, v) for g, v in alternatives(use.value) if not (isinstance(v, Const) and v.value is None)]
        usual = [v for g, v in options if self._is_usual(g, use.path)]
        return usual or [v for _, v in options]

    def _is_usual(self, guard: Guard, path: Guard) -> bool:
        assumed = self.record.assumed
        expected = {(key, assumed[key]) for key, _ in guard if key in assumed and (key, not assumed[key]) not in path}
        return compatible(guard, frozenset(expected))

    def is_weight(self, use: Use) -> bool:
        """Whether what an activation gives only weighs another value: attention, a gate."""
        return use.site in self._weights

    def is_consumed(self, value: Tensor) -> bool:
        """Whether a term is an operand of another term, or is read by something."""
        return value.key in self._consumed

    def is_exponent(self, value: Tensor) -> bool:
        """Whether `exp` is applied to a term."""
        return value.key in self._exponents

    def fits_elsewhere(self, use: Use, fits: Callable[[Use], bool]) -> bool:
        """Whether the same function gives the same values, under the opposite condition, to a reader that they fit."""
        origins = {v.origin for v in self.arriving(use) if isinstance(v, Tensor)}
        others = [u for origin in origins for u in self.by_origin[origin] if u.reader == use.reader and u is not use]
        return any(
            other.function == use.function and not compatible(other.path, use.path) and fits(other) for other in others
        )

    def is_applied_in(self, function: int, value: Tensor) -> bool:
        """Whether the activation that a value has its space from is applied in a function's own body."""
        return any(use.function == function for use in self.by_site[value.origin])

    def is_guarded(self, value: Tensor, use: Use) -> bool:
        """Whether a formula is chosen by `where`, or its place is reached after comparing what goes into it."""
        if value.key in self._guarded:
            return True
        compared = {k for key, _ in use.path for k in self.record.compared.get(key, ())}
        return bool(compared) and any(t.key in compared for t in terms(value) if not isinstance(t, Const))

    def methods_called(self, use: Use) -> set[str]:
        """The methods called on the object that was made at a use."""
        return self._called[use.site]


def terms(value: Value) -> Iterator[Value]:
    """A term and everything it is made of."""
    yield value
    if isinstance(value, Tensor):
        for arg in value.args:
            yield from terms(arg)
