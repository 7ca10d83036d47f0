"""The page of a rule: what it states, what `verify` measured, and what its fix writes into its own examples."""

from __future__ import annotations

import difflib
import functools
import itertools
import operator
import re
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import logitlint
from logitlint.finding import Applicability, Finding
from logitlint.rules.base import Rule
from logitlint.rules.messages import RECOVERED
from logitlint.rules.table import TABLE
from logitlint.verify import record

DOCS = Path(__file__).resolve().parent.parent
FORMATS = ("float32", "float64", "float16", "bfloat16")
LABELS = {Applicability.SAFE: "fix", Applicability.UNSAFE: "fix (unsafe)", Applicability.NONE: "no fix"}
FILE = "example.py"
MEASURED = (
    "Both forms, run by [`logitlint verify`](../guide/verifying.md) on the frameworks and compared with exact numbers: "
    "`x` are logits, `t` targets, `k` class indices. "
    "In each format stands the logit at which the old form breaks, value / gradient, and how: `inf`, `nan`, `0` for a "
    "lost gradient, `1 %` for an error of that size; `-` where it does not; *off by* is for ordinary logits. "
    "See [all numbers](../verified.md#{anchor})."
)
PAIRED = frozenset(code for cells in TABLE.values() for code in cells.values()) | {"LGT207", "LGT208"}


def page(rule: Rule) -> str:
    """The whole page."""
    found = [_findings(rule, source) for source in rule.bad]
    parts = [
        f"# {rule.code} {rule.name}",
        rule.summary[0].upper() + rule.summary[1:] + ".",
        _facts(rule, [finding for findings in found for finding in findings]),
        f"## Why\n\n{_linked(rule.why, rule.code)}",
        f"## What to write instead\n\n{_linked(rule.fix, rule.code)}",
        _measured(rule),
        _fixes([finding for findings in found for finding in findings]),
        "## Found",
        *(_bad(rule, *pair) for pair in zip(rule.bad, found, strict=True)),
        "## Not found\n\nThe nearest traps: code that looks alike and is right, or that nobody can judge.",
        *(f"```python\n{source.strip()}\n```" for source in rule.good),
        _options(rule),
        _references(rule),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _linked(text: str, own: str) -> str:
    """A text with links to the other rules that it names, outside of code."""
    pieces = text.strip().split("`")
    return "`".join(
        piece if place % 2 else re.sub(rf"\b(?!{own})(LGT\d{{3}})\b", r"[\1](\1.md)", piece)
        for place, piece in enumerate(pieces)
    )


def _select(rule: Rule) -> list[str] | None:
    return None if rule.default else ["ALL"]


def _findings(rule: Rule, source: str) -> list[Finding]:
    return logitlint.check_source(source, FILE, select=_select(rule))


def _facts(rule: Rule, findings: Sequence[Finding]) -> str:
    counts = Counter(finding.fix.applicability for finding in findings)
    kinds = [kind for kind in LABELS if counts[kind]]
    fixes = {Applicability.SAFE: "safe", Applicability.UNSAFE: "unsafe", Applicability.NONE: "none"}
    words = " or ".join(fixes[kind] for kind in kinds)
    rows = [
        ("severity", rule.severity.label),
        ("fix", words if len(kinds) == 1 else f"{words}, depending on the code"),
        ("on", "by default" if rule.default else f'if asked for: `extend-select = ["{rule.code}"]`'),
    ]
    if rule.code in RECOVERED:
        rows.append(("depends on", "the [Keras backend](../keras.md): a note where Keras finds the logits again"))
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows)


@functools.cache
def _verified() -> Mapping[str, list[tuple[str, ...]]]:
    return record.read((DOCS / "verified.md").read_text("utf-8"))


def _measured(rule: Rule) -> str:
    """The verified rewrites, with frameworks that agree in one row."""
    rows = _verified().get(rule.code, [])
    if not rows:
        return "## Measured\n\nThere is no rewrite of numbers to measure: see *Fix safety*."
    words = MEASURED.format(anchor=f"{rule.code.lower()}-{rule.name}")
    parts = ["## Measured", textwrap.fill(words, 120, break_on_hyphens=False, break_long_words=False)]
    for title, group in itertools.groupby(rows, operator.itemgetter(0)):
        parts += [title, _rewrite(list(group))]
    return "\n\n".join(parts)


