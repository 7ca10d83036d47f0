"""Which fixes are possible in a run: not in files that are not looked at, not on lines that a comment keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from ..files.document import touched_lines
from ..files.source import Source
from ..finding import Applicability, Finding, Fix
from ..suppress.comments import unsilenced


def within_reach(findings: Sequence[Finding], sources: Sequence[Source]) -> list[Finding]:
    """The findings, without fixes that change a file that is not looked at or a line that a comment keeps."""
    known = {source.path: source for source in sources}
    obstacles = [_missing(finding, known) for finding in findings]
    probes = [
        (number, probe)
        for number, finding in enumerate(findings)
        if not obstacles[number]
        for probe in _probes(finding)
    ]
    touched = [known[path] for path in {probe.location.path for _, probe in probes}]
    open_to_fixes = set(map(id, unsilenced([probe for _, probe in probes], touched)))
    for number, probe in probes:
        if id(probe) not in open_to_fixes:
            place = probe.location
            obstacles[number] = f"a comment keeps {place.path}:{place.line} as it is; this would {probe.fix.message}"
    return [
        dataclasses.replace(finding, fix=Fix(Applicability.NONE, why)) if why else finding
        for finding, why in zip(findings, obstacles, strict=True)
    ]


def paths_of(finding: Finding) -> frozenset[str]:
    """The files that a fix changes."""
    return frozenset(edit.location.path for edit in finding.fix.edits)


def _missing(finding: Finding, known: Mapping[str, Source]) -> str:
    missing = sorted(paths_of(finding) - set(known))
    return f"{' and '.join(missing)} must be given too, to {finding.fix.message}" if missing else ""


def _probes(finding: Finding) -> Iterator[Finding]:
    """The finding as if it was on each of the lines that its fix changes."""
    for edit in finding.fix.edits:
        for line in touched_lines(edit):
            yield dataclasses.replace(finding, location=dataclasses.replace(edit.location, line=line, end_line=line))
