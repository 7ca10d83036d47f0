"""The table of verified rewrites: for the terminal, as a document, and compared with the document."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..rules.registry import all_rules
from .checks import Check
from .dtypes import DTYPES
from .frameworks import FRAMEWORKS
from .verdict import Break, Judgement, Verdict

HEADER = ("rewrite", "framework", "modes", "verdict", "largest difference", *DTYPES)

INTRODUCTION = """\
# Verified rewrites

Written by `logitlint verify --rules --write docs/verified.md`; `--check` in its place compares the verdicts with a new
run. With `--framework`, the rows of the others are kept.

Every rewrite that a fix makes was run before and after, on the ladder of logits from 1e-4 to 1e3, both signs, and on
random ones; values and gradients were compared with exact ones (`mpmath`).

- **verdict**: *equal*; *equal where the old one works; better beyond*; *different on purpose*: the old form is not what
  was meant, the new one is.
- **largest difference**, float32: of values / of gradients, before against after, where the old form is right, in units
  of 1 or of the number. Where a rewrite is different on purpose, how far the old form was off for random logits.
- **float32, …**: the logit at which the old form breaks first, value / gradient: `inf`, `nan`, `0` for a lost gradient,
  `1 %` for an error of that size (10 % in 16 bits). `-`: it does not.
"""


def rows(checks: Iterable[Check]) -> Iterator[tuple[str, ...]]:
    """One row for a rewrite on a framework; modes that give the same share it."""
    for _, group in itertools.groupby(checks, lambda check: (check.statement.title, check.framework)):
        alike: dict[tuple[str, ...], list[Check]] = {}
        for check in group:
            key = (told(check), *(breaks(check.formats.get(name)) for name in DTYPES))
            alike.setdefault(key, []).append(check)
        for (verdict, *places), same in alike.items():
            modes = ", ".join(check.mode for check in same)
            yield (f"`{same[0].statement.title}`", same[0].framework, modes, verdict, difference(same), *places)


def told(check: Check) -> str:
    """The verdict in words."""
    if check.verdict is None:
        return f"not run: {check.error}"
    return check.verdict.value


def breaks(judgement: Judgement | None) -> str:
    """Where value and gradient break in one format; empty if it was not run."""
    if judgement is None:
        return ""
    value, gradient = (place(one) for one in (judgement.loss_break, judgement.gradient_break))
    return value if value == gradient else f"{value} / {gradient}"


def place(one: Break | None) -> str:
    """A break, or a dash."""
    return "-" if one is None else str(one)


def difference(checks: Sequence[Check]) -> str:
    """The largest difference over some modes, in float32 or the first format that was run."""
    found = [next(iter(check.formats.values())) for check in checks if check.formats]
    if not found:
        return ""
    if all(one.verdict is Verdict.DIFFERENT for one in found):
        return f"was off by {max(one.off for one in found):.1g}"
    return f"{max(one.loss for one in found):.0e} / {max(one.gradient for one in found):.0e}"


def document(checks: Sequence[Check], versions: Mapping[str, str], old: str) -> str:
    """The whole document; what it said about frameworks that were not run is kept."""
    tables = {code: [row for row in kept if row[1] not in versions] for code, kept in read(old).items()}
    for code, group in itertools.groupby(checks, lambda check: check.statement.code):
        tables.setdefault(code, []).extend(rows(group))
    known = {line.split("`")[1]: line for line in old.splitlines() if line.startswith("- `")}
    known |= {name: f"- `{name}`: {version}" for name, version in versions.items()}
    parts = [INTRODUCTION, "\n".join(known[name] for name in FRAMEWORKS if name in known) + "\n", *remarks()]
    for code, rule in all_rules().items():
        if tables.get(code):
            ordered = sorted(tables[code], key=lambda row: (row[0], list(FRAMEWORKS).index(row[1])))
            lines = [HEADER, tuple("---" for _ in HEADER), *ordered]
            body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
            parts.append(f"## {code} {rule.name}\n\n{body}\n")
    return "\n".join(parts)


def read(text: str) -> dict[str, list[tuple[str, ...]]]:
    """The rows of a document by the code of their rule."""
    found: dict[str, list[tuple[str, ...]]] = {}
    code = ""
    for line in text.splitlines():
        if line.startswith("## "):
            code = line.split()[1]
        if line.startswith("| `"):
            found.setdefault(code, []).append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
    return found


def remarks() -> Iterator[str]:
    """What frameworks cannot do."""
    for one in FRAMEWORKS.values():
        if one.single:
            names = ", ".join(f"`{name}`" for name in sorted(one.single))
            yield f"{one.name} computes {names} in float32 when given float64, and is held to float32 there.\n"


def disagreements(text: str, checks: Iterable[Check]) -> Iterator[str]:
    """Where a document says something else than a run, one line each."""
    known = {
        (title.strip("`"), framework, mode): verdict
        for table in read(text).values()
        for title, framework, modes, verdict, *_ in table
        for mode in modes.split(", ")
    }
    for check in checks:
        old = known.get((check.statement.title, check.framework, check.mode), "nothing")
        if not agrees(check, old):
            where = f"{check.statement.code} {check.statement.title}, {check.framework} {check.mode}"
            yield f"{where}: the document says {old!r}, the run {told(check)!r}"


def agrees(check: Check, old: str) -> bool:
    """Whether a verdict is the one in the document; a format that breaks may not have been run."""
    is_part = len(check.formats) < len(FRAMEWORKS[check.framework].dtypes)
    return old == told(check) or (is_part and check.verdict is Verdict.EQUAL and old == Verdict.BETTER.value)
