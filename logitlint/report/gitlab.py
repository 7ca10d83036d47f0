"""`gitlab`: a Code Quality report, which GitLab shows in merge requests."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..finding import Finding, Severity
from ..suppress.baseline import key_of
from .report import Report

SEVERITIES: Mapping[Severity, str] = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def write(report: Report) -> str:
    """An issue for each finding; what is the same finding in another version of the file has the same fingerprint."""
    seen: Counter[str] = Counter()
    issues = []
    for finding in report.findings:
        key = f"{finding.location.path}\n{key_of(finding, report.sources)}"
        issues.append(_issue(finding, hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:32]))
        seen[key] += 1
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, Any]:
    where = finding.location
    cell = "" if where.cell is None else f"cell {where.cell}, line {where.line}: "
    begin, end = (where.line, where.end_line) if where.cell is None else (1, 1)
    return {
        "description": f"{cell}{finding.code} {finding.message}",
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": {"path": where.path, "lines": {"begin": begin, "end": end}},
    }
