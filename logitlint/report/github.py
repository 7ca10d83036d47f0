"""`github`: workflow commands, which GitHub Actions shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Mapping

from ..finding import Finding, Severity
from .report import Report
from .text import place

COMMANDS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def write(report: Report) -> str:
    """A command for each finding."""
    return "".join(_command(finding) + "\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    where = finding.location
    properties = {"title": f"{finding.code} {finding.name}", "file": where.path}
    text = f"{place(where)}: {finding.code} {finding.message}"
    if where.cell is None:  # the lines of a cell are no lines of the notebook's file
        properties |= {"line": str(where.line), "endLine": str(where.end_line)}
        if where.line == where.end_line:
            properties |= {"col": str(where.column), "endColumn": str(where.end_column)}
    described = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {described}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
