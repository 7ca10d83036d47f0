"""The formula rules as data: what is written by hand, and what to write instead.

In a pattern, one-letter names stand for any term, the same letter for the same term; `x` must not be stabilised.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..flow.algebra import inner, is_op, is_stabilised, same, strip
from ..flow.terms import is_small
from ..flow.values import Const, Tensor, Value

OTHER_CLASSES = "logsumexp over the other classes minus logsumexp over all"
"""What log(1 - softmax(x)) is: once a softmax rounds to 1, no function of it helps."""


@dataclass(frozen=True)
class Identity:
    """One row: a pattern of hand-written code, the stable form of it, and how the pattern breaks.

    A form that breaks nowhere, but takes more steps than the library's, is only worth a note. What is true of each
    element is true of some of them as well: `in_part`.
    """

    code: str
    pattern: str
    instead: str
    breaks: str = ""
    note: bool = False
    in_part: bool = False

    @property
    def words(self) -> str:
        """What is said about the form, by a rule that has no words of its own."""
        if self.note:
            return f"{self.pattern} is {self.instead} in one step"
        return f"{self.pattern} {self.breaks}; use {self.instead}" if self.breaks else self.instead


IDENTITIES: tuple[Identity, ...] = (
    Identity("LGT408", "log(sum(exp(x)))", "logsumexp(x)"),
    Identity("LGT408", "log(sum(exp(x)) + sum(exp(y)))", "logsumexp of both together"),
    Identity(
        "LGT407", "log(exp(x) / sum(exp(y)))", "x - logsumexp(y)", "overflows to nan, or is -inf once exp(x) is 0"
    ),
    Identity("LGT409", "log(1 + exp(x))", "softplus(x)"),
    Identity("LGT409", "log1p(exp(x))", "softplus(x)"),
    Identity("LGT412", "sqrt(exp(x))", "exp(x / 2)"),
    Identity("LGT412", "sqrt(softmax(x))", "exp(log_softmax(x) / 2)"),
    Identity(
        "LGT413",
        "log(1 - exp(x))",
        "log(-expm1(x)) for x close to 0, log1p(-exp(x)) for the rest",
        "loses its digits, and is -inf for x close to 0",
    ),
    Identity("LGT413", "log(exp(x) + exp(y))", "logaddexp(x, y)", "overflows to inf, and is -inf once both vanish"),
    Identity(
        "LGT413", "log(exp(x) - exp(y))", "x + log1p(-exp(y - x))", "overflows to nan, and is -inf once x and y meet"
    ),
    Identity("LGT413", "log(prod(x))", "sum(log(x))", "is -inf once the product of many small factors vanishes"),
    Identity("LGT413", "log(1 - softmax(x))", OTHER_CLASSES, "is -inf once a class is nearly certain", in_part=True),
    Identity("LGT413", "exp(log_softmax(x))", "softmax(x)", note=True),
    Identity("LGT413", "x - logsumexp(x)", "log_softmax(x)", note=True),
    Identity("LGT413", "1 - sigmoid(x)", "sigmoid(-x)", note=True),
    Identity("LGT411", "log(1 + x)", "log1p(x)"),
    Identity("LGT411", "exp(x) - 1", "expm1(x)"),
)

COMMUTATIVE = frozenset({"add", "mul"})
BINARY: Mapping[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
Bindings = dict[str, Value]


def find(term: Tensor) -> Identity | None:
    """The first identity whose pattern a term is."""
    for identity in by_root().get(term.op, ()):
        bindings = match(parsed(identity.pattern), term, {}, inner if identity.in_part else strip)
        if bindings is not None and _applies(identity, bindings):
            return identity
    return None


def _applies(identity: Identity, bindings: Bindings) -> bool:
    if identity.code == "LGT411":
        return not isinstance(bindings["x"], Const) and not is_op(bindings["x"], "exp", "neg")
    return not any(is_stabilised(value) for value in bindings.values())


@functools.cache
def by_root() -> dict[str, list[Identity]]:
    """The identities by the operation at their root."""
    found: dict[str, list[Identity]] = {}
    for identity in IDENTITIES:
        root = parsed(identity.pattern)
        op = BINARY[type(root.op)] if isinstance(root, ast.BinOp) else _name(root)
        found.setdefault(op, []).append(identity)
    return found


@functools.cache
def parsed(pattern: str) -> ast.expr:
    """A pattern as a syntax tree."""
    return ast.parse(pattern, mode="eval").body


def _name(node: ast.expr) -> str:
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return node.func.id


def without_guard(value: Tensor) -> Value:
    """A sum without a small constant in it."""
    kept = [a for a in value.args if not is_small(a)]
    return strip(kept[0]) if len(kept) == 1 and len(value.args) == 2 else value


def match(pattern: ast.expr, value: Value, bound: Bindings, bare: Callable[[Value], Value]) -> Bindings | None:
    """Bind the letters of a pattern so that it is the value, `bare` at each step; None if it cannot be."""
    value = bare(value)
    if is_op(value, "add") and isinstance(value, Tensor) and not isinstance(pattern, ast.Name):
        value = without_guard(value)
    if isinstance(pattern, ast.Name):
        known = bound.get(pattern.id)
        if known is not None:
            return bound if same(known, value) else None
        return None if any(same(other, value) for other in bound.values()) else {**bound, pattern.id: value}
    if isinstance(pattern, ast.Constant):
        return bound if isinstance(value, Const) and value.value == pattern.value else None
    if not isinstance(value, Tensor):
        return None
    if isinstance(pattern, ast.BinOp):
        op, operands = BINARY[type(pattern.op)], [pattern.left, pattern.right]
    else:
        assert isinstance(pattern, ast.Call)
        op, operands = _name(pattern), pattern.args
    if value.op != op or len(value.args) != len(operands):
        return None
    orders = [value.args, value.args[::-1]] if op in COMMUTATIVE else [value.args]
    for order in orders:
        result: Bindings | None = bound
        for part, arg in zip(operands, order, strict=True):
            result = match(part, arg, result, bare) if result is not None else None
        if result is not None:
            return result
    return None
