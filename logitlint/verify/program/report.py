"""What is said about a program that was run before and after its fixes."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from ...finding import Finding
from .compare import Comparison, Row
from .versions import Outcome

SHOWN = 8
"""How many names or steps are listed."""


def fixes(findings: Sequence[Finding]) -> str:
    """How many fixes the following lines are about, and which."""
    codes = Counter(f"{one.code} {one.fix.applicability.value}" for one in findings)
    named = ", ".join(code if number == 1 else f"{number} of {code}" for code, number in sorted(codes.items()))
    return f"{len(findings)} {'fix' if len(findings) == 1 else 'fixes'} ({named})"


def table(rows: Iterable[Row], tolerance: float) -> Iterator[str]:
    """Rows in columns, with how far they are off."""
    cells = [("  " + row.what, row.size, difference(row.off, tolerance), row.note) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for cell in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()


def difference(off: float, tolerance: float) -> str:
    """How far something is off, in words."""
    if off == 0:
        return "the same"
    words = "differs" if math.isinf(off) else f"differs by {off:.1e}"
    return words if off <= tolerance else f"{words}: NOT CLOSE"


def remarks(comparison: Comparison, before: Outcome, after: Outcome) -> Iterator[str]:
    """What the table does not hold."""
    for name, (activation, off) in sorted(comparison.held.items()):
        yield f"  {name} holds logits now; {activation} of it is what it held, within {off:.1e}"
    for name, end in comparison.broken.items():
        then, now = before.curves[name][end], after.curves.get(name, [])[end : end + 1]
        fixed = f"; with the fix it is {now[0]:.6g} there" if now else ""
        yield f"  {name} is {then} at step {end + 1} without the fix{fixed}. Nothing after that is compared."
    if comparison.unsteady:
        yield f"  not compared, because two runs without the fix differ: {listed(comparison.unsteady)}"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(sorted(names)[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def curves(names: Collection[str], before: Outcome, after: Outcome) -> Iterator[str]:
    """Some curves of two versions beside each other, for the first steps."""
    for name in before.curves.keys() & names:
        old, new = before.curves[name], after.curves.get(name, [])
        yield f"  {name}, step by step, without and with the fix:"
        pairs = itertools.zip_longest(old[:SHOWN], new[:SHOWN], fillvalue=math.nan)
        for step, (one, other) in enumerate(pairs, 1):
            yield f"  {step:6}  {one:12.6g}  {other:12.6g}"
