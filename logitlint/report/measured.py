"""What `verify` measured for a rewrite of each rule: where the old form breaks, and its error over the logit."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

FILE = "measured.json"
"""Written by `docs/measure.py`, in this package."""

SERIES = ("before", "after", "before gradient", "after gradient")
"""The errors of a rewrite that are kept: of the value and of its derivative."""

BROKEN = 99
"""Stands for an error that is not finite."""


@dataclass(frozen=True)
class Measured:
    """A rewrite on one framework.

    Attributes:
        rewrite: the statement, `before → after`.
        where: the inputs that stay as they are while the logit z climbs; empty if there are none.
        version: of the framework.
        breaks: by number format, the logits from which the old form is wrong: `value / gradient`, `-` for never.
        errors: by series, logits and ten times the decimal logarithm of the error there, in float32; `BROKEN` if it
            is not finite. Logits between two equal errors are left out.
    """

    rewrite: str
    where: str
    version: str
    breaks: Mapping[str, str]
    errors: Mapping[str, Sequence[tuple[float, int]]]


@functools.cache
def measured() -> Mapping[str, Mapping[str, Measured]]:
    """By rule and framework, what was measured."""
    data = json.loads(resources.files(__package__).joinpath(FILE).read_text("utf-8"))
    return {
        code: {
            name: Measured(
                rule["rewrite"],
                rule["where"],
                data["versions"][name],
                one["breaks"],
                {series: [(z, away) for z, away in one[series]] for series in SERIES if series in one},
            )
            for name, one in rule["frameworks"].items()
        }
        for code, rule in data["rules"].items()
    }


Row = tuple[str, ...]


def break_rows(known: Mapping[str, Measured]) -> list[Row]:
    """A header, and where the old form breaks on the frameworks in each format; those that agree share a row."""
    formats = list(next(iter(known.values())).breaks)
    alike: dict[Row, list[str]] = {}
    for name, one in known.items():
        alike.setdefault(tuple(one.breaks.get(each, "") for each in formats), []).append(name)
    return [("", *formats), *((", ".join(names), *places) for places, names in alike.items())]


def what_broke(known: Mapping[str, Measured]) -> str:
    """What the rows say, as Markdown."""
    one = next(iter(known.values()))
    where = f" with `{one.where}`" if one.where else ""
    return (
        f"`{one.rewrite}`{where}: the logit z at which the old form breaks first, value / gradient, and how: `inf`, "
        "`nan`, `0` for a lost gradient, `1 %` for an error of that size; `-` where it does not."
    )
