"""`jsonl`: one JSON object a line, one line a finding, as `json` has them in its list."""

from __future__ import annotations

import json

from .data import finding_data
from .report import Report


def write(report: Report) -> str:
    """The findings of a run."""
    return "".join(json.dumps(finding_data(finding)) + "\n" for finding in report.findings)
