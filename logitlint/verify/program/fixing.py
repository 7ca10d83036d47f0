"""The fixes of a project, as other contents of its files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...api import fix_inputs
from ...cli.inputs import find_inputs
from ...cli.options import configurations
from ...files.write import Disk
from ...finding import Applicability, Finding, Location
from .reached import Span


@dataclass(frozen=True)
class Fixed:
    """A project with its fixes.

    Attributes:
        contents: what changed files hold now, by their path relative to the project.
        findings: those that are mended by a fix of their own, as they were.
        notes: fixes that were not applied and why, one line each.
    """

    contents: dict[str, bytes]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def spans(self, root: Path) -> list[Span]:
        """The places of the findings."""
        return [span(finding.location, root) for finding in self.findings]


def fixed(root: Path, script: Path, select: Sequence[str], correcting: bool = True) -> Fixed:
    """Apply every fix, safe or not, to what a project holds in memory; nothing is written.

    `select` are the rules, if not those of the configuration; without `correcting`, fixes that change what is computed
    on purpose are left out.

    Raises:
        click.ClickException: no rule has one of the codes, or the configuration cannot be used.
    """
    known = configurations((), False, {"select": list(select) or None})
    inputs, _ = find_inputs((str(root), str(root / script)), None, None, known)
    done = fix_inputs(inputs, Disk().read, unsafe=True, withheld=nothing if correcting else corrections)
    contents = {
        relative(change.after.source.path, root): change.after.data for changes in done.changes for change in changes
    }
    left = Counter((finding.location.path, finding.code) for finding in done.left)
    gone = []
    for finding in sorted(done.found.findings, key=lambda one: one.fix.applicability is not Applicability.NONE):
        key = finding.location.path, finding.code
        if left[key]:
            left[key] -= 1
        elif finding.fix.edits:
            gone.append(finding)
    return Fixed(contents, tuple(gone), done.notes)


def nothing(findings: Sequence[Finding]) -> Mapping[int, str]:
    """No finding is left as it is."""
    return {}


def corrections(findings: Sequence[Finding]) -> Mapping[int, str]:
    """The findings whose fixes change what is computed, by their place."""
    return {place: "it changes the numbers" for place, one in enumerate(findings) if corrects(one)}


def corrects(finding: Finding) -> bool:
    """Whether a fix changes what is computed on purpose."""
    return not all(claim.is_same for claim in finding.fix.claims)


def span(where: Location, root: Path) -> Span:
    """A place by the path of its code, relative to the project."""
    path = relative(where.path, root)
    return (path if where.cell is None else f"{path}:cell {where.cell}"), where.line, where.end_line


def relative(path: str, root: Path) -> str:
    """A path as it is shown, relative to the project."""
    return Path(os.path.relpath(path, root)).as_posix()
