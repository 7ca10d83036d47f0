"""`html`: one page that needs nothing else: every finding with the way of its value, its fix and its rule."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import groupby

from .. import __version__
from ..files.document import spliced
from ..finding import NO_FIX, Applicability, Edit, Finding, Location, Related, Role
from ..rules.base import Rule
from ..rules.registry import all_rules
from .markdown import to_html, with_code
from .measured import measured
from .plot import figure
from .report import Report
from .text import count, place, skipped_line

CONTEXT = 2
"""How many lines are shown around a place."""

LABELS = {Applicability.SAFE: "fix", Applicability.UNSAFE: "unsafe fix", Applicability.NONE: "no fix"}


def style() -> str:
    """How pages look."""
    return resources.files(__package__).joinpath("page.css").read_text("utf-8")


def write(report: Report) -> str:
    """A run as a page."""
    codes = sorted({finding.code for finding in report.findings})
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>logitlint: {escape(_headline(report))}</title><style>\n{style()}</style></head><body>",
        *_head(report),
        "<main>",
        *(_file(path, list(group), report) for path, group in groupby(report.findings, lambda f: f.location.path)),
        *_skipped(report),
        *(['<h2 id="rules">The rules</h2>'] if codes else []),
        *(_rule(all_rules()[code], _plots(code, report)) for code in codes),
        f"</main><footer>{escape(report.closing)} logitlint {__version__}</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _headline(report: Report) -> str:
    files = len({finding.location.path for finding in report.findings})
    found = count(len(report.findings), "finding") if report.findings else "no findings"
    return f"{found} in {count(files, 'file')}" if files else found


def _head(report: Report) -> Iterator[str]:
    """The counts, switches for the severities, and the files."""
    yield f"<header><h1>{escape(_headline(report))}</h1>"
    by_severity = Counter(finding.severity for finding in report.findings)
    if by_severity:
        yield '<p class="switches">'
        for severity in sorted(by_severity, reverse=True):
            label, number = severity.label, by_severity[severity]
            yield (
                f'<label class="{label}"><input type="checkbox" id="show-{label}" checked> '
                f"{escape(count(number, label))}</label>"
            )
        yield "</p>"
    by_path = Counter(finding.location.path for finding in report.findings)
    if len(by_path) > 1:
        items = "".join(
            f'<li><a href="#{_anchor(path)}">{escape(path)}</a> <span>{number}</span></li>'
            for path, number in by_path.items()
        )
        yield f'<nav aria-label="Files"><ul>{items}</ul></nav>'
    yield "</header>"


def _file(path: str, findings: Iterable[Finding], report: Report) -> str:
    cards = "\n".join(_card(finding, report) for finding in findings)
    return f'<section id="{_anchor(path)}"><h2><code>{escape(path)}</code></h2>\n{cards}\n</section>'


def _card(finding: Finding, report: Report) -> str:
    severity = finding.severity.label
    parts = [
        f'<article class="finding {severity}"><h3><span class="severity">{severity}</span> '
        f'<a href="#{finding.code}">{finding.code}</a> <span class="name">{escape(finding.name)}</span></h3>',
        f'<p class="message">{with_code(finding.message)}</p>',
        f'<ol class="way">{"".join(_steps(finding, report))}</ol>',
        *_fix(finding, report),
        "</article>",
    ]
    return "\n".join(parts)


def _steps(finding: Finding, report: Report) -> Iterator[str]:
    """The way of the value, place by place; those that lie close together share the lines that are shown."""
    steps = list(_way(finding))
    for number, step in enumerate(steps):
        shared = [step]
        for earlier in reversed(steps[:number]):
            if not _close(earlier.where, step.where):
                break
            shared.append(earlier)
        goes_on = number + 1 < len(steps) and _close(step.where, steps[number + 1].where)
        shown = step.where.path in report.sources and not goes_on
        yield (
            f'<li class="{step.kind} {finding.severity.label}">'
            f'<p class="place"><code>{escape(place(step.where))}</code> {escape(step.words)}</p>'
            f"{_excerpt(shared, report) if shown else ''}</li>"
        )


@dataclass(frozen=True)
class _Step:
    """A place on the way of a value: something beside it, an origin, a call that passes it on, its use."""

    kind: str
    where: Location
    words: str


def _way(finding: Finding) -> Iterator[_Step]:
    by_role: dict[Role, list[Related]] = {role: [] for role in Role}
    for related in finding.related:
        by_role[related.role].append(related)
    by_role[Role.PASSED].reverse()
    for kind, role in (("beside", Role.OTHER), ("origin", Role.ORIGIN), ("passed", Role.PASSED)):
        yield from (_Step(kind, related.location, related.message) for related in by_role[role])
    yield _Step("use", finding.location, "found here")


def _close(one: Location, other: Location) -> bool:
    """Whether the lines around two places of a file or cell meet."""
    apart = max(one.line - other.end_line, other.line - one.end_line)
    return (one.path, one.cell) == (other.path, other.cell) and apart <= 2 * CONTEXT + 1


def _excerpt(steps: Sequence[_Step], report: Report) -> str:
    """The lines around some places of one file or cell, with the places marked."""
    where = steps[0].where
    lines = report.sources[where.path].lines(where.cell)
    first = max(1, min(step.where.line for step in steps) - CONTEXT)
    last = min(len(lines), max(step.where.end_line for step in steps) + CONTEXT)
    while last > first and not lines[last - 1].strip():
        last -= 1
    rows = (
        f'<span class="line"><i>{number}</i>{_marked(lines[number - 1], number, steps)}</span>'
        for number in range(first, last + 1)
    )
    return f'<pre tabindex="0">{"".join(rows)}</pre>'


def _outer_first(step: _Step) -> tuple[int, ...]:
    where = step.where
    return where.line, where.column, -where.end_line, -where.end_column


def _marked(line: str, number: int, steps: Sequence[_Step]) -> str:
    """A line with its part of each place marked; of places inside each other the inner one is on top."""
    kinds = [""] * len(line)
    for step in sorted(steps, key=_outer_first):
        where = step.where
        if where.line <= number <= where.end_line:
            start = where.column - 1 if number == where.line else len(line) - len(line.lstrip())
            end = where.end_column - 1 if number == where.end_line else len(line.rstrip())
            kinds[start:end] = [step.kind] * len(kinds[start:end])
    parts = []
    for kind, group in groupby(zip(kinds, line, strict=True), lambda pair: pair[0]):
        text = escape("".join(char for _, char in group))
        parts.append(f'<mark class="{kind}">{text}</mark>' if kind else text)
    return "".join(parts)


def _fix(finding: Finding, report: Report) -> Iterator[str]:
    fix = finding.fix
    if fix == NO_FIX:
        return
    label = LABELS[fix.applicability]
    yield f'<p class="fix {fix.applicability.value}"><b>{label}</b> {with_code(fix.message)}</p>'
    if lines := list(_difference(fix.edits, report)):
        yield f'<pre class="diff" tabindex="0">{"".join(lines)}</pre>'


def _difference(edits: Iterable[Edit], report: Report) -> Iterator[str]:
    """What the edits change, as a unified diff of each file or cell."""
    groups: dict[tuple[str, int | None], list[Edit]] = {}
    for edit in edits:
        groups.setdefault((edit.location.path, edit.location.cell), []).append(edit)
    for (path, cell), given in groups.items():
        source = report.sources.get(path)
        code = next((block.text for block in source.blocks if block.cell == cell), None) if source else None
        if code is None:
            continue
        yield f'<span class="line at">{escape(path if cell is None else f"{path}, cell {cell}")}</span>'
        old, new = code.splitlines(), spliced(code, given).splitlines()
        for line in list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]:
            kind = {"+": "add", "-": "remove", "@": "at"}.get(line[:1], "same")
            yield f'<span class="line {kind}">{escape(line)}</span>'


def _skipped(report: Report) -> Iterator[str]:
    if report.result.skipped:
        items = "".join(f"<li>{escape(skipped_line(skipped))}</li>" for skipped in report.result.skipped)
        yield f'<section id="skipped"><h2>Not checked</h2><ul>{items}</ul></section>'


MOST_PLOTS = 2
"""How many frameworks are drawn for a rule."""

DEFAULTS = ("torch", "keras-jax", "tensorflow", "jax", "numpy")
"""Which framework is drawn where the findings name none, the first that was measured."""


def _plots(code: str, report: Report) -> str:
    """The error plots of a rule on the frameworks of its findings; none where no rewrite of it was measured."""
    known = measured().get(code, {})
    claims = [claim for finding in report.findings if finding.code == code for claim in finding.fix.claims]
    seen = [f"keras-{claim.backend or 'jax'}" if claim.framework == "keras" else claim.framework for claim in claims]
    names = [name for name, _ in Counter(name for name in seen if name in known).most_common(MOST_PLOTS)]
    names = names or [name for name in DEFAULTS if name in known][:1]
    return "".join(figure(name, known[name]) for name in names)


def _rule(rule: Rule, plots: str) -> str:
    examples = "".join(f'<pre tabindex="0">{escape(source.strip())}</pre>' for source in rule.bad[:1])
    return (
        f'<details id="{rule.code}"><summary><b>{rule.code}</b> {rule.name}: {with_code(rule.summary)}</summary>'
        f"{plots}<h3>Why</h3>{to_html(rule.why)}<h3>What to write instead</h3>{to_html(rule.fix)}"
        f"<h3>Found, for example</h3>{examples}</details>"
    )


def _anchor(path: str) -> str:
    """An identifier that any path can have."""
    return "file-" + "".join(char if char.isascii() and char.isalnum() else f"-{ord(char):x}-" for char in path)
