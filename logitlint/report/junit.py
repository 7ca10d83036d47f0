"""`junit`: XML that continuous integration shows as tests: a suite for each file, a failed case for each finding."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree

from .report import Report
from .text import closing_line, place

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold."""


def write(report: Report) -> str:
    """The findings as cases that fail, and one that passes where there is none."""
    counts = {"tests": str(len(report.findings) or 1), "failures": str(len(report.findings))}
    root = ElementTree.Element("testsuites", {"name": "logitlint", **counts, "errors": "0"})
    for path, group in groupby(report.findings, lambda finding: finding.location.path):
        findings = list(group)
        number = str(len(findings))
        suite = _child(root, "testsuite", name=path, tests=number, failures=number, errors="0", skipped="0")
        for finding in findings:
            where = finding.location
            name = f"{finding.code} {finding.name} {place(where)}"
            case = _child(suite, "testcase", name=name, classname=path, file=path, line=str(where.line))
            failure = _child(case, "failure", type=finding.severity.label, message=finding.message)
            lines = [f"{place(where)} {finding.code} {finding.message}"]
            lines += [f"  {place(related.location)} {related.message}" for related in finding.related]
            failure.text = _legal("\n".join([*lines, report.line(where)]))
    if not report.findings:
        suite = _child(root, "testsuite", name="logitlint", tests="1", failures="0", errors="0", skipped="0")
        _child(suite, "testcase", name=closing_line(report.result), classname="logitlint")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _child(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {name: _legal(text) for name, text in attributes.items()})


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
