"""How far the two forms of a rewrite are off along a ladder, as it is kept and drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..report.measured import BROKEN, SERIES
from .checks import Curve
from .verdict import Point

LEAST = 1e-7
"""Errors below this one are rounding, and kept as this one."""


def errors(curve: Curve) -> dict[str, list[tuple[float, int]]]:
    """By series, the logits from the smallest on, and ten times the decimal logarithm of the error there."""
    found = {name: series(curve.slopes if name.endswith("gradient") else curve.values, name) for name in SERIES}
    return {name: pairs for name, pairs in found.items() if pairs}


def series(points: Sequence[Point], name: str) -> list[tuple[float, int]]:
    """The errors of one form."""
    is_old = name.startswith("before")
    return sorted((p.z, tenths(p.error(p.before if is_old else p.after))) for p in points if p.z is not None)


def tenths(away: float) -> int:
    """An error as it is kept."""
    return round(10 * math.log10(max(away, LEAST))) if math.isfinite(away) else BROKEN
