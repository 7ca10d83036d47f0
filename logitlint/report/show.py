"""What a run prints: findings, differences, and what was not done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from ..files.source import Source
from ..finding import Finding, Result
from .text import after_fixing, closing_line, finding_block, fixable, skipped_line

if TYPE_CHECKING:
    from ..api import Mended


@dataclass(frozen=True)
class Show:
    """How a run is shown.

    Attributes:
        output_format: `text` or `json`.
        unsafe: unsafe fixes count.
        err: findings go to standard error, because standard output is for the source.
    """

    output_format: str
    unsafe: bool
    err: bool

    def checked(self, result: Result, sources: Iterable[Source]) -> None:
        """The findings of a run that fixes nothing."""
        self._lines(map(skipped_line, result.skipped))
        self._findings(result, result.findings, sources, 0, fixable(result.findings, self.unsafe))

    def difference(self, done: Mended) -> None:
        """What fixes would change."""
        from .diff import unified_diff

        self._lines([*map(skipped_line, done.found.skipped), *done.notes])
        for changes in done.changes:
            for change in changes:
                click.echo(unified_diff(change), nl=False)
        fixed = fixed_findings(done, ())
        click.echo(closing_line(done.found, _words(fixed, "would be fixed", done, self.unsafe)), err=True)

    def mended(self, done: Mended, unwritten: Mapping[str, str], shown: Sequence[Finding]) -> None:
        """What fixes changed, and the findings that are left."""
        self._lines([*map(skipped_line, done.found.skipped), *done.notes])
        self._lines(f"{path}: not changed: {reason}" for path, reason in unwritten.items())
        fixed = fixed_findings(done, unwritten)
        self._findings(done.found, shown, done.sources, fixed, _words(fixed, "fixed", done, self.unsafe))

    def _findings(
        self, result: Result, shown: Sequence[Finding], sources: Iterable[Source], fixed: int, remark: str
    ) -> None:
        if self.output_format == "json":
            from .data import as_data

            data = as_data(replace(result, findings=tuple(shown)), fixed)
            click.echo(json.dumps(data, indent=2), err=self.err)
            return
        by_path = {source.path: source for source in sources}
        for finding in shown:
            where = finding.location
            line = by_path[where.path].lines(where.cell)[where.line - 1]
            click.echo(finding_block(finding, line), err=self.err)
        click.echo(closing_line(result, remark), err=self.err)

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            click.echo(line, err=True)


def fixed_findings(done: Mended, unwritten: Iterable[str]) -> int:
    """How many findings are gone, without those in files that could not be written."""
    gone = Counter(finding.location.path for finding in done.found.findings)
    gone.subtract(finding.location.path for finding in done.left)
    return gone.total() - sum(gone[path] for path in unwritten)


def _words(fixed: int, verb: str, done: Mended, unsafe: bool) -> str:
    found = len(done.found.findings)
    return after_fixing(f"{fixed} {verb}", found - fixed, done.left, unsafe) if found else ""
