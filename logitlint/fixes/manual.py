"""Finding a hand-written formula in the source: which expressions its letters stand for, along which axis it sums."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..flow.algebra import strip
from ..flow.terms import is_small
from ..flow.values import Tensor, Value
from ..rules.formulas import BINARY, COMMUTATIVE, parsed
from .bindings import Definition
from .draft import Refused
from .formula import axis_options
from .reading import Found, Reading, Written


@dataclass
class Match:
    """Where the parts of a pattern stand.

    Attributes:
        letters: the expression of each letter, and the key of its value.
        operations: the functions of the pattern in the order in which they are met, by name.
        guarded: whether a small constant was added somewhere.
        kept: the sums whose axis was put back by hand.
    """

    letters: dict[str, tuple[Found, int]] = field(default_factory=dict)
    operations: list[tuple[str, Written, Found]] = field(default_factory=list)
    guarded: bool = False
    kept: set[ast.expr] = field(default_factory=set)

    def copy(self) -> Match:
        """The same, to be tried further."""
        return Match(dict(self.letters), list(self.operations), self.guarded, set(self.kept))

    @property
    def hops(self) -> list[Definition]:
        """The assignments through which the parts were reached."""
        found = [found for _, _, found in self.operations] + [found for found, _ in self.letters.values()]
        return [hop for one in found for hop in one.hops]

    def all(self, name: str) -> list[tuple[Written, Found]]:
        """The operations of one name."""
        return [(written, found) for one, written, found in self.operations if one == name]


@dataclass(frozen=True)
class Form:
    """A softmax or sigmoid by hand: of what, with which sign, along which axis.

    `formula` is how it is written, with `x` for the argument.
    """

    name: str
    formula: str
    argument: Found
    negative: bool = False
    axis: Mapping[str, str] = field(default_factory=dict)
    hops: Sequence[Definition] = ()


FORMS = (
    ("exp(x) / sum(exp(x))", "softmax", False),
    ("1 / (1 + exp(x))", "sigmoid", True),
    ("exp(x) / (1 + exp(x))", "sigmoid", False),
)
"""Activations by hand, and whether they are of minus what stands in the exponential."""


def manual(reading: Reading, written: Written, found: Found) -> Form:
    """The activation that a quotient is.

    Raises:
        Refused: it cannot be told of what, or along which axis.
    """
    assert written.value is not None
    for pattern, name, is_minus in FORMS:
        match = locate(reading, parsed(pattern), found, written.value, Match())
        if match is None:
            continue
        if match.guarded:
            raise Refused("choose: the sum has a guard added to it; without it the values change a little")
        axis = broadcast_axis(match) if name == "softmax" else {}
        argument = match.letters["x"][0]
        minus = reading.operation(argument.code, argument.node)
        if is_minus and minus is not None and minus.op == "neg":
            inner = Found(argument.code, minus.operands[0], argument.hops)
            return Form(name, pattern.replace("(x)", "(-x)"), inner, False, axis, match.hops)
        return Form(name, pattern, argument, is_minus, axis, match.hops)
    raise Refused(f"this way of writing {written.value.space} by hand is not one that can be taken apart")


def broadcast_axis(match: Match) -> dict[str, str]:
    """The axis of a sum that a tensor is divided by, or that is subtracted from it.

    Raises:
        Refused: the axis is not kept, so that the shapes meet in another way.
    """
    reduction, _ = (match.all("sum") or match.all("logsumexp"))[0]
    options = axis_options(reduction)
    axis = options.get("axis", "None")
    kept = options.get("keep", "False") == "True" or reduction.node in match.kept
    if axis not in ("None", "0") and not kept:
        raise Refused(f"choose: the sum over axis {axis} does not keep it, so it may be meant for another one")
    return {key: text for key, text in options.items() if key != "keep"} | {"axis": axis}


OVER_AN_AXIS = frozenset({"sum", "prod", "logsumexp", "softmax", "log_softmax"})
"""Functions whose further arguments are taken over."""


def locate(reading: Reading, pattern: ast.expr, found: Found, value: Value, match: Match) -> Match | None:
    """Find the parts of a pattern in an expression whose value is known to have its shape."""
    if isinstance(pattern, ast.Name):
        return _letter(pattern.id, found, strip(value), match)
    found = reading.follow(found)
    if isinstance(pattern, ast.Constant):
        same = isinstance(found.node, ast.Constant) and found.node.value == pattern.value
        return match if same else None
    value = strip(value)
    written = reading.operation(found.code, found.node)
    if written is None or not isinstance(value, Tensor):
        return None
    if written.op == "keep":
        return _kept(reading, pattern, written, found, value, match)
    op, parts = _shape(pattern)
    if written.op == "log1p" and op == "log" and isinstance(parts[0], ast.BinOp):
        return _log1p(reading, parts[0], written, found, value, match)
    if value.site.node is not found.node:
        return None
    if written.op == "add" and op != "add":
        return _unguarded(reading, pattern, written, found, value, match)
    if written.op != op or len(written.operands) != len(parts) or len(value.args) != len(parts):
        return None
    if written.options and op not in OVER_AN_AXIS:
        raise Refused(f"the argument {next(iter(written.options))} of {op} has no counterpart")
    match = match.copy()
    match.operations.append((op, written, found))
    orders = [parts, parts[::-1]] if op in COMMUTATIVE else [parts]
    for order in orders:
        result: Match | None = match.copy()
        for part, node, arg in zip(order, written.operands, value.args, strict=True):
            result = locate(reading, part, Found(found.code, node, found.hops), arg, result) if result else None
        if result is not None:
            return result
    return None


def _shape(pattern: ast.expr) -> tuple[str, list[ast.expr]]:
    if isinstance(pattern, ast.BinOp):
        return BINARY[type(pattern.op)], [pattern.left, pattern.right]
    assert isinstance(pattern, ast.Call)
    assert isinstance(pattern.func, ast.Name)
    return pattern.func.id, pattern.args


def _letter(name: str, found: Found, value: Value, match: Match) -> Match | None:
    known = match.letters.get(name)
    if known is not None and (known[1] != value.key or value.key == 0):
        return None
    if known is None and any(key == value.key for _, key in match.letters.values()):
        return None
    match = match.copy()
    if known is None or len(found.hops) < len(known[0].hops):
        match.letters[name] = found, value.key
    return match


def _unguarded(
    reading: Reading, pattern: ast.expr, written: Written, found: Found, value: Tensor, match: Match
) -> Match | None:
    """A small constant is added to what the pattern is of."""
    rest = [(n, v) for n, v in zip(written.operands, value.args, strict=True) if not is_small(v)]
    if len(rest) != 1:
        return None
    match = match.copy()
    match.guarded = True
    return locate(reading, pattern, Found(found.code, rest[0][0], found.hops), rest[0][1], match)


def _log1p(
    reading: Reading, pattern: ast.BinOp, written: Written, found: Found, value: Tensor, match: Match
) -> Match | None:
    """`log1p(-x)` is `log(1 - x)`."""
    inner = reading.follow(Found(found.code, written.operands[0], found.hops))
    minus = reading.operation(inner.code, inner.node)
    difference = strip(value.args[0])
    if minus is None or minus.op != "neg" or not isinstance(difference, Tensor) or not isinstance(pattern.op, ast.Sub):
        return None
    match = match.copy()
    match.operations.append(("log1p", written, found))
    return locate(reading, pattern.right, Found(inner.code, minus.operands[0], inner.hops), difference.args[1], match)


def _kept(
    reading: Reading, pattern: ast.expr, written: Written, found: Found, value: Tensor, match: Match
) -> Match | None:
    """A reshape around a sum that puts the axis back: `.unsqueeze(1)`, `[:, None]`."""
    inner = reading.follow(Found(found.code, written.operands[0], found.hops))
    reduction = reading.operation(inner.code, inner.node)
    if reduction is None or reduction.op not in ("sum", "logsumexp"):
        return None
    if not puts_back(found.node, axis_options(reduction).get("axis", "")):
        return None
    result = locate(reading, pattern, inner, value, match)
    if result is not None:
        result.kept.add(reduction.node)
    return result


def puts_back(node: ast.expr, axis: str) -> bool:
    """Whether a reshape gives a reduced tensor its axis back, as one of length 1."""
    if isinstance(node, ast.Subscript):
        index = ast.unparse(node.slice).replace("np.newaxis", "None").replace("numpy.newaxis", "None")
        index = index.replace("tf.newaxis", "None").replace("jnp.newaxis", "None").strip("()")
        return (axis, index) in {("1", ":, None"), ("-1", "..., None"), ("0", "None, :"), ("0", "None")}
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = [ast.unparse(a) for a in (*node.args, *(k.value for k in node.keywords))]
    if name in ("unsqueeze", "expand_dims"):
        return bool(given) and given[-1] == axis
    return name in ("view", "reshape") and given[-2:] == ["-1", "1"] and axis == "1"
