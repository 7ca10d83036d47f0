"""What a run prints: findings, differences, and what was not done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..files.source import Source
from ..finding import Finding, Result
from .report import Report, written
from .text import after_fixing, closing_line, count, fixable, skipped_line

if TYPE_CHECKING:
    from ..api import Mended


@dataclass(frozen=True)
class Show:
    """How a run is shown.

    Attributes:
        output_format: one of `report.WRITERS`.
        unsafe: unsafe fixes count.
        file: where findings are written, None for standard output.
        err: findings go to standard error, because standard output is for the source.
        quiet: nothing is said beside findings, differences and what went wrong.
    """

    output_format: str
    unsafe: bool
    file: Path | None
    err: bool
    quiet: bool = False

    def checked(self, result: Result, sources: Iterable[Source]) -> None:
        """The findings of a run that fixes nothing."""
        self._lines(map(skipped_line, result.skipped))
        self._findings(result, result.findings, sources, 0, fixable(result.findings, self.unsafe))

    def difference(self, done: Mended) -> None:
        """What fixes would change."""
        from .diff import unified_diff

        self._lines([*map(skipped_line, done.found.skipped), *done.notes])
        text = "".join(unified_diff(change) for changes in done.changes for change in changes)
        self._write(text)
        words = _words(fixed_findings(done, ()), "would be fixed", done, self.unsafe)
        self._say(closing_line(done.found, words), err=True)

    def mended(self, done: Mended, unwritten: Mapping[str, str], shown: Sequence[Finding], verb: str) -> None:
        """What was changed, and the findings that are left; `verb` is what became of the others."""
        self._lines([*map(skipped_line, done.found.skipped), *done.notes])
        self._lines(f"{path}: not changed: {reason}" for path, reason in unwritten.items())
        fixed = fixed_findings(done, unwritten)
        remark = _words(fixed, verb, done, self.unsafe)
        self._findings(done.found, shown, done.sources, fixed, remark)

    def baseline_written(self, result: Result, file: Path) -> None:
        """That findings are known from now on."""
        self._lines(map(skipped_line, result.skipped))
        self._say(f"Wrote {count(len(result.findings), 'finding')} to {file}.", err=False)

    def _findings(
        self, result: Result, shown: Sequence[Finding], sources: Iterable[Source], fixed: int, remark: str
    ) -> None:
        closing = "" if self.quiet else closing_line(result, remark)
        report = Report(result, tuple(shown), {source.path: source for source in sources}, fixed, closing)
        self._write(written(report, self.output_format))

    def _write(self, text: str) -> None:
        if self.file is None:
            click.echo(text, nl=False, err=self.err)
            return
        try:
            self.file.write_text(click.unstyle(text), "utf-8", errors="backslashreplace")
        except OSError as error:
            raise Unshown(f"{self.file}: cannot be written: {error.strerror or error}") from None

    def _say(self, line: str, err: bool) -> None:
        if not self.quiet:
            click.echo(line, err=err)

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            click.echo(line, err=True)


class Unshown(click.ClickException):
    """A report could not be written."""

    exit_code = 2


def fixed_findings(done: Mended, unwritten: Iterable[str]) -> int:
    """How many findings are gone, without those in files that could not be written."""
    gone = Counter(finding.location.path for finding in done.found.findings)
    gone.subtract(finding.location.path for finding in done.left)
    return gone.total() - sum(gone[path] for path in unwritten)


def _words(fixed: int, verb: str, done: Mended, unsafe: bool) -> str:
    found = len(done.found.findings)
    return after_fixing(f"{fixed} {verb}", found - fixed, done.left, unsafe) if found else ""
