"""`sarif`: version 2.1.0 of the format that code scanning services read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

from .. import __version__
from ..finding import Edit, Finding, Location, Role, Skipped
from ..rules.base import Rule
from ..rules.registry import all_rules
from ..suppress.baseline import key_of
from .page import rule_page
from .report import Report
from .text import place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """A log with one run."""
    rules = sorted({finding.code for finding in report.findings})
    seen: Counter[str] = Counter()
    results = []
    for finding in report.findings:
        key = key_of(finding, report.sources)
        results.append(_result(finding, rules.index(finding.code), f"{key}:{seen[key]}"))
        seen[key] += 1
    run = {
        "tool": {
            "driver": {
                "name": "logitlint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(all_rules()[code]) for code in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_skipped(s) for s in report.result.skipped]}
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why.strip()},
        "help": {"text": rule.fix.strip(), "markdown": rule_page(rule)},
        "defaultConfiguration": {"enabled": rule.default, "level": rule.severity.label},
    }


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.label,
        "message": {"text": _words(finding.location, finding.message)},
        "locations": [_location(finding.location)],
        "partialFingerprints": {"logitlint/v1": fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                **_location(related.location),
                "message": {"text": _words(related.location, related.message)},
            }
            for number, related in enumerate(finding.related, 1)
        ]
    if flows := list(_flows(finding)):
        result["codeFlows"] = flows
    if (edits := finding.fix.edits) and all(edit.location.cell is None for edit in edits):
        words = f"{finding.fix.message} ({finding.fix.applicability.value})"
        result["fixes"] = [{"description": {"text": words}, "artifactChanges": list(_changes(edits))}]
    return result


def _flows(finding: Finding) -> Iterator[dict[str, Any]]:
    """The way of the value from each origin, through the calls that pass it on, to its use."""
    passed = [related for related in finding.related if related.role is Role.PASSED]
    for origin in finding.related:
        if origin.role is Role.ORIGIN:
            steps = [(r.location, r.message) for r in (origin, *reversed(passed))]
            steps.append((finding.location, finding.message))
            locations = [
                {"location": {**_location(where), "message": {"text": _words(where, words)}}} for where, words in steps
            ]
            yield {"threadFlows": [{"locations": locations}]}


def _changes(edits: Iterable[Edit]) -> Iterator[dict[str, Any]]:
    for path, group in groupby(sorted(edits, key=lambda edit: edit.location), lambda edit: edit.location.path):
        replacements = [
            {"deletedRegion": _region(edit.location), "insertedContent": {"text": edit.replacement}} for edit in group
        ]
        yield {"artifactLocation": {"uri": quote(path)}, "replacements": replacements}


def _skipped(skipped: Skipped) -> dict[str, Any]:
    cell = "" if skipped.cell is None else f"cell {skipped.cell}: "
    return {
        "level": "warning",
        "message": {"text": f"skipped: {cell}{skipped.reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(skipped.path)}}}],
    }


def _location(where: Location) -> dict[str, Any]:
    """A place; of a cell only the notebook, for its lines are no lines of the notebook's file."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(where.path)}}
    if where.cell is None:
        physical["region"] = _region(where)
    return {"physicalLocation": physical}


def _region(where: Location) -> dict[str, int]:
    return {
        "startLine": where.line,
        "startColumn": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }


def _words(where: Location, message: str) -> str:
    return message if where.cell is None else f"{place(where)}: {message}"
