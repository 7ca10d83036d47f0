"""Measure one rewrite of each rule on the real frameworks, for the plots and tables that logitlint shows.

python docs/measure.py                            # write logitlint/report/measured.json
python docs/measure.py --check [FRAMEWORK ...]    # measure again, say what differs, and exit with 1 if anything does
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from logitlint.report import measured
from logitlint.verify.checks import Check, Checker
from logitlint.verify.dtypes import DTYPES
from logitlint.verify.errors import errors
from logitlint.verify.frameworks import FRAMEWORKS
from logitlint.verify.record import breaks
from logitlint.verify.samples import ladder
from logitlint.verify.statement import Line, Statement
from logitlint.verify.statements import STATEMENTS

FILE = Path(measured.__file__).parent / measured.FILE

DRAWN = "float32"
"""The format whose errors are kept."""

A_DECADE = 10
"""How far two errors may be apart, in tenths of a decade, and still say the same."""

AT_A_BREAK = 2
"""How many logits of a series may say something else: a break may move by a rung."""


PREFERRED = {"LGT407": "exp(x) / sum(exp(x))"}
"""Rules whose name is that of another rewrite than their first one."""


UNSEEN = frozenset({"LGT411"})
"""Rules about rounding that the ladder does not meet: its logits are short numbers, to which 1 adds exactly."""


def chosen() -> dict[str, Statement]:
    """The rewrite that stands for each rule: the first that has a ladder and a gradient."""
    found: dict[str, Statement] = {}
    for statement in STATEMENTS:
        is_wanted = PREFERRED.get(statement.code, statement.before) == statement.before
        is_drawn = statement.domain.lines and statement.differentiable and not statement.reduction
        if is_wanted and is_drawn and statement.code not in UNSEEN:
            found.setdefault(statement.code, statement)
    return found


def grid() -> set[float]:
    """The rungs that are kept: sixteen to a decade above 1, two below."""
    wanted = [10 ** (step / 16) for step in range(49)] + [10 ** (step / 2) for step in range(-8, 0)]
    near = [min(ladder(), key=lambda rung: abs(rung - one)) for one in wanted]
    return {sign * rung for rung in near for sign in (-1, 1)}


def measure(names: Sequence[str]) -> dict[str, Any]:
    """What the frameworks compute, as the file says it."""
    checker = Checker(modes=("eager",))
    statements = chosen()
    rules: dict[str, Any] = {}
    for name in names:
        for check in checker.check(list(statements.values()), FRAMEWORKS[name]):
            if check.error or not check.curves:
                sys.exit(f"{check.statement.code} {name}: {check.error or 'no ladder'}")
            add(rules, check)
    if checker.failures:
        sys.exit("\n".join(checker.failures))
    ordered = {code: rules[code] for code in statements if code in rules}
    return {"versions": {name: checker.versions[name] for name in names}, "rules": ordered}


def add(rules: dict[str, Any], check: Check) -> None:
    """Note what came out for a rewrite."""
    curve = next(one for one in check.curves if one.dtype.name == DRAWN)
    head = {"rewrite": check.statement.title, "where": where(check.statement.domain.lines[0])}
    rule = rules.setdefault(check.statement.code, {**head, "frameworks": {}})
    rule["frameworks"][check.framework] = {
        "breaks": {name: breaks(check.formats.get(name)) for name in DTYPES if name in check.formats},
        **{name: knots(found) for name, found in errors(curve).items()},
    }


def where(line: Line) -> str:
    """What the letters of a rewrite are, in terms of the logit z; empty if there is only `x`, and it is z."""
    told = []
    for name, base in line.base.items():
        parts = [term(*pair) for pair in zip(base, line.direction.get(name, [0] * len(base)), strict=True)]
        text = parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"
        told.append(f"{name} = {text}")
    return ", ".join(one for one in told if one != "x = z")


def term(base: float, slope: float) -> str:
    """A number that climbs with z, or stays."""
    if slope == 0:
        return f"{base:g}"
    return "z" if base == 0 else f"z {'-' if base < 0 else '+'} {abs(base):g}"


Knots = Sequence[tuple[float, int]]


def knots(points: Knots) -> Knots:
    """The errors on the grid, from the smallest logit on, without those between two equal ones."""
    kept = grid()
    found = [(z, away) for z, away in points if z in kept]
    last = len(found) - 1
    return [
        (z, away)
        for place, (z, away) in enumerate(found)
        if place in (0, last) or not found[place - 1][1] == away == found[place + 1][1]
    ]


def at(found: Knots, z: float) -> int:
    """The error at a logit of the grid."""
    return next((away for knot, away in reversed(found) if knot <= z), measured.BROKEN)


def text(data: Mapping[str, Any]) -> str:
    """The file: one line for each series."""
    rules = []
    for code, rule in data["rules"].items():
        parts = []
        for name, one in rule["frameworks"].items():
            body = ",\n  ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in one.items())
            parts.append(f" {json.dumps(name)}: {{\n  {body}}}")
        head = ", ".join(f"{json.dumps(key)}: {json.dumps(rule[key], ensure_ascii=False)}" for key in HEAD)
        rules.append(f'{json.dumps(code)}: {{{head}, "frameworks": {{\n' + ",\n".join(parts) + "}}")
    return f'{{"versions": {json.dumps(data["versions"])},\n"rules": {{\n' + ",\n".join(rules) + "}}\n"


HEAD = ("rewrite", "where")
"""What is the same on all frameworks."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Where a new measurement says something else, one line each."""
    found = [] if list(old["rules"]) == list(chosen()) else ["the rules are not those that have a rewrite"]
    for code, rule in new["rules"].items():
        known = old["rules"].get(code, {"frameworks": {}})
        for name, one in rule["frameworks"].items():
            was = known["frameworks"].get(name)
            if was is None or any(known[key] != rule[key] for key in HEAD):
                found.append(f"{code} {name}: was not measured")
                continue
            for series in measured.SERIES:
                pairs = [(at(was.get(series, ()), z), at(one.get(series, ()), z)) for z in grid()]
                far = sum(is_far(*pair) for pair in pairs)
                if far > AT_A_BREAK:
                    found.append(f"{code} {name}: {series} differs at {far} logits")
    return found


def is_far(one: int, other: int) -> bool:
    """Whether two errors say something else; what is below rounding says nothing."""
    return abs(one - other) > A_DECADE and max(one, other) > 10 * math.log10(DTYPES[DRAWN].tolerance)


def main(arguments: list[str]) -> int:
    """Write the file, or compare it; the exit status."""
    if arguments[:1] != ["--check"]:
        FILE.write_text(text(measure(list(FRAMEWORKS))), "utf-8")
        return 0
    found = differences(json.loads(FILE.read_text("utf-8")), measure(arguments[1:] or list(FRAMEWORKS)))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
