"""How far numbers, arrays, curves and printed lines are apart."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

Arrays = Sequence[np.ndarray]

FLOOR = 1e-3
"""Differences are counted in units of the largest number, but of no smaller one than this."""

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan\b|inf\b)", re.IGNORECASE)
_UNTOLD = re.compile(r",? ?grad_fn=<\w+>|\s+")


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference in units of the largest number; of several integers, the share that differs.

    Where the first is not finite, nothing is compared; where only the second is not, it is infinite.
    """
    if one.shape != other.shape:
        return math.inf
    if one.dtype.kind in "biu" and other.dtype.kind in "biu" and one.size > 1:
        return float(np.mean(one != other))
    a, b = one.astype("float64"), other.astype("float64")
    known = np.isfinite(a)
    if not known.any():
        return 0.0
    with np.errstate(all="ignore"):
        off = np.max(np.abs(a - b)[known]) / max(np.max(np.abs(a[known])), FLOOR)
    return math.inf if np.isnan(off) else float(off)


def apart(one: Arrays, other: Arrays) -> float:
    """The largest distance of arrays in the same places."""
    if len(one) != len(other):
        return math.inf
    return max(map(distance, one, other), default=0.0)


def made_finite(one: Arrays, other: Arrays) -> int:
    """How many numbers are not finite in the first arrays, and are in the second."""
    return sum(int(np.sum(~np.isfinite(old) & np.isfinite(new))) for old, new in zip(one, other, strict=True))


def breaks(curve: Sequence[float]) -> int:
    """How many numbers of a curve come before the first that is not finite."""
    return next((place for place, value in enumerate(curve) if not math.isfinite(value)), len(curve))


def softmax(axis: int) -> Callable[[np.ndarray], np.ndarray]:
    """The function along an axis."""

    def along(z: np.ndarray) -> np.ndarray:
        raised = np.exp(z - z.max(axis=axis, keepdims=True))
        return np.asarray(raised / raised.sum(axis=axis, keepdims=True))

    return along


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -z)))


ACTIVATIONS: Mapping[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "sigmoid": (0, sigmoid),
    "softmax": (1, softmax(-1)),
    "softmax over axis 1": (3, softmax(1)),
    "log_softmax": (1, lambda z: np.log(softmax(-1)(z))),
    "log_softmax over axis 1": (3, lambda z: np.log(softmax(1)(z))),
}
"""What a variable may have held where it holds logits now, with the least number of axes."""


def activation(one: Arrays, other: Arrays, tolerance: float) -> tuple[str, float] | None:
    """The activation that turns what a variable holds now into what it held, and how closely."""
    if len(one) != len(other):
        return None
    moved = [(old, new) for old, new in zip(one, other, strict=True) if distance(old, new) > tolerance]
    for name, (axes, function) in ACTIVATIONS.items():
        if all(new.ndim >= axes and new.dtype.kind == "f" for _, new in moved):
            off = max(distance(old, function(new)) for old, new in moved)
            if off <= tolerance:
                return name, off
    return None


def line_distance(one: str, other: str) -> float:
    """The largest difference of the numbers in two lines, beyond the last digit; infinite if the words differ."""
    one, other = _UNTOLD.sub(" ", one), _UNTOLD.sub(" ", other)
    if _NUMBER.sub("#", one).replace(" ", "") != _NUMBER.sub("#", other).replace(" ", ""):
        return math.inf
    return max(map(number_distance, _NUMBER.findall(one), _NUMBER.findall(other)), default=0.0)


def number_distance(one: str, other: str) -> float:
    """The difference of two printed numbers, of which the last digit may be rounded."""
    digits = max(len(text.lower().partition("e")[0].partition(".")[2]) for text in (one, other))
    a, b = float(one), float(other)
    if not math.isfinite(a):
        return 0.0
    exponent = max((int(text.lower().partition("e")[2] or 0) for text in (one, other)), key=abs)
    unit = 1.01 * 10.0 ** (exponent - digits) if "." in one + other else 0.0
    off = max(0.0, abs(a - b) - unit) / max(abs(a), FLOOR)
    return off if math.isfinite(off) else math.inf
