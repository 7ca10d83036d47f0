"""Everything that reads a value: what has to change there when the value becomes logits."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..catalog.model import Metric
from ..flow.algebra import inner
from ..flow.tree import Site
from ..flow.uses import Carrier, Use
from ..flow.values import Tensor, Value
from .code import Code, FunctionDef
from .draft import Draft, Refused, Workshop
from .frameworks import activation_of, axis_of, framework
from .losses import spell_keras
from .origin import name_of

ATTRIBUTES = frozenset(
    {"shape", "dtype", "device", "ndim", "size", "dim", "numel", "backward", "requires_grad", "name"}
)
"""What is the same for logits as for probabilities."""

WITH_VALUES = frozenset({"max", "sort", "topk", "top_k"})
"""Readers that give values beside the places of these."""

PREDICTING = frozenset({"predict", "predict_on_batch", "predict_proba"})
"""Methods of a Keras model that give arrays."""


def source(value: Value) -> Tensor | None:
    """The activation whose result a value is, reshaped or in part, None if it is anything else."""
    base = inner(value)
    if isinstance(base, Tensor) and base.op in ("softmax", "sigmoid", "log_softmax", "rectified"):
        return base
    return None


@dataclass(frozen=True)
class Read:
    """An expression that carries a value, and the node that reads it there."""

    code: Code
    node: ast.AST
    reader: ast.AST


def carriers(shop: Workshop, origins: Collection[Site]) -> list[Carrier]:
    """The expressions that carry what these origins made.

    Raises:
        Refused: one of them carries something else at other times.
    """
    found = []
    for carrier in shop.index.record.carriers.values():
        bases = [source(value) for value in carrier.values]
        ours = [base for base in bases if base is not None and base.origin in origins]
        if not ours:
            continue
        if len(ours) < len(bases) or id(carrier.site.node) in shop.index.record.others:
            raise Refused(f"other values arrive at {place(carrier.site)} as well")
        found.append(carrier)
    return found


def place(site: Site) -> str:
    """A place in words."""
    location = site.location
    cell = "" if location.cell is None else f"cell {location.cell}, "
    return f"{location.path}, {cell}line {location.line}"


def reads(shop: Workshop, found: list[Carrier]) -> Iterator[Read]:
    """Where carriers are read by something that does not carry the value on."""
    carrying = {id(carrier.site.node) for carrier in found}
    for carrier in found:
        code = shop.at(carrier.site)
        reader = reader_of(shop, code, carrier.site.node, carrying)
        if reader is not None:
            yield Read(code, carrier.site.node, reader)


def reader_of(shop: Workshop, code: Code, node: ast.AST, carrying: Collection[int]) -> ast.AST | None:
    """The node that reads an expression, None if what is around it only passes the value on."""
    parent = code.parent(node)
    if parent is None or id(parent) in carrying or isinstance(parent, ast.Expr):
        return None
    if isinstance(parent, ast.keyword | ast.Starred):
        return reader_of(shop, code, parent, carrying)
    if isinstance(parent, ast.Attribute):
        call = code.parent(parent)
        is_call = isinstance(call, ast.Call) and call.func is parent
        if parent.attr in ATTRIBUTES or (is_call and id(call) in carrying):
            return None
        return call if is_call else parent
    if isinstance(parent, ast.Call):
        entered = id(parent) in shop.index.record.entered
        return None if entered and node is not parent.func else parent
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.comprehension | ast.For | ast.withitem):
        targets = parent.targets if isinstance(parent, ast.Assign) else []
        return parent if any(isinstance(target, ast.Subscript) for target in targets) else None
    if isinstance(parent, ast.Tuple | ast.List | ast.IfExp | ast.Subscript) and (
        not isinstance(parent, ast.Subscript) or node is parent.value
    ):
        return reader_of(shop, code, parent, carrying)
    if isinstance(parent, ast.Lambda):
        return None if id(parent) in shop.index.record.called else parent
    if isinstance(parent, ast.Return | ast.Yield):
        return None if id(code.function(node)) in shop.index.record.called else parent
    return parent


def treat(draft: Draft, found: list[Carrier], losses: Collection[ast.AST], origins: dict[Site, Tensor]) -> list[str]:
    """Make everything that reads these carriers see what it saw before; reasons why a reader may have been missed.

    `losses` are the readers that are given logits on purpose.
    """
    doubts: list[str] = []
    for read in reads(draft.shop, found):
        if read.reader in losses or is_about_order(draft.shop, read):
            continue
        if id(read.reader) in draft.shop.index.record.layered:
            raise Refused(f"another layer reads the activation on line {read.node.lineno}")  # type: ignore[attr-defined]
        value = next(iter(origins.values()))
        if isinstance(read.reader, ast.Return | ast.Lambda) and any(
            site.node is read.node or read.code.function(read.node) is draft.shop.at(site).function(site.node)
            for site in origins
        ):
            doubts.append(f"{name_of_function(read)} gives it to code that was not seen")
        elif not move_threshold(draft, read, value):
            wrap(draft, read, value)
    return doubts


def name_of_function(read: Read) -> str:
    """What the function around a read is called."""
    function = read.code.function(read.node)
    return function.name if isinstance(function, FunctionDef) else "a lambda"


def is_about_order(shop: Workshop, read: Read) -> bool:
    """Whether a reader only asks which is largest."""
    if not isinstance(read.reader, ast.Call):
        return False
    recorded = shop.index.by_site.get(read.code.tree.site(read.reader, read.code.block), [])
    if any(use.reader == "argmax" for use in recorded):
        return name_of(read.reader) not in WITH_VALUES or takes_indices(read)
    return False


def takes_indices(read: Read) -> bool:
    """Whether of values and indices only the indices are used: `_, i = p.max(1)`, `p.max(1)[1]`."""
    parent = read.code.parent(read.reader)
    if isinstance(parent, ast.Subscript) and isinstance(parent.slice, ast.Constant):
        return parent.slice.value == 1
    if isinstance(parent, ast.Attribute):
        return parent.attr == "indices"
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple) and len(parent.targets[0].elts) == 2:
        first = parent.targets[0].elts[0]
        return isinstance(first, ast.Name) and first.id.startswith("_")
    return False


def move_threshold(draft: Draft, read: Read, value: Tensor) -> bool:
    """`p > 0.5` of a sigmoid becomes `z > 0.0`; whether it was such a reader."""
    if value.op != "sigmoid":
        return False
    level: ast.expr | None = None
    if isinstance(read.reader, ast.Compare) and len(read.reader.ops) == 1:
        sides = (read.reader.left, read.reader.comparators[0])
        level = next((side for side in sides if isinstance(side, ast.Constant)), None)
        if not isinstance(read.reader.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE):
            return False
    elif isinstance(read.reader, ast.Call) and name_of(read.reader) in COMPARING and len(read.reader.args) == 1:
        level = read.reader.args[0]
    if not isinstance(level, ast.Constant) or not isinstance(level.value, float) or not 0 < level.value < 1:
        return False
    draft.change(read.code, *read.code.span(level), repr(round(math.log(level.value / (1 - level.value)), 12)))
    return True


COMPARING = frozenset({"gt", "ge", "lt", "le", "greater", "greater_equal", "less", "less_equal"})
"""Methods that compare with a number."""


def wrap(draft: Draft, read: Read, value: Tensor) -> None:
    """Apply the activation in front of a reader.

    Raises:
        Refused: its axis is not written down, or it is written by hand.
    """
    activation, axis = activation_of(value), axis_of(value)
    if activation is None or axis is None:
        raise Refused(f"line {read.node.lineno} reads the {value.op} and its axis is not known")  # type: ignore[attr-defined]
    rest = f", {activation.axis}={axis}" if axis else ""
    code, node = read.code, read.node
    arrays = predicted(read)
    if framework(value) == "keras" and arrays:
        function = draft.spell(code, "keras.ops.convert_to_numpy")
        inner_function = draft.spell(code, *activation.paths, like=function)
        draft.wrap(code, node, f"{function}({inner_function}", f"{rest})")
        return
    draft.wrap(code, node, draft.spell(code, *activation.paths, like=value.spelled), rest)
    if framework(value) == "tensorflow" and arrays:
        end = code.span(node)[1]
        draft.change(code, end, end, ".numpy()")


def predicted(read: Read) -> bool:
    """Whether a value is an array that `predict` gave."""
    call = read.node
    if isinstance(call, ast.Name):
        scope = read.code.function(call)
        given = [
            n.value
            for n in ast.walk(scope)
            if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == call.id for t in n.targets)
        ]
        return any(is_predict(expression) for expression in given)
    return is_predict(call)


def is_predict(node: ast.AST) -> bool:
    """Whether a call is `model.predict(...)`, or something is taken from it."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PREDICTING


