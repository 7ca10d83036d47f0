"""Findings for people: one block of lines for each, and a closing line that says what was checked."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

import click

from ..finding import NO_FIX, Applicability, Finding, Fix, Location, Result, Severity, Skipped
from .report import Report

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}

LABELS = {Applicability.SAFE: ("fix:", "green"), Applicability.UNSAFE: ("fix (unsafe):", "yellow")}


def write(report: Report) -> str:
    """Findings one by one, and the counts of the run."""
    blocks = [finding_block(finding, report.line(finding.location)) + "\n" for finding in report.findings]
    return "".join([*blocks, report.closing, "\n" if report.closing else ""])


def finding_block(finding: Finding, line: str) -> str:
    """The finding with its origin and an excerpt; `line` is the source line on which it starts."""
    where = click.style(place(finding.location), bold=True)
    code = click.style(finding.code, fg=COLOURS[finding.severity], bold=True)
    lines = [f"{where} {code} {finding.message}"]
    lines += [f"  {place(related.location)} {related.message}" for related in finding.related]
    lines += _excerpt(finding.location, line, COLOURS[finding.severity])
    lines += _fix(finding.fix)
    return "\n".join(lines) + "\n"


def skipped_line(skipped: Skipped) -> str:
    """What could not be checked, and why."""
    return f"{_file(skipped.path, skipped.cell)}: skipped: {skipped.reason}"


def fixable(findings: Iterable[Finding], unsafe: bool) -> str:
    """How many findings `--fix` would mend, with `unsafe` the unsafe fixes too, and how many more could be."""
    counts = Counter(finding.fix.applicability for finding in findings)
    more = 0 if unsafe else counts[Applicability.UNSAFE]
    ready = counts[Applicability.SAFE] + counts[Applicability.UNSAFE] - more
    if more and not ready:
        return f"{more} fixable with --fix --unsafe-fixes"
    parts = [f"{ready} fixable with --fix"] if ready else []
    return ", ".join([*parts, f"{more} more with --unsafe-fixes"] if more else parts)


def after_fixing(fixed: str, left: int, findings: Iterable[Finding], unsafe: bool) -> str:
    """How many findings were mended, in words, how many are left, and what `--unsafe-fixes` could do about those."""
    more = 0 if unsafe else sum(finding.fix.applicability is Applicability.UNSAFE for finding in findings)
    hint = f", {more} more with --unsafe-fixes" if more else ""
    return f"{fixed}, {left} left{hint}"


def closing_line(result: Result, remark: str = "") -> str:
    """The counts of a run, and what became of the findings. It never says that code is right."""
    if result.findings:
        by_severity = Counter(finding.severity for finding in result.findings)
        kinds = ", ".join(count(by_severity[s], s.label) for s in sorted(by_severity, reverse=True))
        found = f"Found {count(len(result.findings), 'finding')} ({kinds})"
    else:
        found = "No findings"
    line = f"{found} in {result.parsed} analysed of {count(result.files, 'file')}"
    if remark:
        line += f"; {remark}"
    if result.known:
        line += f"; {result.known} known from the baseline"
    if result.stale:
        line += f"; {count(result.stale, 'stale entry')} in the baseline (write it again)"
    if result.skipped:
        line += f"; {len(result.skipped)} skipped"
    if result.truncated:
        line += f"; {result.truncated} too large to follow to the end"
    return line + "."


def place(location: Location) -> str:
    """`path:line:column`, with the cell of a notebook."""
    return f"{_file(location.path, location.cell)}:{location.line}:{location.column}"


def _fix(fix: Fix) -> Iterator[str]:
    """What the fix does, or why there is none, if that is worth a line."""
    if fix.applicability is not Applicability.NONE:
        label, colour = LABELS[fix.applicability]
        yield f"  {click.style(label, fg=colour)} {fix.message}"
    elif fix != NO_FIX:
        yield f"  {click.style('no fix:', dim=True)} {fix.message}"


def _file(path: str, cell: int | None) -> str:
    return path if cell is None else f"{path}:cell {cell}"


def count(number: int, noun: str) -> str:
    """A number and what it counts."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def _excerpt(location: Location, line: str, colour: str) -> Iterator[str]:
    """The first line of the span, underlined; characters that would move the cursor are shown as `?`."""
    start = location.column - 1
    end = location.end_column - 1 if location.end_line == location.line else len(line.rstrip())
    visible = "".join(char if char.isprintable() or char == "\t" else "?" for char in line)
    number = str(location.line)
    margin = click.style(" " * len(number) + " |", dim=True)
    blank = "".join("\t" if char == "\t" else " " * _width(char) for char in visible[:start])
    carets = "^" * max(1, sum(map(_width, visible[start:end])))
    yield margin
    yield click.style(f"{number} |", dim=True) + f" {visible}"
    yield margin + f" {blank}" + click.style(carets, fg=colour)


def _width(char: str) -> int:
    """The columns that a character takes in a terminal."""
    return 2 if unicodedata.east_asian_width(char) in "WF" else 0 if unicodedata.combining(char) else 1
