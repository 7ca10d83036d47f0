"""What is said about a program that was run before and after its fixes."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from ...finding import Finding
from .compare import START, Comparison, Row
from .versions import Outcome

SHOWN = 8
"""How many names or steps are listed."""


def fixes(findings: Sequence[Finding]) -> str:
    """How many fixes the following lines are about, and which."""
    codes = Counter(f"{one.code} {one.fix.applicability.value}" for one in findings)
    named = ", ".join(code if number == 1 else f"{number} of {code}" for code, number in sorted(codes.items()))
    return f"{len(findings)} {'fix' if len(findings) == 1 else 'fixes'} ({named})"


def judgement(comparison: Comparison) -> Iterator[str]:
    """What was compared, how close it is, and what else there is to say."""
    far = [Row(f"variable {name}", "", off) for name, off in comparison.far.items()]
    yield from table([*comparison.rows, *far[:SHOWN]], comparison.tolerance)
    if len(far) > SHOWN:
        yield f"  and {len(far) - SHOWN} more variables that are not close"
    yield from remarks(comparison)


def contrast(comparison: Comparison) -> Iterator[str]:
    """What is the same and what is not where that is no fault, with the curves that differ step by step."""
    yield from table(comparison.rows, math.inf)
    if comparison.far:
        yield f"  other variables differ: {listed(list(comparison.far))}"
    differing = {row.what for row in comparison.rows if row.off > comparison.tolerance}
    yield from curves(differing, comparison.before, comparison.after)


def table(rows: Sequence[Row], tolerance: float) -> Iterator[str]:
    """Rows in columns, marked where they are further off than they may be."""
    cells = [("  " + row.what, row.size, difference(row.off), row.note) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, cell in zip(rows, cells, strict=True):
        mark = "" if row.off <= tolerance else "  NOT CLOSE"
        yield "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip() + mark


def difference(off: float) -> str:
    """How far something is off, in words."""
    if off == 0:
        return "the same"
    return "differs" if math.isinf(off) else f"differs by {off:.1e}"


def remarks(comparison: Comparison) -> Iterator[str]:
    """What the table does not hold."""
    for name, (activation, off) in comparison.held.items():
        yield f"  {name} holds logits now; {activation} of it is what it held, within {off:.1e}"
    for name, mended in comparison.mended.items():
        yield f"  {name}: {mended} of its numbers are finite with the fix, and inf or nan without"
    for name, end in comparison.broken.items():
        then, now = comparison.before.curves[name][end], comparison.after.curves.get(name, [])[end : end + 1]
        fixed = f"; with the fix it is {now[0]:.6g} there" if now else ""
        yield f"  {name} is {then} at step {end + 1} without the fix{fixed}. Nothing after that is compared."
    if START in comparison.not_close:
        yield "  The fix changes which random numbers the weights are made of: what follows from them is not the same."
    if comparison.unsteady:
        yield f"  not compared, because two runs without the fix differ: {listed(comparison.unsteady)}"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def curves(names: Collection[str], before: Outcome, after: Outcome) -> Iterator[str]:
    """Some curves of two versions beside each other, for the first steps."""
    for name in before.curves.keys() & names:
        old, new = before.curves[name], after.curves.get(name, [])
        yield f"  {name}, step by step, without and with the fix:"
        pairs = itertools.zip_longest(old[:SHOWN], new[:SHOWN], fillvalue=math.nan)
        for step, (one, other) in enumerate(pairs, 1):
            yield f"  {step:6}  {one:12.6g}  {other:12.6g}"
