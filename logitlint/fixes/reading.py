"""How operations are written: which expressions of the source are the operands of a term."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from ..catalog.model import Activation, Entry, Keep, Op
from ..flow.algebra import inner
from ..flow.objects import SAME_TENSOR
from ..flow.values import NONE, Tensor, Value
from .bindings import Bindings, Definition, variable
from .code import Code
from .draft import Refused, Workshop

OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}

AXIS = frozenset({"axis", "dim", "reduction_indices", "axes"})
"""What parameters for an axis are called."""


@dataclass(frozen=True, eq=False)
class Written:
    """An operation as it stands in the source.

    Attributes:
        op: its name, as in terms; an activation's is its space.
        operands: what it is applied to.
        options: its other arguments, by parameter.
        spelled: the dotted name of the function as imported, `tensor.name` for a method, empty for an operator.
    """

    code: Code
    node: ast.expr
    op: str
    operands: tuple[ast.expr, ...]
    options: Mapping[str, ast.expr] = field(default_factory=dict)
    spelled: str = ""
    entry: Entry | None = None
    value: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """An expression, and the assignments through which it was reached from the place where it is needed."""

    code: Code
    node: ast.expr
    hops: tuple[Definition, ...] = ()


class Reading:
    """The operations of a run's sources.

    `moves` are the names of functions that only move elements. `names` are those that fixes give to expressions: the
    same one in every fix, another one for each expression in a function; `given` holds them by outermost function.
    """

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.carriers = shop.index.record.carriers
        self.names: dict[Hashable, str] = {}
        self.given: dict[Hashable, set[str]] = {}
        self._bindings: dict[object, Bindings] = {}
        self.moves = {
            name.rpartition(".")[2]
            for entry in shop.catalog.entries
            if isinstance(entry, Keep) and entry.effect in ("same", "select") and not entry.blends
            for name in (*entry.names, *entry.methods)
        }

    def bindings(self, code: Code) -> Bindings:
        """The assignments of the source that a block belongs to."""
        if code.tree not in self._bindings:
            self._bindings[code.tree] = Bindings(self.shop, code.tree)
        return self._bindings[code.tree]

    def values(self, node: ast.AST) -> tuple[Value, ...]:
        """The tensors that an expression has had for its value."""
        carrier = self.carriers.get(id(node))
        return tuple(carrier.values) if carrier is not None and carrier.site.node is node else ()

    def follow(self, found: Found) -> Found:
        """The expression that a variable was given, through as many assignments as can be told for certain."""
        while variable(found.node):
            definition = self.bindings(found.code).definition(found.code, found.node)
            if definition is None:
                break
            found = Found(definition.code, definition.value, (*found.hops, definition))
        return found

    def operation(self, code: Code, node: ast.expr) -> Written | None:
        """The operation at the root of an expression, None if it is not one that is known."""
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return Written(code, node, OPERATORS[type(node.op)], (node.left, node.right), value=self.made(node))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return Written(code, node, "neg", (node.operand,))
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in SAME_TENSOR):
            return Written(code, node, "keep", (node.value,))
        if isinstance(node, ast.Call):
            return self._call(code, node)
        return None

    def _call(self, code: Code, node: ast.Call) -> Written | None:
        value = self.made(node)
        if value is None or value.op in ("keep", "select"):
            return self._moving(code, node)
        if value.op == "sum" and not value.spelled:  # the builtin adds up along the first axis
            return Written(code, node, "sum", tuple(node.args[:1]), {"axis": ast.Constant(0)}, "builtins.sum")
        entry = self.entry(value)
        if not isinstance(entry, Op | Activation):
            return None
        method = value.spelled.startswith("tensor.")
        if method and not isinstance(node.func, ast.Attribute):
            return None
        given = arguments(node, entry.params if entry.kind == "function" else entry.call, method)
        operands, options = split(entry, given)
        if entry.kind == "function" and value.axis not in (None, NONE) and not AXIS & set(options):
            raise Refused("the axis is set elsewhere")
        op = entry.op if isinstance(entry, Op) and entry.op == "log1p" else value.op
        return Written(code, node, op, operands, options, value.spelled, entry, value)

    def made(self, node: ast.expr) -> Tensor | None:
        """The term that an expression makes, if it is always the same operation."""
        found = [v for v in self.values(node) if isinstance(v, Tensor) and v.site.node is node]
        return found[0] if found and len({(v.op, v.spelled) for v in found}) == 1 else None

    def entry(self, value: Tensor) -> Entry | None:
        """The catalog row of the function that made a term."""
        if isinstance(value.entry, Activation) and value.op == value.entry.space:
            return value.entry
        if value.spelled.startswith("tensor."):
            return self.shop.catalog.by_method.get(value.spelled.removeprefix("tensor."))
        return self.shop.catalog.find(value.spelled)

    def _moving(self, code: Code, node: ast.Call) -> Written | None:
        """A call that only moves elements: the operand is the part that carries the tensor."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in self.moves:
            return None
        parts = [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *node.args]
        sources = {inner(value).key for value in self.values(node)}
        carrying = [p for p in parts if sources and {inner(value).key for value in self.values(p)} == sources]
        if len(carrying) != 1:
            return None
        return Written(code, node, "keep", (carrying[0],))


def arguments(node: ast.Call, params: tuple[str, ...], method: bool) -> dict[str, ast.expr]:
    """The arguments of a call by parameter; the receiver of a method is the first.

    Raises:
        Refused: some are not written one by one.
    """
    given = [*([node.func.value] if method and isinstance(node.func, ast.Attribute) else []), *node.args]
    if any(isinstance(a, ast.Starred) for a in given) or any(k.arg is None for k in node.keywords):
        raise Refused("the arguments are not written one by one")
    if len(given) > len(params):
        raise Refused("the call has arguments that are not understood")
    return {**dict(zip(params, given, strict=False)), **{k.arg or "": k.value for k in node.keywords}}


def split(entry: Op | Activation, given: Mapping[str, ast.expr]) -> tuple[tuple[ast.expr, ...], dict[str, ast.expr]]:
    """The operands and the other arguments of a call."""
    names = entry.operands if isinstance(entry, Op) else (entry.value,)
    operands = tuple(given[name] for name in names if name in given)
    if not operands and given:
        names, operands = (next(iter(given)),), (next(iter(given.values())),)
    return operands, {name: value for name, value in given.items() if name not in names}
