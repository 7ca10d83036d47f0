"""Readers that only ask for an order, which is the same for logits: they are left as they are."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from ..catalog.model import Entry, Keep, Metric, Reader
from ..flow.names import name_of
from ..flow.tensors import INDEX
from ..flow.uses import Use
from ..flow.values import Tensor, Value
from .bindings import variable
from .draft import Workshop
from .frameworks import axis_of, framework
from .readers import Read, receiver_of, sources
from .reading import Found

VALUES = frozenset({"max", "min", "sort", "kthvalue", "partition"})
"""Readers that give values; PyTorch gives the places of these beside them."""

WITH_PLACES = frozenset({"topk", "top_k"})
"""Readers that give both everywhere."""

AXES = ("axis", "dim", "dimension")


def is_about_order(shop: Workshop, read: Read) -> bool:
    """Whether a reader only asks which is largest."""
    if not isinstance(read.reader, ast.Call):
        return False
    recorded = shop.uses_at(read.code, read.reader)
    asking = [*(use.entry for use in recorded if use.reader == "argmax"), maximum(shop, read.reader)]
    if any(asking):
        return gives_places(read, read.reader) and all(
            keeps_order(read, read.reader, entry) for entry in asking if entry
        )
    return any(isinstance(use.entry, Metric) and is_ranking(use, use.entry) for use in recorded)


def maximum(shop: Workshop, call: ast.Call) -> Entry | None:
    """The row of `max` or `min` if a call is one."""
    made = shop.reading.made(call) if name_of(call) in VALUES else None
    return shop.reading.entry(made) if made is not None and made.op in ("max", "min") else None


def gives_places(read: Read, call: ast.Call) -> bool:
    """Whether of a reader only places are used, no values."""
    if name_of(call) in VALUES:
        is_torch = not read.is_array and all(framework(value).name == "torch" for value in sources(read.carrier))
        return is_torch and is_over_axis(call) and takes_indices(read)
    return name_of(call) not in WITH_PLACES or takes_indices(read)


def is_over_axis(call: ast.Call) -> bool:
    """Whether a call of a library's function or of a method says over which axis it runs, not with what it compares."""
    axis = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg in AXES)]
    return any(isinstance(one, ast.Constant | ast.UnaryOp) for one in axis)


def is_ranking(use: Use, entry: Metric) -> bool:
    """Whether a metric only asks which class is first: `categorical_accuracy` and its kin."""
    return entry.assumes == "any" and written(use).replace("_", "").lower().endswith("categoricalaccuracy")


def written(use: Use) -> str:
    """What a metric is called where it is given: several share a row of the catalog."""
    return use.detail.strip("'\"") or use.spelled.rpartition(".")[2]


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


def keeps_order(read: Read, call: ast.Call, entry: Entry) -> bool:
    """Whether what is compared has the order of its logits: a softmax keeps it among the classes of one sample only."""
    softmaxes = [value for value in sources(read.carrier) if value.op in ("softmax", "log_softmax")]
    if not softmaxes:
        return True
    taken = [step for value in read.carrier.values for step in selections(value)]
    if (isinstance(entry, Reader) and entry.reads == "score") or not all(map(is_row, taken)):
        return False
    axis = axis_in(read, call, entry)
    return bool(taken) or axis is None or all((axis == "0") == (axis_of(value) == "0") for value in softmaxes)


def selections(value: Value) -> Iterator[Tensor]:
    """The steps in which a part of an activation's result was taken."""
    while isinstance(value, Tensor) and value.op in ("keep", "select"):
        if value.op == "select":
            yield value
        value = value.args[0]


def is_row(taken: Tensor) -> bool:
    """Whether a part has all classes of its samples: `p[i]`, `p[i, :]`, or what a loop takes."""
    step, node = taken.via[-1], taken.site.node
    if isinstance(step, Keep) and step.effect == "select" and step is not INDEX:
        return False
    rest = node.slice.elts[1:] if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else []
    return all(isinstance(one, ast.Slice) and not (one.lower or one.upper or one.step) for one in rest)


def axis_in(read: Read, call: ast.Call, entry: Entry) -> str | None:
    """The axis in a call, as source; None if none is given."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    is_method = isinstance(call.func, ast.Attribute) and read.node is call.func.value
    given |= dict(zip(entry.params[is_method:], call.args, strict=False))
    return next((ast.unparse(given[axis]) for axis in AXES if axis in given), None)


def left_alone(shop: Workshop, every: Sequence[Read], makers: Collection[ast.AST]) -> set[ast.AST]:
    """Of the calls that make arrays, those whose arrays are certainly read for their order only."""
    arrays = [read for read in every if read.is_array]
    ordered = {maker_of(shop, read, makers) for read in arrays if is_about_order(shop, read)}
    others = {maker_of(shop, read, makers) for read in arrays if not is_about_order(shop, read)}
    return set() if None in others else {maker for maker in ordered - others if maker is not None}


def maker_of(shop: Workshop, read: Read, makers: Collection[ast.AST]) -> ast.AST | None:
    """The call that made the array which is read, through variables and indices; None if that is not certain."""
    found: Found | None = Found(read.code, read.node)
    while found is not None and found.node not in makers:
        if variable(found.node):
            given = shop.reading.follow(found)
            found = given if given.node is not found.node else None
        else:
            inner = receiver_of(found.node)
            found = None if inner is None else Found(found.code, inner)
    return None if found is None else found.node