def _rewrite(rows: Sequence[tuple[str, ...]]) -> str:
    """The numbers of one rewrite."""
    counts = Counter(framework for _, framework, *_ in rows)
    alike: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for _, framework, modes, verdict, difference, *places in rows:
        where = framework if counts[framework] == 1 else f"{framework} ({modes})"
        alike.setdefault((verdict, *places), []).append((where, difference))
    lines = [("where", "verdict", *FORMATS), tuple("---" for _ in range(2 + len(FORMATS)))]
    for (verdict, *places), same in alike.items():
        off = sorted({text.removeprefix("was off by ") for _, text in same if text.startswith("was off")}, key=float)
        told = f"{verdict}, off by up to {off[-1]}" if off else verdict
        lines.append((", ".join(where for where, _ in same), told, *map(_kept_together, places)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _kept_together(place: str) -> str:
    """A break that is wrapped at the slash only."""
    return " / ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in place.split(" / "))


def _fixes(findings: Sequence[Finding]) -> str:
    """What the fixes of the examples say about themselves, most frequent first."""
    counts = Counter((finding.fix.applicability, finding.fix.message) for finding in findings)
    texts = {
        Applicability.SAFE: "*Safe*, applied by `--fix`",
        Applicability.UNSAFE: "*Unsafe*, applied by `--fix --unsafe-fixes`",
        Applicability.NONE: "*No fix*",
    }
    lines = {
        f"{kind} {message}".lower(): f"* {texts[kind]}: {message}."
        for kind in texts
        for (of, message), _ in counts.most_common()
        if of is kind
    }
    return (
        "## Fix safety\n\nWhat the fixes of the examples below do; "
        "[when a fix is safe](../guide/fixing.md).\n\n" + "\n".join(lines.values())
    )


def _bad(rule: Rule, source: str, findings: Sequence[Finding]) -> str:
    """An example with its findings; as a diff where there is a fix."""
    fixed = logitlint.fix_source(source, FILE, unsafe=True, select=_select(rule))
    said = "\n".join(line for finding in findings for line in _said(finding))
    if fixed == source:
        return f"```python\n{source.strip()}\n```\n\n```output\n{said}\n```"
    lines = difflib.unified_diff(source.splitlines(), fixed.splitlines(), n=len(source), lineterm="")
    diff = "\n".join(line.rstrip() for line in list(lines)[3:])
    return f"```diff\n{diff.rstrip()}\n```\n\n```output\n{said}\n```"


def _said(finding: Finding) -> Iterator[str]:
    yield f"{finding.location.line}:{finding.location.column} {finding.code} {finding.message}"
    yield f"  {LABELS[finding.fix.applicability]}: {finding.fix.message}"


def _options(rule: Rule) -> str:
    code = rule.code
    lines = [
        f'* `ignore = ["{code}"]`, or `# logitlint: ignore[{code}]` on the line: [silencing](../guide/silencing.md).',
    ]
    if code in RECOVERED:
        lines.append('* `keras-backend = "jax"`: what Keras runs on, where the code does not say it.')
    if code in PAIRED:
        lines.append(
            "* `catalog`: what losses, activations and layers of your own are "
            "([how](../guide/configuration.md#losses-activations-and-layers-of-your-own))."
        )
    lines.append(
        f'* `unfixable = ["{code}"]`, `extend-safe-fixes`, `extend-unsafe-fixes`: what `--fix` may do '
        "([keys](../guide/configuration.md#keys))."
    )
    return "## Options\n\n" + "\n".join(lines)


@functools.cache
def references() -> list[dict[str, Any]]:
    """The references, each with the rules that it is about."""
    return list(tomllib.loads((DOCS / "references.toml").read_text("utf-8"))["reference"])


def _references(rule: Rule) -> str:
    lines = [f"* [{one['title']}]({one['url']})" for one in references() if rule.code in one["rules"]]
    return "## References\n\n" + "\n".join(lines) if lines else ""
