"""The picture of a ladder: the error of each form over the logit, with the place where the old form breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .ladder import DIFFERENCE, Climb
from .verdict import Point, distance, first_break, within

LEAST = 1e-18
"""Errors below this, and none at all, are drawn here."""

COLOURS = ("#c44e52", "#4c72b0")


def draw(climbs: Sequence[Climb], file: Path) -> None:
    """Write the picture; one row for each climb, negative logits on the left, positive ones on the right.

    Raises:
        ValueError: the ending of the file is no format of pictures.
    """
    sides = [sign for sign in (-1, 1) if any(sign * z > 0 for climb in climbs for z in climb.zs)]
    figure = Figure(figsize=(6.5 * len(sides), 3.2 * len(climbs)), layout="constrained")
    grid = figure.subplots(len(climbs), len(sides), squeeze=False, sharey=True)
    for row, climb in zip(grid, climbs, strict=True):
        for axes, sign in zip(row, sides, strict=True):
            panel(axes, climb, sign)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file)


def panel(axes: Axes, climb: Climb, sign: int) -> None:
    """The errors of one format on one side of 0."""
    forms = [form for form in climb.values if form != DIFFERENCE]
    for form, colour in zip(forms, COLOURS, strict=True):
        for place, (kind, numbers) in enumerate((("value", climb.values), ("gradient", climb.slopes))):
            pairs = [
                (abs(z), error(number, exact[place]))
                for z, number, exact in zip(climb.zs, numbers[form], climb.exact, strict=True)
                if sign * z > 0
            ]
            pairs.sort()
            if not all(math.isnan(away) for _, away in pairs):
                axes.plot(*zip(*pairs, strict=True), ("-", "--")[place], color=colour, label=f"{kind}, {form}", lw=1.3)
    mark(axes, climb, forms[0], sign)
    axes.axhline(climb.dtype.tolerance, color="0.6", lw=0.8, ls=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(LEAST / 3, 1e4)
    axes.set_xlim(1e-4, 1e3)
    axes.set_xlabel("z" if sign > 0 else "-z")
    axes.set_ylabel("error / max(1, |exact|)")
    axes.set_title(f"{climb.way.title}\n{climb.dtype.name}, z {'>' if sign > 0 else '<'} 0", fontsize=9)


def error(number: float, exact: float) -> float:
    """The error as it is drawn; a gap where the number is not finite."""
    away = distance(number, exact, 1.0)
    return max(away, LEAST) if math.isfinite(away) else math.nan


def mark(axes: Axes, climb: Climb, form: str, sign: int) -> None:
    """Lines where value and gradient of the old form break."""
    for place, (kind, numbers) in enumerate((("value", climb.values), ("gradient", climb.slopes))):
        points = [
            within(climb.dtype, Point(z, exact[place], number, number))
            for z, number, exact in zip(climb.zs, numbers[form], climb.exact, strict=True)
            if sign * z > 0
        ]
        found = first_break(climb.dtype, points)
        if found is not None:
            axes.axvline(abs(found.z), color=COLOURS[0], lw=0.9, ls=("-", "--")[place], alpha=0.6)
            axes.text(
                abs(found.z) * 0.93,
                (3e2, 1)[place],
                f"{kind} breaks at {found}",
                ha="right",
                fontsize=8,
                color=COLOURS[0],
            )