def adapt_metric(draft: Draft, use: Use) -> None:
    """Give a metric that assumes probabilities its form for logits, under the name that it reports.

    Raises:
        Refused: it has no such form.
    """
    entry = use.entry
    assert isinstance(entry, Metric)
    if use.through:
        code, node = draft.shop.at(use.through[0]), use.through[0].node
        if not isinstance(node, ast.Call):
            raise Refused(f"the metric {entry.short} is made in a way that cannot be changed")
        if entry.from_logits:
            draft.set_argument(code, node, entry.from_logits, "True")
        elif entry.threshold and entry.short not in UNTHRESHOLDED:
            draft.set_argument(code, node, entry.threshold, logit_of(use, entry))
        else:
            raise Refused(f"{entry.short} has no form that takes logits")
        return
    code, node = draft.shop.at(use.site), use.site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise Refused(f"the metric {entry.short} is given in a way that cannot be changed")
    if entry.from_logits:
        text = f"{spell_keras(draft, code, 'metrics', entry.short)}(name={node.value!r}, from_logits=True)"
    elif entry.one_unit or entry.short == "BinaryAccuracy":
        text = f"{spell_keras(draft, code, 'metrics', 'BinaryAccuracy')}(name={node.value!r}, threshold=0.0)"
    elif entry.threshold and entry.short not in UNTHRESHOLDED:
        text = f"{spell_keras(draft, code, 'metrics', entry.short)}(name={node.value!r}, {entry.threshold}=0.0)"
    else:
        raise Refused(f"{entry.short} has no form that takes logits")
    quote = code.of(node)[0]
    draft.change(code, *code.span(node), text.replace("'", quote) if quote in "'\"" else text)


UNTHRESHOLDED = frozenset({"F1Score", "FBetaScore"})
"""Metrics that refuse a threshold of 0."""


def logit_of(use: Use, entry: Metric) -> str:
    """The threshold on logits that stands for the one given on probabilities."""
    given = getattr(use.args.get(entry.threshold), "value", None)
    if given is None:
        return "0.0"
    if not isinstance(given, float) or not 0 < given < 1:
        raise Refused(f"the threshold of {entry.short} is not a number")
    return repr(round(math.log(given / (1 - given)), 12))
