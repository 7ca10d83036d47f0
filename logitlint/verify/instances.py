"""Which statement a claim of a fix instantiates, with the claim's own arguments."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence
from typing import Any

from ..finding import Claim
from .checks import Rewrite
from .domains import DOMAINS
from .forms import statement_of
from .frameworks import FRAMEWORKS, Framework
from .statement import METRIC, Domain, Kind, Line, Statement
from .words import Unknown, written


class Unverifiable(Exception):
    """A claim cannot be run; the message says why."""


def framework_of(claim: Claim, backend: str) -> Framework:
    """What runs a claim; Keras without a backend of its own is run on the given one."""
    name = claim.framework
    return FRAMEWORKS[f"keras-{claim.backend or backend}" if name == "keras" else name]


def rewrite_of(claim: Claim, framework: Framework) -> Rewrite:
    """A claim as a rewrite to be checked.

    Raises:
        Unverifiable: it has no source, or states nothing that is known.
    """
    if claim.unclear:
        raise Unverifiable(claim.unclear)
    found = statement_of(claim)
    if found is None:
        raise Unverifiable(f"nothing states that {claim.formula} is {claim.instead}")
    statement = dataclasses.replace(
        found,
        before=claim.formula,
        after=claim.instead,
        kind=Kind.PRESERVING if claim.is_same else Kind.CORRECTING,
        truth="" if claim.is_same else found.truth,
        domain=domain_of(claim, found),
        axis=claim.axis,
        reduction=found.reduction if found.reduction == METRIC else claim.reduction if claim.whole else "",
    )
    if claim.before:
        return Rewrite(statement, (claim.before, claim.after), claim.whole)
    try:
        sources = [written(formula, framework.dialect, claim.axis) for formula in (claim.formula, claim.instead)]
    except Unknown as unknown:
        raise Unverifiable(f"{framework.name} has no {unknown}") from None
    return Rewrite(statement, (sources[0], sources[1]))


def domain_of(claim: Claim, found: Statement) -> Domain:
    """The domain of a statement with as many classes as the claim's weights, and targets that do not count."""
    given = arguments(claim.formula)
    domain = found.domain
    ignored = given.get("ignore_index", given.get("ignore_class"))
    numbers: list[float] = given.get("weight") or given.get("pos_weight") or []
    classes = len(numbers) if len(numbers) > 1 else domain.size
    if classes > 1 and domain.draw in WIDENED:
        lines = tuple(widened(line, classes) for line in domain.lines)
        output = (1.0,) if domain.reduces else (1.0,) + (0.0,) * (classes - 1)
        domain = dataclasses.replace(domain, lines=lines, size=classes, output=output)
    over_an_axis = found.before in DOMAINS or "softmax" in found.before
    has_rows = over_an_axis and domain.size > 1 and domain.draw in ("logits", "positive") and not domain.shape
    return dataclasses.replace(domain, ignored=ignored, has_rows=has_rows)


WIDENED = ("binary", "classes", "index", "logits")
"""Draws whose ladders can have as many logits as their random samples, so that both are evaluated at once."""


def widened(line: Line, classes: int) -> Line:
    """A line over as many classes, the last of which moves as it did; a single logit moves with all others."""
    few = line.base["x"]
    base: dict[str, Sequence[float]] = {**line.base, "x": [few[0]] * (classes - 1) + [few[-1]]}
    if "t" in line.base:
        first = line.base["t"][0]
        base["t"] = [first] * classes if len(few) == 1 else [first] + [0.0] * (classes - 1)
    moves = line.direction["x"]
    return dataclasses.replace(line, base=base, direction={"x": [moves[0]] * (classes - 1) + [moves[-1]]})


def arguments(formula: str) -> dict[str, Any]:
    """The keyword arguments of the calls in a formula."""
    calls = [node for node in ast.walk(ast.parse(formula, mode="eval")) if isinstance(node, ast.Call)]
    return {keyword.arg or "": ast.literal_eval(keyword.value) for call in calls for keyword in call.keywords}
