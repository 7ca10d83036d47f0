"""Writing comments that silence findings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..files.document import Change, Document, Unwritable
from ..files.source import Source, Unreadable
from ..finding import Edit, Finding, Location
from ..flow.tree import parse
from .comments import Directive, directives, layout

Place = tuple[int | None, int]
"""A cell, None in a script, and a line on which a comment can stand."""


def with_comments(
    findings: Iterable[Finding], sources: Iterable[Source], opened: Callable[[Source], Document], reason: str
) -> tuple[tuple[Change, ...], tuple[str, ...], tuple[str, ...]]:
    """The files with a comment at each finding; what was not done and why; the files that must not change.

    A comment ends the line on which the finding starts, or the string or statement that this line is in the middle of.
    The program stays the same, or the file stays as it is. `reason` goes behind the codes.
    """
    wanted: dict[str, dict[Place, set[str]]] = {}
    by_path = {source.path: source for source in sources}
    for finding in findings:
        where = finding.location
        block = next(b for b in by_path[where.path].blocks if b.cell == where.cell)
        place = where.cell, layout(block).slot(where.line)
        wanted.setdefault(where.path, {}).setdefault(place, set()).add(finding.code)
    changes: list[Change] = []
    notes: list[str] = []
    closed: list[str] = []
    for path, places in wanted.items():
        try:
            before = opened(by_path[path])
        except Unwritable as refusal:
            closed.append(f"{path} {refusal.reason}")
            notes.append(f"{path}: not changed: {refusal.reason}")
            continue
        edits = []
        for edit in _edits(by_path[path], places, reason):
            try:
                before.require_editable(edit)
                edits.append(edit)
            except Unwritable as refusal:
                cell = "" if edit.location.cell is None else f":cell {edit.location.cell}"
                notes.append(f"{path}{cell}:{edit.location.line}: not ignored: {refusal.reason}")
        if edits:
            after = _edited(before, edits)
            if after is None:
                notes.append(f"{path}: not changed: a comment would change the program")
            else:
                changes.append(Change(before, after))
    return tuple(changes), tuple(notes), tuple(closed)


def _edits(source: Source, places: Mapping[Place, set[str]], reason: str) -> Iterable[Edit]:
    known = {
        (d.span.cell, d.span.line): d
        for d in directives(source)
        if d.keyword == "ignore" and not d.whole_file and d.codes is not None and not d.broken
    }
    for (cell, line), codes in places.items():
        if (directive := known.get((cell, line))) is not None:
            yield Edit(directive.span, _extended(directive, codes))
            continue
        text = source.lines(cell)[line - 1]
        end = Location(source.path, cell, line, len(text.rstrip()) + 1, line, len(text) + 1)
        yield Edit(end, f"  # logitlint: ignore[{', '.join(sorted(codes))}]" + (f" {reason}" if reason else ""))


def _extended(directive: Directive, codes: Iterable[str]) -> str:
    """A directive that names some codes more."""
    head, _, tail = directive.text.partition("[")
    return f"{head}[{', '.join(dict.fromkeys((*(directive.codes or ()), *sorted(codes))))}]{tail.partition(']')[2]}"


def _edited(before: Document, edits: Sequence[Edit]) -> Document | None:
    """The document with comments, None if they would be more than comments."""
    try:
        after = before.edited(edits)
    except Unreadable:
        return None
    old, new = (
        [(block.cell, ast.dump(module)) for block, module in parse(document.source).modules]
        for document in (before, after)
    )
    return after if old == new else None
