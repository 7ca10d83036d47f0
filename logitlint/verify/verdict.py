"""Judging a rewrite from its numbers: where the old form breaks, whether the new one is equal, and by how much."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .dtypes import DTYPES, Dtype
from .statement import Kind


class Verdict(enum.Enum):
    """What a rewrite is, from best to worst."""

    EQUAL = "equal"
    BETTER = "equal where the old one works; better beyond"
    DIFFERENT = "different on purpose"
    WRONG = "NOT equal"


@dataclass(frozen=True)
class Point:
    """One number of one sample: exact, and as computed before and after the rewrite; errors are in units of `unit`."""

    z: float | None
    exact: float
    before: float
    after: float
    unit: float = 1.0

    def error(self, number: float) -> float:
        """How far a number is from the exact one, in units or of the exact one if that is larger."""
        return distance(number, self.exact, self.unit)


@dataclass(frozen=True)
class Break:
    """Where a form breaks first on its way up the ladder, and how: `inf`, `nan`, `0` for a lost gradient, `1 %`."""

    z: float
    how: str

    def __str__(self) -> str:
        return f"{self.z:.3g} ({self.how})"


@dataclass(frozen=True)
class Judgement:
    """What the numbers of a rewrite say in one format.

    Attributes:
        verdict: the outcome.
        loss: the largest difference of the values where both are well conditioned.
        gradient: the same of the derivatives.
        loss_break: where the value of the old form breaks first.
        gradient_break: where its derivative does.
        off: how far the old form is from what was meant, for random inputs.
        reason: what is wrong, if it is.
    """

    verdict: Verdict
    loss: float = 0.0
    gradient: float = 0.0
    loss_break: Break | None = None
    gradient_break: Break | None = None
    off: float = 0.0
    reason: str = ""


def distance(a: float, b: float, unit: float) -> float:
    """The difference of two numbers in units, or of the second if that is larger; inf if only one is finite."""
    if a == b:
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(unit, abs(b))


def judge(kind: Kind, dtype: Dtype, values: Sequence[Point], slopes: Sequence[Point]) -> Judgement:
    """The judgement of one format; numbers too large for it are expected to be infinite."""
    values, slopes = ([within(dtype, point) for point in points] for points in (values, slopes))
    for name, points in (("value", values), ("gradient", slopes)):
        bad = next((point for point in points if is_wrong(kind, dtype, point) or is_other(kind, dtype, point)), None)
        if bad is not None:
            return Judgement(Verdict.WRONG, reason=told(name, bad))
    breaks = [first_break(dtype, points) for points in (values, slopes)]
    worst = [largest_difference(dtype, points) for points in (values, slopes)]
    off = max((p.error(p.before) for p in (*values, *slopes) if p.z is None), default=0.0)
    gains = any(p.error(p.before) > tolerated(dtype, p.error(p.after)) for p in (*values, *slopes))
    if kind is Kind.CORRECTING and gains:
        verdict = Verdict.DIFFERENT
    else:
        verdict = Verdict.BETTER if gains and any(breaks) else Verdict.EQUAL
    return Judgement(verdict, worst[0], worst[1], breaks[0], breaks[1], off)


def tolerated(dtype: Dtype, error: float) -> float:
    """The error that a form may have beside another one's: twice as large, and the tolerance."""
    return max(dtype.tolerance, 2 * error)


def is_wrong(kind: Kind, dtype: Dtype, point: Point) -> bool:
    """Whether the new form is off where the old one was not, or, if it corrects, at all."""
    if kind is Kind.CORRECTING:
        return not point.error(point.after) <= LIBRARY * dtype.tolerance
    limit = tolerated(dtype, point.error(point.before))
    return not point.error(point.after) <= limit


LIBRARY = 4
"""How many tolerances a library's loss may be off where there is nothing to compare it with; focal ones are one off."""


def is_other(kind: Kind, dtype: Dtype, point: Point) -> bool:
    """Whether the old form is not the function that the statement says, where rounding cannot be the reason."""
    if kind is Kind.CORRECTING or point.z is not None or dtype.tolerance > ROUNDING:
        return False
    return not point.error(point.before) <= ROUNDING * dtype.tolerance / DTYPES["float32"].tolerance


ROUNDING = 1e-4
"""The largest error that an unstable form in float32 has for ordinary logits; in float64 it is as much smaller."""


def largest_difference(dtype: Dtype, points: Iterable[Point]) -> float:
    """The largest difference between the forms where the old one is right."""
    good = [point for point in points if point.error(point.before) <= dtype.tolerance]
    return max((distance(point.after, point.before, point.unit) for point in good), default=0.0)


def within(dtype: Dtype, point: Point) -> Point:
    """The point with an exact number that the format can hold."""
    if abs(point.exact) <= dtype.largest:
        return point
    return dataclasses.replace(point, exact=math.copysign(math.inf, point.exact))


def first_break(dtype: Dtype, points: Iterable[Point]) -> Break | None:
    """The smallest logit at which the old form is broken."""
    found = [Break(point.z, how) for point in points if point.z is not None and (how := broken(dtype, point))]
    return min(found, key=lambda one: abs(one.z), default=None)


def broken(dtype: Dtype, point: Point) -> str:
    """How the old form is broken at a point; empty if it is not."""
    if not math.isfinite(point.exact):
        return ""
    if not math.isfinite(point.before):
        return f"{point.before:g}"
    error = abs(point.before - point.exact)
    if error <= dtype.least or error <= dtype.off * abs(point.exact):
        return ""
    return "0" if point.before == 0 else f"{100 * dtype.off:g} %"


def told(name: str, point: Point) -> str:
    """What is wrong at a point."""
    where = "random logits" if point.z is None else f"z = {point.z:g}"
    return f"{name} at {where}: {point.after:.8g} after, {point.before:.8g} before, exactly {point.exact:.8g}"
