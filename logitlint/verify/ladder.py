"""The ladder: several forms of one function, climbed from z = 1e-4 to 1e3 on a framework."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .checks import exact_at
from .dtypes import DTYPES, Dtype
from .frameworks import Framework
from .runner import PATIENCE, Case, Failed, Run
from .samples import Batch, ladder, on_line
from .statement import Line, Statement
from .words import Unknown, written

DECADES = tuple(10.0**power for power in range(-4, 4))
"""The rungs that are printed."""


@dataclass(frozen=True)
class Way:
    """A function along a line, its exact formula, and the forms of it that are compared; the first is the old one."""

    title: str
    forms: Mapping[str, str]
    exact: str
    line: Line
    output: tuple[float, ...] = (1.0,)
    axis: int | None = -1


@dataclass(frozen=True)
class Climb:
    """A way climbed in one format: `values` and `slopes` of each form, and what they are exactly, for each of `zs`."""

    way: Way
    dtype: Dtype
    zs: list[float]
    values: Mapping[str, list[float]]
    slopes: Mapping[str, list[float]]
    exact: list[tuple[float, float]]


NAIVE, STABLE = "naive", "stable"
DIFFERENCE = "p - y"

BINARY = Way(
    "binary cross entropy of one logit z, target y = 0",
    {
        NAIVE: "-t * log(1 / (1 + exp(-x))) - (1 - t) * log(1 - 1 / (1 + exp(-x)))",
        STABLE: "floor(x, 0) - x * t + log(1 + exp(-abs(x)))",
        DIFFERENCE: "1 / (1 + exp(-x)) - t",
    },
    "bce_logits(x, t)",
    Line({"x": [0], "t": [0]}, {"x": [1]}),
)
"""What the course forum printed by hand."""


def ways(statements: Sequence[Statement]) -> Iterator[Way]:
    """The ladders of the rewrites of a rule."""
    for one in statements:
        for line in one.domain.lines:
            fixed = [f"{name} = {list(base)}" for name, base in line.base.items() if name not in line.direction]
            title = ", ".join([one.title, *fixed])
            yield Way(title, {"before": one.before, "after": one.after}, one.exact, line, one.domain.output, one.axis)


def climbs(ways: Sequence[Way], framework: Framework, mode: str, dtypes: Sequence[str]) -> list[Climb]:
    """Climb each way in each format.

    Raises:
        Failed: the framework does not answer, or raises.
    """
    places: list[tuple[Way, Dtype, list[float]]] = []
    cases: list[Case] = []
    for way in ways:
        try:
            sources = tuple(written(formula, framework.dialect, way.axis) for formula in way.forms.values())
        except Unknown:
            continue
        for dtype in (DTYPES[name] for name in dtypes):
            zs = [z for z in rungs(dtype) if way.line.low < z < way.line.high]
            samples = tuple(on_line(way.line, z, dtype) for z in zs)
            cases.append(Case(sources, dtype, Batch(samples, way.output, (len(way.line.base["x"]),))))
            places.append((way, dtype, zs))
    values: list[dict[str, list[float]]] = [{} for _ in cases]
    slopes: list[dict[str, list[float]]] = [{} for _ in cases]
    with Run(framework.name, cases, [mode], PATIENCE) as run:
        for answer in run.answers():
            if answer.error:
                raise Failed(f"{framework.name}: {answer.error}")
            form = list(places[answer.case][0].forms)[answer.side]
            values[answer.case][form] = answer.values
            slopes[answer.case][form] = answer.slopes or [math.nan] * len(answer.values)
        if mode not in run.modes:
            raise Failed(f"{framework.name}: has no mode {mode} here")
    return [
        Climb(way, dtype, zs, values[number], slopes[number], exactly(way, cases[number].batch))
        for number, (way, dtype, zs) in enumerate(places)
    ]


def rungs(dtype: Dtype) -> list[float]:
    """The logits of a climb, with those that are printed."""
    up = {dtype.rounded(z) for z in (*DECADES, *ladder())}
    return sorted({*up, *(-z for z in up)})


def exactly(way: Way, batch: Batch) -> list[tuple[float, float]]:
    """Exact values and slopes."""
    return [exact_at(way.exact, batch, sample) for sample in batch.samples]


def table(climb: Climb) -> list[list[str]]:
    """A header, and a row for each decade; the ladder of the forum has positive logits only."""
    if climb.way is BINARY:
        columns = [
            ("stable loss", climb.values[STABLE]),
            ("naive loss", climb.values[NAIVE]),
            ("p - y", climb.values[DIFFERENCE]),
            ("stable gradient", climb.slopes[STABLE]),
            ("naive gradient", climb.slopes[NAIVE]),
        ]
        decades: tuple[float, ...] = DECADES
    else:
        columns = [
            ("before", climb.values["before"]),
            ("after", climb.values["after"]),
            ("exact", [value for value, _ in climb.exact]),
            ("gradient before", climb.slopes["before"]),
            ("gradient after", climb.slopes["after"]),
            ("gradient exact", [slope for _, slope in climb.exact]),
        ]
        decades = (*(-z for z in reversed(DECADES)), *DECADES)
    rows = [["z", *(name for name, _ in columns)]]
    for z in decades:
        if climb.dtype.rounded(z) in climb.zs:
            place = climb.zs.index(climb.dtype.rounded(z))
            rows.append([f"{z:g}", *(f"{numbers[place]:.20f}" for _, numbers in columns)])
    return rows
