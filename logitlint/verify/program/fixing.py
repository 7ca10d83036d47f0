"""The fixes of a project, as other contents of its files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...api import fix_inputs
from ...files.inputs import inputs_from_paths
from ...files.write import Disk
from ...finding import Applicability, Finding, Location
from ...select import selection
from ..statement import Kind
from ..statements import STATEMENTS
from .reached import Span

CORRECTING = frozenset(one.code for one in STATEMENTS if one.kind is Kind.CORRECTING)
"""The rules whose fixes change what is computed, on purpose."""


@dataclass(frozen=True)
class Fixed:
    """A project with its fixes.

    Attributes:
        contents: what changed files hold now, by their path relative to the project.
        findings: those that are gone, as they were.
        notes: fixes that were not applied and why, one line each.
    """

    contents: dict[str, bytes]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def spans(self, root: Path) -> list[Span]:
        """The places of the findings."""
        return [span(finding.location, root) for finding in self.findings]


def fixed(root: Path, script: Path, ignore: Collection[str] = ()) -> Fixed:
    """Apply every fix, safe or not, to what a project holds in memory; nothing is written."""
    inputs = inputs_from_paths([root, root / script])
    done = fix_inputs(inputs, selection(None, (), ignore), Disk().read, unsafe=True)
    contents = {
        relative(change.after.source.path, root): change.after.data for changes in done.changes for change in changes
    }
    left = Counter((finding.location.path, finding.code) for finding in done.left)
    gone = []
    for finding in sorted(done.found.findings, key=lambda one: one.fix.applicability is not Applicability.NONE):
        key = finding.location.path, finding.code
        if left[key]:
            left[key] -= 1
        else:
            gone.append(finding)
    return Fixed(contents, tuple(gone), done.notes)


def span(where: Location, root: Path) -> Span:
    """A place by the path of its code, relative to the project."""
    path = relative(where.path, root)
    return (path if where.cell is None else f"{path}:cell {where.cell}"), where.line, where.end_line


def relative(path: str, root: Path) -> str:
    """A path as it is shown, relative to the project."""
    return Path(os.path.relpath(path, root)).as_posix()
