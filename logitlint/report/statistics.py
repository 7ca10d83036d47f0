"""How often each rule is broken, and how many of its findings can be mended."""

from __future__ import annotations

from collections import Counter

import click

from ..finding import Applicability
from .report import Report
from .text import COLOURS


def write(report: Report) -> str:
    """A line for each rule, the most frequent first, and the counts of the run."""
    numbers = Counter((f.code, f.name, f.severity) for f in report.findings)
    fixes = Counter((f.code, f.fix.applicability) for f in report.findings)
    width = max((len(str(number)) for number in numbers.values()), default=0)
    lines = []
    for (code, name, severity), number in sorted(numbers.items(), key=lambda item: (-item[1], item[0])):
        ready = [f"{fixes[code, kind]} {kind.value}" for kind in Applicability if kind is not Applicability.NONE]
        words = [one for one in ready if not one.startswith("0 ")]
        mended = f"  fixes: {', '.join(words)}" if words else ""
        label = click.style(code, fg=COLOURS[severity], bold=True)
        lines.append(f"{number:{width}}  {label}  {severity.label:7}  {name}{mended}\n")
    return "".join([*lines, *(("\n" if lines else "", report.closing, "\n") if report.closing else ())])
