"""What a rule is: a code, its documentation, and its examples. One file per rule states one `RULE`."""

from __future__ import annotations

from dataclasses import dataclass

from ..finding import Severity


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the table.

    Attributes:
        code: `LGT` and three digits; stable for ever.
        name: how people talk about it, in kebab case.
        severity: the usual one; a finding may carry another where the truth depends on the framework.
        summary: one line, what it finds.
        message: what a finding says, one line; the fields in braces are filled in by `messages.fields`.
        why: what goes wrong, with measured numbers; Markdown paragraphs.
        fix: what to write instead, and what else changes then; Markdown.
        bad: sources that each give a finding of this code and of no other.
        good: sources that give no finding at all; the nearest traps of the rule.
        default: whether the rule is on without being asked for.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    message: str
    why: str
    fix: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    default: bool = True
