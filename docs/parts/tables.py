"""The tables of rules and of keys."""

from __future__ import annotations

from collections.abc import Mapping

from logitlint.config.keys import KEYS
from logitlint.rules.base import Rule
from logitlint.rules.registry import all_rules

FAMILIES: Mapping[str, str] = {
    "LGT1": "right on paper, unstable in floats",
    "LGT2": "the wrong pair",
    "LGT3": "a rectifier in front of the loss",
    "LGT4": "formulas by hand",
    "LGT5": "logits read as probabilities",
    "LGT9": "the comments that silence findings",
}


def rules(pages: str) -> str:
    """The rules by family; `pages` is the way to their pages."""
    parts = []
    for family, title in FAMILIES.items():
        rows = [_row(rule, pages) for code, rule in all_rules().items() if code.startswith(family)]
        head = f"**{family}xx: {title}**\n\n| code | name | severity | finds |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule, pages: str) -> str:
    switched = "" if rule.default else " (off by default)"
    return f"| [{rule.code}]({pages}{rule.code}.md) | {rule.name} | {rule.severity.label}{switched} | {rule.summary} |"


def keys() -> str:
    """The keys of a configuration."""
    rows = [f"| `{name}` | {key.holds} | {key.means} |" for name, key in KEYS.items()]
    return "| key | holds | for |\n|---|---|---|\n" + "\n".join(rows) + "\n"
