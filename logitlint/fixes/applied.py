"""The activation that a loss reads: as the code applies it, and what the edits leave of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from ..catalog.model import Activation
from ..catalog.stable import framework_of
from ..flow.uses import Use
from ..flow.values import Tensor
from ..rules.recovery import Recovery, recovery
from .code import Code, expression
from .dotted import Unclear, dotted, path_of
from .draft import Draft
from .frameworks import axis_of, framework
from .origin import layer_of


@dataclass(frozen=True)
class Applied:
    """What arrives at a loss: a formula over `x`, its source, and what was taken for an axis that is not there."""

    formula: str
    source: str
    axis: int = -1
    note: str = ""


PLAIN = Applied("x", "x")


def activation(draft: Draft, value: Tensor, inner: str = "x") -> Applied:
    """An activation as the code applies it.

    Raises:
        Unclear: it is none of a known framework, or its axis is not known.
    """
    entry, axis = value.entry, axis_of(value)
    is_keras = entry is not None and entry.name.startswith("keras.")
    functions = (framework_of("keras") if is_keras else framework(value)).functions
    if not isinstance(entry, Activation) or entry.kind == "class":
        function = functions.get(value.op)
        name, keyword = (function.paths[0], function.axis) if function else ("", "")
    else:
        name, keyword = entry.name, entry.axis
    if isinstance(entry, Activation) and entry.space == "rectified":
        name, keyword, axis = functions["relu"].paths[0] if "relu" in functions else "", "", ""
    if not name:
        raise Unclear(f"the {value.op} is not a function that is known")
    if axis is None and value.axis is not None:
        raise Unclear(f"the axis of the {value.op} is not known")
    axis, note = ("1", "") if axis is None else (axis, "")
    if value.op == "rectified" and entry is not None and entry.short.lower() != "relu":
        note = f"{entry.short} as relu"
    if axis and abs(int(axis)) > 1:
        axis, note = "-1", f"{keyword}={axis} as -1"
    more = f", {keyword}={axis}" if axis and keyword else ""
    op = "relu" if value.op == "rectified" else value.op
    source = f"{ast.unparse(dotted(draft, name))}({inner}{more})"
    return Applied(f"{op}({inner})", source, int(axis or -1), note)


def left_of(draft: Draft, value: Tensor) -> Applied:
    """What the edits leave of an activation, read from the text that they make."""
    code, node = draft.shop.at(value.origin), value.origin.node
    if value.maker is not None and value.maker is not value.origin:
        if draft.edited(code, node) != code.of(node):
            return PLAIN
        code, node = draft.shop.at(value.maker), value.maker.node
    space = space_in(draft, code, draft.edited(code, layer_of(code, value) or node))
    if space == value.op:
        return activation(draft, value)
    return activation(draft, replace(value, op=space, entry=None)) if space == "log_softmax" else PLAIN


def space_in(draft: Draft, code: Code, text: str) -> str | None:
    """The activation that a text applies, makes or names."""
    try:
        node = expression(text)
    except SyntaxError:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Call):
        path = path_of(draft, code, node.func)
        if path.endswith(".Activation") and node.args:
            return space_in(draft, code, ast.unparse(node.args[0]))
        if isinstance(node.func, ast.Attribute) and not path:
            entry = draft.shop.catalog.by_method.get(node.func.attr)
            return entry.space if isinstance(entry, Activation) else None
        node = node.func
    entry = draft.shop.catalog.find(path_of(draft, code, node))
    return entry.space if isinstance(entry, Activation) else None


def as_found(use: Use, value: Tensor, applied: Applied, draft: Draft) -> Applied:
    """A Keras activation as it is where the loss reads it: with the way back to its logits, or without."""
    if not applied.source.startswith("keras."):
        return applied
    _, _, rest = applied.source.partition("(")
    source = f"keras.activations.{value.op}({rest}"
    if recovery(use, value, draft.shop.index.record) is Recovery.LOST:
        source = f"keras.ops.reshape({source}, keras.ops.shape(x))"
    return replace(applied, source=source)
