"""Which fixes are possible in a run: not in files that are not looked at, not on lines that say `noqa`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from ..files.document import touched_lines
from ..files.source import Source
from ..finding import Applicability, Finding, Fix, Location
from ..select import without_noqa


def within_reach(findings: Iterable[Finding], sources: Sequence[Source]) -> list[Finding]:
    """The findings, without fixes that change a file which is not looked at or a line that says `noqa`."""
    known = {source.path: source for source in sources}
    return [_reachable(finding, known) for finding in findings]


def _reachable(finding: Finding, known: Mapping[str, Source]) -> Finding:
    missing = sorted(paths_of(finding) - set(known))
    if missing:
        why = f"{' and '.join(missing)} must be given too, to {finding.fix.message}"
    elif place := _silenced(finding, known):
        why = f"`noqa` keeps {place.path}:{place.line} as it is; this would {finding.fix.message}"
    else:
        return finding
    return dataclasses.replace(finding, fix=Fix(Applicability.NONE, why))


def _silenced(finding: Finding, known: Mapping[str, Source]) -> Location | None:
    """A line that a fix would change although a comment on it silences the finding's code."""
    for edit in finding.fix.edits:
        for line in touched_lines(edit):
            place = dataclasses.replace(edit.location, line=line, end_line=line)
            if not without_noqa([dataclasses.replace(finding, location=place)], [known[place.path]]):
                return place
    return None


def paths_of(finding: Finding) -> frozenset[str]:
    """The files that a fix changes."""
    return frozenset(edit.location.path for edit in finding.fix.edits)
