"""How close the runs of two versions of a program are, and whether one version repeats itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .distance import activation, apart, breaks, distance, line_distance, made_finite
from .versions import Outcome

LINE = 60
"""Characters that are shown of a printed line."""


@dataclass(frozen=True)
class Row:
    """One thing that was compared.

    Attributes:
        what: what it is.
        size: of how many steps, arrays or lines.
        off: the largest difference, in units of the largest number; infinite if the two cannot be compared.
        note: where that is, or the values.
    """

    what: str
    size: str
    off: float
    note: str = ""


@dataclass
class Comparison:
    """Two versions beside each other; `again` is a second run of the first one.

    Attributes:
        rows: what was compared; of the variables those that are close.
        far: the other variables, with how far they are apart.
        held: variables that hold logits now, with the activation that gives what they held, and how closely.
        mended: how many numbers of a variable were not finite, and are.
        unsteady: variables and lines that differ between the two runs of the first version, and are not compared.
        unsteady_curves: curves that do.
        broken: curves of the first version that are not finite, with the number of steps before that; what comes after
            them is not compared.
    """

    before: Outcome
    again: Outcome
    after: Outcome
    tolerance: float
    rows: list[Row] = field(default_factory=list)
    far: dict[str, float] = field(default_factory=dict)
    held: dict[str, tuple[str, float]] = field(default_factory=dict)
    mended: dict[str, int] = field(default_factory=dict)
    unsteady: list[str] = field(default_factory=list)
    unsteady_curves: list[str] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, curve in self.before.curves.items():
            self._curve(name, curve)
        start = self.before.start
        if start and apart(start, self.again.start) <= self.tolerance:
            self.rows.append(Row(START, count(len(start), "array"), apart(start, self.after.start)))
        if not self.broken:
            self._variables()
            self._printed()

    @property
    def not_close(self) -> list[str]:
        """What is further apart than it may be."""
        return [*(row.what for row in self.rows if row.off > self.tolerance), *self.far]

    def _curve(self, name: str, curve: Sequence[float]) -> None:
        repeated, new = (np.array(one.curves.get(name, ())) for one in (self.again, self.after))
        end = breaks(curve)
        if end < len(curve):
            self.broken[name] = end
            repeated, new = repeated[:end], new[:end]
        values = np.array(curve[:end])
        if distance(values, repeated) > self.tolerance:
            self.unsteady_curves.append(name)
        elif end:
            self.rows.append(Row(name, count(end, "step"), distance(values, new), span(values, new)))

    def _variables(self) -> None:
        """Sort the variables that both versions have."""
        close: dict[str, float] = {}
        for name, old in self.before.variables.items():
            repeated, new = self.again.variables.get(name, []), self.after.variables.get(name)
            if apart(old, repeated) > self.tolerance:
                self.unsteady.append(name)
            elif new is None:
                continue
            elif (off := apart(old, new)) <= self.tolerance:
                close[name] = off
                if mended := made_finite(old, new):
                    self.mended[name] = mended
            elif (way := activation(old, new, self.tolerance)) is not None:
                self.held[name] = way
            else:
                self.far[name] = off
        if close:
            worst = max(close, key=lambda name: close[name])
            note = f"most in {worst}" if close[worst] else ""
            self.rows.append(Row("variables", str(len(close)), close[worst], note))

    def _printed(self) -> None:
        """Compare the lines on standard output; the line that differs most is shown."""
        before, again, after = self.before.printed, self.again.printed, self.after.printed
        if len(before) != len(again):
            self.unsteady.append("what is printed")
            return
        compared = [
            n for n, pair in enumerate(zip(before, again, strict=True)) if line_distance(*pair) <= self.tolerance
        ]
        self.unsteady += [f"line {n + 1} of what is printed" for n in range(len(before)) if n not in set(compared)]
        pairs = [(before[n], after[n] if n < len(after) else "") for n in compared]
        pairs += [("", line) for line in after[len(before) :]]
        if not pairs:
            return
        off, (old, new) = max(((line_distance(*pair), pair) for pair in pairs), key=lambda found: found[0])
        note = f"{quoted(old)} → {quoted(new)}" if off > self.tolerance else ""
        self.rows.append(Row("printed", count(len(pairs), "line"), off, note))


START = "weights at the start"


def span(curve: np.ndarray, other: np.ndarray) -> str:
    """The first and last value of a curve, of both if they show a difference."""
    ends = [[values[0], values[-1]][: len(values)] if len(values) else [] for values in (curve, other)]
    one, two = (" … ".join(f"{value:.6g}" for value in values) or "nothing" for values in ends)
    return one if one == two else f"{one} → {two}"


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}{'s' * (number != 1)}"


def quoted(line: str) -> str:
    """The beginning of a line."""
    plain = " ".join(line.split())
    return repr(plain if len(plain) <= LINE else plain[:LINE] + "…")
