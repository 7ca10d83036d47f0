"""Making every reader of a value that becomes logits see what it saw before."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from ..flow.keras import PREDICTS
from ..flow.names import name_of, nodes
from ..flow.tree import Site
from ..flow.uses import Carrier
from ..flow.values import Tensor
from .claimed import claim_words
from .code import FunctionDef
from .draft import Draft, Refused, Workshop
from .frameworks import activation_of, axis_of, framework, paths_like
from .order import is_about_order, left_alone
from .readers import (
    ARRAYS,
    ELEMENTWISE,
    Read,
    is_array,
    is_mixed,
    place,
    reads,
    sources,
    whole_part,
    writes,
)
from .taking_draws import distribution_of, tell_distribution
from .taking_logs import logarithm_of, take_logarithm


@dataclass(eq=False)
class Treatment:
    """What happens to the readers of some carriers: which are changed, and which hand the value to unknown code."""

    changed: list[Read]
    handed_out: list[Read]

    def edited(self) -> Iterator[Carrier]:
        """The carriers at which something is written."""
        return (read.carrier for read in self.changed)


def treatment(
    shop: Workshop, found: list[Carrier], losses: Collection[ast.AST], origins: dict[Site, Tensor]
) -> Treatment:
    """Decide what to do with the readers of these carriers; `losses` are given logits on purpose.

    Readers of arrays are left alone where the arrays are made from probabilities again, arrays of which only the order
    is read as well.
    """
    value = next(iter(origins.values()))
    seen = [r for r in reads(shop, found) if r.reader not in losses]
    every = [r for r in seen if not is_about_order(shop, r)]
    wrapped = any(is_stored(read) or (read.is_array and level_of(read, value) is None) for read in every)
    if wrapped:
        made = [*predictions(shop, found), *(read for read in every if makes_array(read))]
        ordered = left_alone(shop, seen, {read.reader for read in made})
        every = [read for read in every if not read.is_array and not makes_array(read)]
        every += [read for read in made if read.reader not in ordered]
    else:
        every = [read for read in every if not makes_array(read)]
    kept = next((read for read in every if is_kept(read) and not read.is_array), None)
    if kept is not None and any(is_taken_out(shop, c, found, origins) for c in found if not is_array(c)):
        raise Refused(f"{place(kept.carrier.site)} keeps it in a list or dict that is read again")
    handed_out = [read for read in every if is_handed_out(shop, read, origins)]
    return Treatment([read for read in every if read not in handed_out], handed_out)


def apply(draft: Draft, plan: Treatment, value: Tensor) -> list[str]:
    """Change the readers; what of it changes numbers.

    Raises:
        Refused: one of them cannot be treated.
    """
    doubts: list[str] = []
    for read in plan.changed:
        if is_mixed(draft.shop, read.carrier):
            raise Refused(f"other values arrive at {place(read.carrier.site)} as well")
        if is_unseen_metric(draft.shop, read):
            raise Refused(f"a metric that was not seen reads it at {place(read.carrier.site)}")
        if writes(read):
            raise Refused(f"{place(read.code.site(read.reader))} changes it in place")
        if id(read.reader) in draft.shop.index.record.layered and not read.is_array:
            raise Refused(f"another layer reads the activation at {place(read.carrier.site)}")
        value = as_read(read, value)
        level = level_of(read, value)
        log = logarithm_of(draft.shop, read)
        entry = distribution_of(draft.shop, read, value)
        if entry is not None:
            tell_distribution(draft, read, entry, value)
        elif level is not None:
            move(draft, read, value, *level)
        elif log is not None:
            take_logarithm(draft, read, log, value)
            doubts += [f"the guard of the logarithm on line {log.call.lineno} goes"] if log.is_guarded else []
        elif is_session_run(read):
            raise Refused(f"a session runs it at {place(read.carrier.site)}: give the activation a name there")
        elif read.reader is read.node:
            wrap_prediction(draft, read, value)
        elif value.op == "sigmoid" and is_complement(read):
            negate(draft, read, value)
        else:
            wrap(draft, read, value)
    return doubts


def as_read(read: Read, value: Tensor) -> Tensor:
    """The activation with the axis that it runs over in what arrives at a read: a parameter may give it.

    Raises:
        Refused: several axes arrive there.
    """
    if value.op in ELEMENTWISE:
        return value
    axes = {axis_of(base): base.axis for base in sources(read.carrier)}
    if len(axes) > 1:
        raise Refused(f"the {value.op} that is read at {place(read.carrier.site)} runs over several axes")
    return replace(value, axis=next(iter(axes.values())))


def is_session_run(read: Read) -> bool:
    """Whether a reader is `session.run(...)`, where a new operation would be made at every call."""
    return isinstance(read.reader, ast.Call) and name_of(read.reader) in ("run", "eval")


def is_kept(read: Read) -> bool:
    """Whether a reader puts the value into a list or dict."""
    if isinstance(read.reader, ast.Call):
        return name_of(read.reader) in KEEPING
    if isinstance(read.reader, ast.Assign):
        return not writes(read)
    return isinstance(read.reader, ast.Dict | ast.Set | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)


KEEPING = frozenset({"append", "appendleft", "extend", "insert", "add", "put", "setdefault", "update"})
"""Methods that put what they are given into the object."""


def is_taken_out(shop: Workshop, carrier: Carrier, found: list[Carrier], origins: Collection[Site]) -> bool:
    """Whether an expression has its value from a list or dict: nothing in it carries the value."""
    record, node, code = shop.index.record, carrier.site.node, shop.at(carrier.site)
    carrying = {id(c.site.node) for c in found}
    if isinstance(node, ast.Subscript):
        return id(node.value) not in carrying
    if isinstance(node, ast.Call):
        parts = [*node.args, *(k.value for k in node.keywords), getattr(node.func, "value", node.func)]
        made = carrier.site in origins or id(node) in record.entered | record.layered or name_of(node) in PREDICTS
        return not made and not any(id(part) in carrying for part in parts)
    loops = [n for n in nodes(code.module) if isinstance(n, ast.For | ast.comprehension) and id(n.iter) not in carrying]
    bound = [n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
    return isinstance(node, ast.Name) and node.id in bound


def is_unseen_metric(shop: Workshop, read: Read) -> bool:
    """Whether a reader is the method of a metric, without a word of which one: it may be one of `compile`."""
    recorded = shop.uses_at(read.code, read.reader)
    return (
        isinstance(read.reader, ast.Call)
        and name_of(read.reader) == "update_state"
        and not any(use.reader == "metric" for use in recorded)
    )


def predictions(shop: Workshop, found: list[Carrier]) -> Iterator[Read]:
    """The calls of `model.predict(...)`, each as its own reader."""
    for carrier in found:
        node = carrier.site.node
        entered = id(node) in shop.index.record.entered
        if isinstance(node, ast.Call) and name_of(node) in PREDICTS and not entered:
            yield Read(carrier, shop.at(carrier.site), node, node, True)


def makes_array(read: Read) -> bool:
    """Whether a reader is `.numpy()` and the like."""
    return isinstance(read.reader, ast.Call) and name_of(read.reader) in ARRAYS and not read.is_array


def is_stored(read: Read) -> bool:
    """Whether a reader puts the value into a list, which may be read in ways that are not seen."""
    return isinstance(read.reader, ast.Call) and name_of(read.reader) == "append" and not read.is_array


def is_handed_out(shop: Workshop, read: Read, origins: dict[Site, Tensor]) -> bool:
    """Whether the function that applies the activation returns it to callers that nobody knows."""
    if not isinstance(read.reader, ast.Return | ast.Lambda):
        return False
    function = read.code.function(read.node)
    return any(shop.at(site).function(site.node) is function for site in origins)


def name_of_function(read: Read) -> str:
    """What the function around a read is called."""
    function = read.code.function(read.node)
    return function.name if isinstance(function, FunctionDef) else "a lambda"


def level_of(read: Read, value: Tensor) -> tuple[ast.Constant, float] | None:
    """The number between 0 and 1 that a sigmoid is compared with."""
    if value.op != "sigmoid":
        return None
    level: ast.expr | None = None
    if isinstance(read.reader, ast.Compare) and len(read.reader.ops) == 1:
        sides = (read.reader.left, read.reader.comparators[0])
        if isinstance(read.reader.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE):
            level = next((side for side in sides if isinstance(side, ast.Constant)), None)
    elif isinstance(read.reader, ast.Call) and name_of(read.reader) in COMPARING and len(read.reader.args) == 1:
        level = read.reader.args[0]
    if isinstance(level, ast.Constant) and isinstance(level.value, float) and 0 < level.value < 1:
        return level, level.value
    return None


COMPARING = frozenset({"gt", "ge", "lt", "le", "greater", "greater_equal", "less", "less_equal"})
"""Methods that compare with a number."""


def move(draft: Draft, read: Read, value: Tensor, node: ast.Constant, level: float) -> None:
    """`p > 0.5` becomes `z > 0.0`."""
    draft.change(read.code, *read.code.span(node), logit(level))
    after = f"above(x, {draft.edited(read.code, node)})"
    claim_words(draft, f"above({value.op}(x), {level})", after, framework(value).name, is_same=True)


def logit(probability: float) -> str:
    """The logit of a probability, as source."""
    return repr(round(math.log(probability / (1 - probability)), 12))


def application(draft: Draft, read: Read, value: Tensor) -> tuple[str, str]:
    """How an activation is applied: the function as the file spells it, and the arguments after the value.

    Raises:
        Refused: its axis is not written down, or it is written by hand.
    """
    activation, axis = activation_of(value), axis_of(value)
    if activation is None or axis is None:
        raise Refused(f"line {read.node.lineno} reads the {value.op} as well, and its axis is not known")
    function = draft.spell(read.code, *paths_like(draft.shop.catalog, activation, value))
    return function, f", {activation.axis}={axis}" if axis else ""


def wrap(draft: Draft, read: Read, value: Tensor) -> None:
    """Apply the activation in front of a reader; one over an axis before anything is taken out of it."""
    function, rest = application(draft, read, value)
    node = read.node if value.op in ELEMENTWISE else whole_part(draft.shop, read)
    draft.wrap(read.code, node, function, rest)


def is_complement(read: Read) -> bool:
    """Whether a reader is `1 - p`."""
    one, plain = read.reader, isinstance(read.node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    if not (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and one.right is read.node and plain):
        return False
    return isinstance(one.left, ast.Constant) and one.left.value == 1


def negate(draft: Draft, read: Read, value: Tensor) -> None:
    """`1 - p` becomes `sigmoid(-z)`."""
    function, _ = application(draft, read, value)
    (start, end), (first, last) = read.code.span(read.reader), read.code.outer_span(read.node)
    claim_words(draft, f"1 - {value.op}(x)", f"{value.op}(-x)", framework(value).name, is_same=True)
    draft.change(read.code, start, first, f"{function}(-")
    draft.change(read.code, last, end, ")")


def wrap_prediction(draft: Draft, read: Read, value: Tensor) -> None:
    """Apply the activation to what `model.predict(x)` gives, which stays an array."""
    function, rest = application(draft, read, value)
    start, end = read.code.span(read.node)
    if framework(value).name == "keras":
        outer = draft.spell(read.code, "keras.ops.convert_to_numpy")
        draft.change(read.code, start, start, f"{outer}({function}(")
        draft.change(read.code, end, end, f"{rest}))")
    else:
        draft.change(read.code, start, start, f"{function}(")
        draft.change(read.code, end, end, f"{rest}).numpy()")
