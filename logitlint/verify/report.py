"""What `verify` says about the fixes in code: as text and as JSON."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ..finding import Claim
from .checks import Check
from .code import Part, Proof
from .record import breaks
from .verdict import Judgement, Verdict

COLOURS = {Verdict.EQUAL: "green", Verdict.BETTER: "green", Verdict.DIFFERENT: "yellow", Verdict.WRONG: "red"}

NOT_RUN = "not verified"


def words(verdict: Verdict | None) -> str:
    """A verdict in words; a fix that is not what it claims is withheld."""
    if verdict is None:
        return NOT_RUN
    return f"{verdict.value}: fix withheld" if verdict is Verdict.WRONG else verdict.value


def block(proof: Proof) -> str:
    """A fix with its rewrites, and what came of them."""
    place = click.style(where(proof), bold=True)
    verdict = click.style(words(proof.verdict), fg=COLOURS.get(proof.verdict, "cyan") if proof.verdict else "cyan")
    code = click.style(proof.finding.code, bold=True)
    lines = [f"{place} {code} {verdict}"]
    for part in proof.parts:
        lines += [f"  {line}" for line in told(part)]
    return "\n".join(lines) + "\n"


def where(proof: Proof) -> str:
    """The place of a finding."""
    at = proof.finding.location
    cell = "" if at.cell is None else f":cell {at.cell}"
    return f"{at.path}{cell}:{at.line}:{at.column}"


def sides(claim: Claim) -> tuple[str, str]:
    """Before and after, with the code's own reduction."""
    return claim.whole or (claim.before or readable(claim.formula), claim.after or readable(claim.instead))


def readable(formula: str) -> str:
    """A formula as people write it; some are no formulas, but say what is read."""
    try:
        tree = ast.parse(formula, mode="eval")
    except SyntaxError:
        return formula
    return ast.unparse(_Compared().visit(tree))


class _Compared(ast.NodeTransformer):
    """Puts `x > 0.5` for `above(x, 0.5)`."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call, with its arguments."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "above":
            return ast.Compare(node.args[0], [ast.Gt()], node.args[1:])
        return node


def told(part: Part) -> Iterator[str]:
    """A rewrite and its numbers, one line each."""
    before, after = sides(part.claim)
    yield before
    yield f"→ {after}"
    if part.claim.sampled:
        yield f"  not literal: {', '.join(part.claim.sampled)}"
    if part.reason:
        yield f"  {'because' if part.is_wrong else NOT_RUN}: {part.reason}"
        return
    for check in part.checks:
        yield f"  {part.framework} {check.mode}: {difference(check)}"
        found = {name: breaks(judgement) for name, judgement in check.formats.items()}
        broken = [f"{name} {place}" for name, place in found.items() if place != "-"]
        if part.verdict is not Verdict.DIFFERENT and broken:
            yield f"  the old one breaks at z = {', '.join(broken)}"


def difference(check: Check) -> str:
    """The largest differences in the first format that was run."""
    name, one = next(iter(check.formats.items()))
    if one.verdict is Verdict.DIFFERENT:
        return f"the old one is off by {one.off:.1g}; what was meant comes out, to {name} rounding"
    gradient = f", {one.gradient:.0e} in the gradient" if any(curve.slopes for curve in check.curves) else ""
    return f"largest difference {one.loss:.0e} in the value{gradient} ({name})"


def closing(proofs: Sequence[Proof], run: int, seconds: float, versions: Mapping[str, str]) -> str:
    """The counts of a run."""
    if not proofs:
        return "No fixes to verify"
    counts = Counter(proof.verdict for proof in proofs)
    parts = [f"{counts[verdict]} {words(verdict)}" for verdict in (*Verdict, None) if counts[verdict]]
    on = f" on {'; '.join(versions.values())}" if versions else ""
    done = f"{count(run, 'different rewrite')} run in {seconds:.1f} s{on}"
    return f"{count(len(proofs), 'fix', 'fixes')}: {', '.join(parts)}. {done}"


def count(number: int, word: str, many: str = "") -> str:
    """A number with its word."""
    return f"{number} {word if number == 1 else many or word + 's'}"


def as_data(proofs: Sequence[Proof], versions: Mapping[str, str], failures: Sequence[str]) -> dict[str, Any]:
    """The proofs for programs."""
    return {
        "versions": dict(versions),
        "failures": list(failures),
        "fixes": [
            {
                "path": proof.finding.location.path,
                "cell": proof.finding.location.cell,
                "line": proof.finding.location.line,
                "column": proof.finding.location.column,
                "code": proof.finding.code,
                "applicability": proof.finding.fix.applicability.value,
                "verdict": words(proof.verdict),
                "reason": proof.reason,
                "rewrites": [rewrite(part) for part in proof.parts],
            }
            for proof in proofs
        ],
    }


def rewrite(part: Part) -> dict[str, Any]:
    """One rewrite for programs."""
    before, after = sides(part.claim)
    return {
        "before": before,
        "after": after,
        "framework": part.framework,
        "verdict": words(part.verdict),
        "reason": part.reason,
        "sampled": list(part.claim.sampled),
        "runs": [
            {
                "mode": check.mode,
                "dtype": name,
                "value_difference": number(one.loss),
                "gradient_difference": number(one.gradient),
                "off": number(one.off),
                "value_breaks_at": place(one, "loss_break"),
                "gradient_breaks_at": place(one, "gradient_break"),
            }
            for check in part.checks
            for name, one in check.formats.items()
        ],
    }


def number(value: float) -> float | None:
    """A number that JSON can hold."""
    return value if math.isfinite(value) else None


def place(judgement: Judgement, which: str) -> dict[str, Any] | None:
    """Where and how the old form breaks."""
    found = getattr(judgement, which)
    return None if found is None else {"z": found.z, "how": found.how}
