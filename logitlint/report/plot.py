"""The error plot of a rewrite as inline SVG: how far the old and the new form are off, over the logit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from .markdown import with_code
from .measured import BROKEN, Measured

WIDTH, HEIGHT = 500, 242
LEFT, RIGHT, TOP, BOTTOM = 52, 476, 12, 204
"""The picture, and the edges of what is drawn in it."""

FARTHEST = math.asinh(1000)
"""The end of the axis of logits, which is linear around 0 and logarithmic beyond."""

LOWEST, HIGHEST = -70, 30
"""The errors that are shown, in tenths of a decade; what is not finite is drawn on the upper edge."""

LOGITS = (-1000, -100, -10, -1, 1, 10, 100, 1000)

DECADES = {-60: "1e-6", -40: "1e-4", -20: "1 %", 0: "100 %"}
"""The errors that are labelled."""

FORMAT = "float32"

ROUNDING = -60
"""The largest error, in tenths of a decade, that is only rounding."""

BEFORE = ("before", "before gradient")
LEGEND = {
    "before": "old form",
    "before gradient": "its gradient",
    "after": "new form",
    "after gradient": "its gradient",
}
"""The series in the order of the legend, with their names."""


def figure(name: str, one: Measured) -> str:
    """A plot with its legend and what it says in words, for a page."""
    where = f", {one.where}" if one.where else ""
    return (
        f'<figure class="plot"><figcaption>Error on {escape(name)} in {FORMAT} over the logit z: '
        f"{with_code(f'`{one.rewrite}`')}{escape(where)}</figcaption>"
        f"{drawing(f'Error of the old and the new form on {name}. {told(one)}', one.errors)}"
        f'<p class="break">{escape(told(one))} <span class="version">({escape(one.version)})</span></p></figure>'
    )


def told(one: Measured) -> str:
    """Where the old form breaks, in words."""
    value, _, gradient = one.breaks[FORMAT].partition(" / ")
    if value == "-" and gradient in ("", "-"):
        loses = any(away > ROUNDING for series in BEFORE for _, away in one.errors.get(series, ()))
        return "The old form breaks nowhere, and loses digits." if loses else "The old form breaks nowhere."
    if not gradient:
        return f"The old form and its gradient break at z = {value}."
    if value == "-":
        return f"The old form does not break, but its gradient breaks at z = {gradient}."
    also = "" if gradient == "-" else f", its gradient at z = {gradient}"
    return f"The old form breaks at z = {value}{also}."


def drawing(title: str, errors: Mapping[str, Sequence[tuple[float, int]]]) -> str:
    """The axes, a line for each series, and the legend."""
    sample = '<svg viewBox="0 0 24 8" aria-hidden="true"><path class="{}" d="M0 4H24"/></svg>'
    legend = "".join(f"<span>{sample.format(css(key))}{word}</span>" for key, word in LEGEND.items() if key in errors)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *axes(),
        *(f'<path class="{css(series)}" d="{path}"/>' for series, found in errors.items() if (path := line(found))),
        f"</svg><p>{legend}</p>",
    ]
    return "\n".join(parts)


def axes() -> Iterator[str]:
    """The frame, the grid and its labels."""
    yield f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>'
    for z in (*LOGITS, 0):
        yield f'<path class="grid" d="M{across(z)} {TOP}V{BOTTOM}"/>'
    for z in LOGITS:
        yield f'<text x="{across(z)}" y="{BOTTOM + 15}" text-anchor="middle">{z}</text>'
    for level, label in DECADES.items():
        yield f'<path class="grid" d="M{LEFT} {up(level)}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 5}" y="{up(level) + 4}" text-anchor="end">{label}</text>'
    yield f'<text x="{LEFT - 5}" y="{TOP + 4}" text-anchor="end">inf</text>'
    yield f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 4}" text-anchor="middle">logit z</text>'


def line(found: Sequence[tuple[float, int]]) -> str:
    """The errors of a series as a path; one that is not finite jumps to the upper edge."""
    parts: list[str] = []
    for is_broken, group in groupby(found, lambda pair: pair[1] == BROKEN):
        points = [f"{across(z)} {TOP if is_broken else up(away)}" for z, away in group]
        parts.append(("L" if parts else "M") + "L".join(points))
    return "".join(parts)


def across(z: float) -> float:
    """Where a logit is drawn."""
    return round(LEFT + (RIGHT - LEFT) * (math.asinh(z) / FARTHEST + 1) / 2, 1)


def up(away: float) -> float:
    """Where an error is drawn, in tenths of a decade."""
    share = (min(max(away, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return round(BOTTOM - 4 - (BOTTOM - TOP - 18) * share, 1)


def css(series: str) -> str:
    """The class of a series: its side, and whether it is the gradient's."""
    return series.replace(" ", "-")
