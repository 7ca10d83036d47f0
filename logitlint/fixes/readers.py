"""Everything that reads a value: what has to change there when the value becomes logits."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..catalog.model import Keep
from ..flow.algebra import inner
from ..flow.names import name_of
from ..flow.tensors import ELEMENTWISE as SAME_AXES
from ..flow.tensors import MIXED
from ..flow.tree import Site
from ..flow.uses import Carrier
from ..flow.values import Tensor, Value
from .code import Code
from .draft import Refused, Workshop

ATTRIBUTES = frozenset(
    {"shape", "dtype", "device", "ndim", "size", "dim", "numel", "backward", "requires_grad", "name"}
)
"""What is the same for logits as for probabilities."""

SHAPED_LIKE = frozenset({"ones_like", "zeros_like", "empty_like", "full_like", "rand_like", "randn_like", "len"})
"""Functions that only ask for the shape of what they are given first."""

COMPILED = frozenset({"compute_loss", "compiled_loss", "compute_metrics"})
"""Methods of Keras models that give the value to the losses and metrics of `compile`."""


def source(value: Value) -> Tensor | None:
    """The activation whose result a value is, reshaped or in part, None if it is anything else."""
    base = inner(value)
    if isinstance(value, Tensor) and MIXED in value.via:
        return None
    if isinstance(base, Tensor) and base.op in ("softmax", "sigmoid", "log_softmax", "rectified"):
        return base
    return None


@dataclass(frozen=True)
class Read:
    """An expression that carries a value, and the node that reads it there.

    `is_array` says that the value has left the framework: `predict`, `.numpy()`, `.tolist()`.
    """

    carrier: Carrier
    code: Code
    node: ast.expr
    reader: ast.AST
    is_array: bool


def carriers(shop: Workshop, origins: Collection[Site]) -> list[Carrier]:
    """The expressions that carry what these origins made, perhaps beside other values."""
    every = shop.index.record.carriers.values()
    return [c for c in every if any(base.origin in origins for base in sources(c))]


def sources(carrier: Carrier) -> list[Tensor]:
    """The activations whose results an expression has carried."""
    return [base for value in carrier.values if (base := source(value)) is not None]


def is_blended(values: Iterable[Value]) -> bool:
    """Whether zeros or averages were brought into one of some values on its way."""
    steps = (step for value in values if isinstance(value, Tensor) for step in value.via)
    return any(isinstance(step, Keep) and step.blends for step in steps)


def is_mixed(shop: Workshop, carrier: Carrier) -> bool:
    """Whether an expression carries anything but results of activations at other times."""
    return len(sources(carrier)) < len(carrier.values) or id(carrier.site.node) in shop.index.record.others


def place(site: Site) -> str:
    """A place in words, as findings write it, without the column."""
    location = site.location
    cell = "" if location.cell is None else f":cell {location.cell}"
    return f"{location.path}{cell}:{location.line}"


def reads(shop: Workshop, found: list[Carrier]) -> Iterator[Read]:
    """Where carriers are read by something that does not carry the value on; an array's making counts as well."""
    arrays = {id(carrier.site.node) for carrier in found if is_array(carrier)}
    tensors = {id(carrier.site.node) for carrier in found} - arrays
    for carrier in found:
        code, node = shop.at(carrier.site), carrier.site.node
        made = is_array(carrier)
        reader = reader_of(shop, code, node, arrays if made else tensors)
        around = code.parent(node)
        if reader is None and made and isinstance(around, ast.List) and id(code.parent(around)) not in arrays:
            reader = around
        if reader is not None and isinstance(node, ast.expr):
            yield Read(carrier, code, node, reader, made)


def is_array(carrier: Carrier) -> bool:
    """Whether what an expression carries is an array or a number of Python."""
    return any(step.short in ARRAYS for value in carrier.values if isinstance(value, Tensor) for step in value.via)


ARRAYS = frozenset({"predict", "numpy", "tolist", "item", "array", "asarray", "float", "stored"})
"""Steps after which a value is an array, a number, or in a list: one place in front of them serves all its readers."""


def reader_of(shop: Workshop, code: Code, node: ast.AST, carrying: Collection[int]) -> ast.AST | None:
    """The node that reads an expression, None if what is around it only passes the value on."""
    parent = code.parent(node)
    if parent is None or id(parent) in carrying:
        return None
    if isinstance(parent, ast.Expr):
        return parent if code.source.cell is not None and parent is code.module.body[-1] else None
    if isinstance(parent, ast.keyword | ast.Starred):
        return reader_of(shop, code, parent, carrying)
    if isinstance(parent, ast.Attribute):
        call = code.parent(parent)
        is_call = isinstance(call, ast.Call) and call.func is parent
        if parent.attr in ATTRIBUTES or (is_call and id(call) in carrying):
            return None
        return call if is_call else parent
    if isinstance(parent, ast.Call):
        passed_on = id(parent) in shop.index.record.entered or name_of(parent) in SHAPED_LIKE | COMPILED
        return None if passed_on and node is not parent.func else parent
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.comprehension | ast.For | ast.withitem):
        targets = parent.targets if isinstance(parent, ast.Assign) else []
        return parent if any(isinstance(target, ast.Subscript) for target in targets) else None
    if isinstance(parent, ast.Tuple | ast.List | ast.IfExp | ast.Subscript) and (
        not isinstance(parent, ast.Subscript) or node is parent.value
    ):
        return reader_of(shop, code, parent, carrying)
    if isinstance(parent, ast.Dict) and isinstance(code.parent(parent), ast.Call | ast.keyword):
        return reader_of(shop, code, parent, carrying)
    if isinstance(parent, ast.Lambda):
        return None if id(parent) in shop.index.record.called else parent
    if isinstance(parent, ast.Return | ast.Yield):
        return None if id(code.function(node)) in shop.index.record.called else parent
    return parent


def writes(read: Read) -> bool:
    """Whether a reader changes the value itself: `p[mask] = 1`, `p *= 100`."""
    targets = read.reader.targets if isinstance(read.reader, ast.Assign) else [getattr(read.reader, "target", None)]
    around = {read.node, *read.code.ancestors(read.node)}
    return any(target in around for target in targets)


ELEMENTWISE = frozenset({"sigmoid", "exp"})
"""What is applied to every element on its own."""


def whole_part(shop: Workshop, read: Read) -> ast.expr:
    """The expression in a read that carries all of the activation's result, in its own shape.

    Raises:
        Refused: it is only read in part, or in another shape.
    """
    node: ast.expr | None = read.node
    while node is not None:
        carrier = shop.index.record.carriers.get(id(node))
        if carrier is not None and all(is_whole(value) for value in carrier.values):
            return node
        node = receiver_of(node)
    raise Refused(f"line {read.node.lineno} reads a part of it: the activation runs over the whole")


def receiver_of(node: ast.expr) -> ast.expr | None:
    """What an index or a method is applied to."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return node.value if isinstance(node, ast.Subscript) else None


def is_whole(value: Value) -> bool:
    """Whether a value is the result of an activation as it was, at most of another type or in another place."""
    while isinstance(value, Tensor) and value.op == "keep" and value.args and value.via[-1].short in SAME_AXES:
        value = value.args[0]
    return isinstance(value, Tensor) and value.op not in ("keep", "select")
