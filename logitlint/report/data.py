"""`json`: one object for tools."""

from __future__ import annotations

import json
from typing import Any

from .. import __version__
from ..finding import Finding, Fix, Location
from .report import Report


def write(report: Report) -> str:
    """All of a run as one object."""
    result = report.result
    data = {
        "version": __version__,
        "findings": [finding_data(finding) for finding in report.findings],
        "summary": {
            "files": result.files,
            "parsed": result.parsed,
            "fixed": report.fixed,
            "known": result.known,
            "stale": result.stale,
            "skipped": [{"path": s.path, "cell": s.cell, "reason": s.reason} for s in result.skipped],
            "truncated": result.truncated,
            "seconds": round(result.seconds, 3),
        },
    }
    return json.dumps(data, indent=2) + "\n"


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding as plain data."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        **_location(finding.location),
        "related": [{**_location(related.location), "message": related.message} for related in finding.related],
        "fix": _fix(finding.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_location(edit.location), "replacement": edit.replacement} for edit in fix.edits]
    return {"applicability": fix.applicability.value, "message": fix.message, "edits": edits}


def _location(location: Location) -> dict[str, Any]:
    return {
        "path": location.path,
        "cell": location.cell,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }
