"""The page of a rule, as Markdown, and the line that stands for it in a list."""

from __future__ import annotations

import textwrap

from ..rules.base import Rule


def rule_page(rule: Rule) -> str:
    """Everything that a rule states, with its examples."""
    return _joined(rule)


def measured_page(rule: Rule) -> str:
    """The page with what was measured, if anything was."""
    return _joined(rule, _measured(rule))


def _joined(rule: Rule, measured: str = "") -> str:
    switched = "" if rule.default else ", off by default"
    parts = [
        f"# {rule.code} {rule.name}",
        f"{rule.summary}\n\nSeverity: {rule.severity.label}{switched}.",
        f"## Why\n\n{rule.why.strip()}",
        measured,
        f"## What to write instead\n\n{rule.fix.strip()}",
        _examples("Found", rule.bad),
        _examples("Not found", rule.good),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _measured(rule: Rule) -> str:
    from .measured import break_rows, measured, what_broke

    known = measured().get(rule.code)
    if not known:
        return ""
    head, *rows = break_rows(known)
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return f"## Measured\n\n{textwrap.fill(what_broke(known), 120)}\n\n" + "\n".join(lines)


def rule_line(rule: Rule) -> str:
    """Code, name, severity and summary on one line."""
    switched = "" if rule.default else " (off by default)"
    return f"{rule.code}  {rule.name:<34} {rule.severity.label:<8} {rule.summary}{switched}"


def _examples(title: str, sources: tuple[str, ...]) -> str:
    if not sources:
        return ""
    return f"## {title}\n\n" + "\n\n".join(f"```python\n{source.strip()}\n```" for source in sources)
