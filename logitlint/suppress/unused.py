"""Comments that silence nothing: what LGT900 finds."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..config.settings import Settings
from ..files.source import Source
from ..finding import Applicability, Edit, Finding, Fix, Location, Result
from ..rules.registry import UNUSED, all_rules
from ..select import UnknownCode
from .comments import Directive, Silence, names_ours


def unused_comments(result: Result, sources: Sequence[Source], settings: Mapping[str, Settings]) -> list[Finding]:
    """The comments of these sources that silence none of the findings of their analysis.

    Comments are left alone where nobody can tell: in files that were not analysed to the end, and in files that others
    import which were not looked at. So are bare `noqa` and codes of other tools.
    """
    if result.truncated:
        return []
    silence = Silence(sources)
    unread = {skipped.path for skipped in result.skipped}
    candidates = {s.path: s for s in sources if s.path not in unread and names_ours(s) and silence.of(s.path)}
    if not candidates:
        return []
    on = {path: settings.get(path, Settings()).rules(path) for path in candidates}
    needed: dict[Directive, set[str]] = {}
    for finding in result.findings:
        if finding.location.path in candidates and finding.code in on[finding.location.path]:
            for directive in silence.meant_for(finding):
                needed.setdefault(directive, set()).add(finding.code)
    found = []
    for path, source in candidates.items():
        reports = [
            report
            for directive in silence.of(path)
            if (report := _report(directive, needed.get(directive, ()), on[path])) is not None
        ]
        if reports and not _used_elsewhere(source, sources):
            found += [_trimmed(report, source) for report in reports]
    return found


def _report(directive: Directive, needed: Collection[str], on: Collection[str]) -> Finding | None:
    """What is wrong with a directive, with the fix of its own part of the comment; None if nothing is."""
    if directive.broken:
        codes = ", ".join(directive.codes or ("LGT201",))
        return _finding(directive, f"`{directive.head}`", f": codes stand in brackets, `ignore[{codes}]`", None)
    if directive.codes is None:
        if needed or directive.keyword == "noqa":
            return None
        return _finding(directive, f"`{directive.head}`", "", "")
    ours = [code for code in directive.codes if directive.keyword == "ignore" or code.startswith("LGT")]
    idle = [code for code in ours if code != UNUSED and _is_idle(code, needed, on)]
    if not idle and (ours or directive.keyword == "noqa"):
        return None
    left = [code for code in directive.codes if code not in idle]
    what = f"{', '.join(idle)} in `{directive.head}`" if left else f"`{directive.head}`"
    return _finding(directive, what, _unknown(idle), _without(directive, left))


def _is_idle(code: str, needed: Collection[str], on: Collection[str]) -> bool:
    """Whether a code or prefix silences nothing although its rules are on, or has none."""
    if any(one.startswith(code) for one in needed):
        return False
    rules = [rule for rule in all_rules() if rule.startswith(code)]
    return not rules or any(rule in on for rule in rules if rule != UNUSED)


def _unknown(codes: Iterable[str]) -> str:
    unknown = [str(UnknownCode(code)) for code in codes if not any(rule.startswith(code) for rule in all_rules())]
    return f": {'; '.join(unknown)}" if unknown else ""


def _without(directive: Directive, left: Sequence[str]) -> str:
    """A directive that names only the codes that are left."""
    if not left:
        return ""
    text, codes = directive.text.upper(), directive.codes or ()
    start = end = text.index(codes[0], text.index(directive.keyword.upper()))
    for code in codes:
        end = text.index(code, end) + len(code)
    return directive.text[:start] + ", ".join(left) + directive.text[end:]


def _finding(directive: Directive, comment: str, remark: str, replacement: str | None) -> Finding:
    rule = all_rules()[UNUSED]
    if replacement is None:
        fix = Fix(Applicability.NONE, "put the codes in brackets")
    else:
        words = "name only what is silenced" if replacement else "remove the comment"
        fix = Fix(Applicability.SAFE, words, (Edit(directive.span, replacement),))
    message = rule.message.format(comment=comment, remark=remark)
    return Finding(rule.code, rule.name, rule.severity, message, directive.span, (), fix)


def _trimmed(report: Finding, source: Source) -> Finding:
    """The report with a fix that leaves no blanks behind, and no empty line where the comment had its own."""
    if not report.fix.edits or report.fix.edits[0].replacement:
        return report
    span = report.location
    lines = source.lines(span.cell)
    line = lines[span.line - 1]
    before, after = line[: span.column - 1], line[span.end_column - 1 :]
    if after.strip():
        edit = Edit(Location(span.path, span.cell, span.line, span.column, span.line, _end(line, after)), "")
    elif before.strip() or span.line == len(lines):
        start = len(before.rstrip()) + 1
        edit = Edit(Location(span.path, span.cell, span.line, start, span.line, len(line) + 1), "")
    else:
        edit = Edit(Location(span.path, span.cell, span.line, 1, span.line + 1, 1), "")
    return dataclasses.replace(report, fix=dataclasses.replace(report.fix, edits=(edit,)))


def _end(line: str, after: str) -> int:
    return len(line) - len(after.lstrip()) + 1


def _used_elsewhere(source: Source, sources: Iterable[Source]) -> bool:
    """Whether a file that was not looked at imports this one: what it does may make findings here."""
    if source.file is None:
        return False
    from ..fixes.surroundings import unseen_importers

    known = {other.file for other in sources if other.file is not None}
    return next(unseen_importers(source.file, known), None) is not None
