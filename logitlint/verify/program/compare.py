"""How close the runs of two versions of a program are, and whether one version repeats itself."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .versions import Outcome

Arrays = Sequence[np.ndarray]

FLOOR = 1e-3
"""Differences are counted in units of the largest number, but of no smaller one than this."""

LINE = 60
"""Characters that are shown of a printed line."""

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan\b|inf\b)", re.IGNORECASE)
_UNTOLD = re.compile(r",? ?grad_fn=<\w+>|\s+")


@dataclass(frozen=True)
class Row:
    """One thing that was compared.

    Attributes:
        what: what it is.
        size: of how many numbers, arrays or lines.
        off: the largest difference, in units of the largest number; infinite if the two cannot be compared.
        note: where that is, or the values.
    """

    what: str
    size: str
    off: float
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two versions beside each other.

    Attributes:
        rows: what was compared.
        held: variables that hold logits now, with the activation that gives what they held, and how closely.
        unsteady: what differs between two runs of the first version, and is not compared.
        broken: curves of the first version that are not finite, with the number of steps before that; what comes after
            them is not compared.
    """

    rows: list[Row]
    held: Mapping[str, tuple[str, float]]
    unsteady: list[str]
    broken: Mapping[str, int]


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


def compare(before: Outcome, again: Outcome, after: Outcome, tolerance: float) -> Comparison:
    """What two versions have in common; `again` is a second run of the first one."""
    rows: list[Row] = []
    unsteady: list[str] = []
    broken = {name: end for name, curve in before.curves.items() if (end := breaks(curve)) < len(curve)}
    for name, curve in before.curves.items():
        end = broken.get(name, len(curve))
        values, repeated, new = (np.array(one.curves.get(name, ())[:end]) for one in (before, again, after))
        if distance(values, repeated) > tolerance:
            unsteady.append(name)
        elif end:
            rows.append(
                Row(name, count(len(curve), "step"), distance(values, new), span(curve, after.curves.get(name)))
            )
    if before.start and apart(before.start, again.start) <= tolerance:
        size = count(len(before.start), "array")
        rows.append(Row("weights at the start", size, apart(before.start, after.start)))
    held: dict[str, tuple[str, float]] = {}
    if not broken:
        rows += variables(before, again, after, tolerance, held, unsteady)
        rows += printed(before.printed, again.printed, after.printed, tolerance, unsteady)
    return Comparison(rows, held, unsteady, broken)


def variables(
    before: Outcome,
    again: Outcome,
    after: Outcome,
    tolerance: float,
    held: dict[str, tuple[str, float]],
    unsteady: list[str],
) -> Iterator[Row]:
    """One row for those that are close, and one for each that is not."""
    close: dict[str, float] = {}
    for name in before.variables.keys() & again.variables.keys() & after.variables.keys():
        old, new = before.variables[name], after.variables[name]
        off = apart(old, new)
        if apart(old, again.variables[name]) > tolerance:
            unsteady.append(name)
        elif off <= tolerance:
            close[name] = off
        elif (way := activation(old, new, tolerance)) is not None:
            held[name] = way
        else:
            yield Row(f"variable {name}", count(len(old), "array"), off)
    if close:
        worst = max(close, key=lambda name: (close[name], name))
        yield Row("variables", str(len(close)), close[worst], f"most in {worst}" if close[worst] else "")


def printed(
    before: list[str], again: list[str], after: list[str], tolerance: float, unsteady: list[str]
) -> Iterator[Row]:
    """One row for the lines on standard output; the first line that differs is shown."""
    if len(before) != len(again):
        unsteady.append("what is printed")
        return
    off, size, note = 0.0, 0, ""
    for number, (old, repeated) in enumerate(zip(before, again, strict=True), 1):
        if line_distance(old, repeated) > tolerance:
            unsteady.append(f"line {number} of what is printed")
            continue
        size += 1
        new = after[number - 1] if number <= len(after) else ""
        distance_of_line = line_distance(old, new)
        if distance_of_line > max(off, tolerance):
            note = f"{quoted(old)} → {quoted(new)}"
        off = max(off, distance_of_line)
    if len(after) > len(before) and not note:
        off, note = math.inf, f"nothing → {quoted(after[len(before)])}"
    if size:
        yield Row("printed", count(size, "line"), off, note)


def span(curve: Sequence[float], other: Sequence[float] | None) -> str:
    """The first and last value of a curve, of both if they show a difference."""
    ends = [[values[0], values[-1]][: len(values)] for values in (curve, other or [])]
    one, two = (" … ".join(f"{value:.6g}" for value in values) or "nothing" for values in ends)
    return one if one == two else f"{one} → {two}"


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}{'s' * (number != 1)}"


def quoted(line: str) -> str:
    """The beginning of a line."""
    plain = " ".join(line.split())
    return repr(plain if len(plain) <= LINE else plain[:LINE] + "…")
