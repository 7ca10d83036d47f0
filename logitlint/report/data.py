"""Findings for tools: one JSON object."""

from __future__ import annotations

from typing import Any

from .. import __version__
from ..finding import Finding, Fix, Location, Result


def as_data(result: Result, fixed: int = 0) -> dict[str, Any]:
    """The result of a run as plain data: the object that `--output-format json` prints.

    `fixed` counts the findings that were mended and are not among those of the result.
    """
    return {
        "version": __version__,
        "findings": [_finding(finding) for finding in result.findings],
        "summary": {
            "files": result.files,
            "parsed": result.parsed,
            "fixed": fixed,
            "skipped": [{"path": s.path, "cell": s.cell, "reason": s.reason} for s in result.skipped],
            "truncated": result.truncated,
            "seconds": round(result.seconds, 3),
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
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
