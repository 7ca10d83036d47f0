"""A logarithm around a value that becomes logits: the stable form of it, in place."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from ..flow.algebra import rounds_to_one
from ..flow.names import name_of
from ..flow.values import Tensor
from .claimed import claim_words
from .claims import GUARDED
from .code import ATOM, Code, binding
from .draft import Draft, Refused, Workshop
from .frameworks import axis_of, framework, in_its_version, paths_like
from .readers import ELEMENTWISE, Read, is_blended, whole_part

GUARDS = frozenset({"clip", "clamp", "clip_by_value", "maximum", "clamp_min"})
"""Functions that keep a probability away from 0."""

MAX_STEPS = 3
"""How many operations between a probability and its logarithm are looked through."""


@dataclass(frozen=True)
class Logarithm:
    """The call of `log` around a read, whether it is of one minus the probability, and whether a guard is there."""

    call: ast.Call
    is_complement: bool
    is_guarded: bool


def logarithm_of(shop: Workshop, read: Read) -> Logarithm | None:
    """The logarithm that a read ends in: `log(p)`, `log(1 - p)`, `log(p + eps)`, `log(clip(p, …))`."""
    node: ast.AST = read.node
    complement = guarded = False
    for _ in range(MAX_STEPS):
        parent = read.code.parent(node)
        if isinstance(parent, ast.Attribute):
            parent = read.code.parent(parent)
        if isinstance(parent, ast.Call) and is_log(shop, read, parent):
            return Logarithm(parent, complement, guarded)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Sub) and is_one(parent.left):
            if complement or guarded:
                return None
            complement = True
        elif isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
            other = parent.right if parent.left is node else parent.left
            if not isinstance(other, ast.Constant | ast.Name):
                return None
            guarded = True
        elif isinstance(parent, ast.Call) and name_of(parent) in GUARDS:
            guarded = True
        else:
            return None
        node = parent
    return None


def is_log(shop: Workshop, read: Read, call: ast.Call) -> bool:
    """Whether a call was seen to take a logarithm."""
    return any(use.reader == "log" for use in shop.uses_at(read.code, call))


def is_one(node: ast.expr) -> bool:
    """Whether an operand is the number 1, also with a guard that rounding takes away, or a tensor of ones."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [part.value for part in (node.left, node.right) if isinstance(part, ast.Constant)]
        numbers = [part for part in parts if isinstance(part, int | float)]
        return len(numbers) == 2 and rounds_to_one(sum(numbers))
    return (isinstance(node, ast.Constant) and node.value == 1) or (
        isinstance(node, ast.Call) and name_of(node) in ("ones", "ones_like")
    )


def take_logarithm(draft: Draft, read: Read, log: Logarithm, value: Tensor) -> None:
    """Write `log_softmax(z)`, `logsigmoid(z)` or `logsigmoid(-z)` in place of a logarithm, nothing around `log p`.

    Raises:
        Refused: there is no such form, or its axis is not written down.
    """
    code, node = read.code, read.node
    if is_blended(read.carrier.values):
        raise Refused(f"zeros or averages come in before the logarithm on line {log.call.lineno}")
    if "#" in code.of(log.call):
        raise Refused(f"a comment stands in the logarithm on line {log.call.lineno}")
    if value.op == "exp":
        if log.is_complement:
            raise Refused(f"the logarithm on line {log.call.lineno} is of one minus the probability")
        draft.unwrap(code, log.call, node)
        claim_logarithm(draft, log, replace(value, op="softmax"))
        return
    name, rest = stable_form(draft, code, log, value)
    if value.op not in ELEMENTWISE:
        draft.unwrap(code, log.call, node)
        draft.wrap(code, whole_part(draft.shop, read), name, rest)
    elif log.is_complement:
        inner = code.of(node) if binding(node) == ATOM else f"({code.of(node)})"
        draft.replace(code, log.call, f"{name}(-{inner}{rest})")
    else:
        draft.replace(code, log.call, f"{name}({code.of(node)}{rest})")
    claim_logarithm(draft, log, value)


def claim_logarithm(draft: Draft, log: Logarithm, value: Tensor) -> None:
    """State that the logarithm of the activation is its logarithmic form of the logits."""
    sign = "-" if log.is_complement else ""
    plain = f"log({'1 - ' * log.is_complement}{value.op}(x))"
    formula = GUARDED[value.op, log.is_complement] if log.is_guarded else plain
    axis = int(axis_of(value) or -1)
    claim_words(draft, formula, f"log_{value.op}({sign}x)", framework(value).name, not log.is_guarded, axis)


def stable_form(draft: Draft, code: Code, log: Logarithm, value: Tensor) -> tuple[str, str]:
    """The logarithmic form of an activation as the file spells it, and its arguments after the logits.

    Raises:
        Refused: there is no such form, or its axis is not written down.
    """
    axis = axis_of(value)
    written = draft.shop.reading.operation(code, log.call)
    spelled = written.spelled if written is not None else ""
    function = in_its_version(draft.shop.catalog, spelled, framework(value)).functions.get("log_" + value.op)
    if function is None or axis is None or (log.is_complement and value.op == "softmax"):
        raise Refused(f"the logarithm on line {log.call.lineno} has no stable form that is certain")
    name = draft.spell(code, *paths_like(draft.shop.catalog, function, value), like=code.of(log.call.func))
    return name, f", {function.axis}={axis}" if axis else ""
