"""What is shown: the findings of a run, and the code that they are in."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..files.source import Source
from ..finding import Finding, Location, Result

WRITERS: Mapping[str, str] = {
    "text": "text",
    "json": "data",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "html": "html",
}
"""The output formats, each with the module beside this one whose `write` makes it."""

STATISTICS = "statistics"
"""The module that makes the counts by rule, which no output format is needed for."""


@dataclass(frozen=True)
class Report:
    """A run to be shown.

    Attributes:
        result: the counts of the run, and all that was found.
        findings: those that are shown.
        sources: by path, the sources that they are in.
        fixed: how many findings were mended or silenced and are not shown.
        closing: the counts of the run, and what became of the findings, in words; empty if nobody wants to know.
    """

    result: Result
    findings: tuple[Finding, ...]
    sources: Mapping[str, Source]
    fixed: int = 0
    closing: str = ""

    def line(self, where: Location) -> str:
        """The line on which a place starts."""
        return self.sources[where.path].lines(where.cell)[where.line - 1]


def written(report: Report, output_format: str) -> str:
    """A run in one of the formats, with a newline at the end if there is anything."""
    module = WRITERS.get(output_format, output_format)
    write: Callable[[Report], str] = importlib.import_module(f".{module}", __package__).write
    return write(report)
