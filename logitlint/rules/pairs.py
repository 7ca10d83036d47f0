"""The cells of the table that pair a value with a loss, an activation, a threshold, a metric or a distribution."""

from __future__ import annotations

import ast

from ..catalog.model import Keep, Layer, Loss, Metric
from ..finding import Severity
from ..flow.algebra import same, strip
from ..flow.uses import Use
from ..flow.values import LOGITS, PROBABILITIES, SIGMOID, SOFTMAX, Const, Tensor, Value
from . import table
from .index import Index
from .recovery import recovery
from .verdict import Verdict

SAMPLING = frozenset({"sample", "sample_n", "rsample", "mode", "mean", "probs"})
LAST_AXIS_UNITS = ("Linear", "LazyLinear", "Bilinear", "Dense", "dense", "fully_connected")


def loss(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """A loss reads a value in a space that it does not expect."""
    entry, row = use.entry, table.EXPECTING.get(use.expects)
    if row is None or not isinstance(entry, Loss) or value.space is None:
        return None
    code = table.TABLE[row].get(value.space)
    if value.space in PROBABILITIES:
        if value.op == "sub" and row != table.PROBABILITY_LOSS:
            return None
        if row == table.PROBABILITY_LOSS:
            if one_unit_softmax(strip(value)) or entry.family == "other":
                return None
            if entry.family not in table.FAMILY[value.space]:
                code = table.MISMATCH
    if code is None or (code == "LGT204" and entry.family not in ("sparse", "categorical")):
        return None
    if code in OPTIONAL and index.fits_elsewhere(use, lambda other: fits(other, value)):
        return None
    severity = Severity.NOTE if code == "LGT302" and is_pooled(value) else None
    return Verdict(code, use, [value], recovery=recovery(use, value, index.record), severity=severity)


OPTIONAL = frozenset({"LGT201", "LGT202", "LGT203", "LGT204", "LGT205", "LGT206"})
"""Codes of pairs that an option rules out, where the other value of the option chooses the loss that fits."""


def fits(use: Use, value: Tensor) -> bool:
    """Whether a loss expects the space of a value."""
    row = table.EXPECTING.get(use.expects)
    if row is None or not isinstance(use.entry, Loss) or value.space is None:
        return False
    if row == table.PROBABILITY_LOSS and value.space in PROBABILITIES:
        return use.entry.family in table.FAMILY[value.space]
    return value.space not in table.TABLE[row]


def activation(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """An activation is applied to a value that an activation made, or over an axis with one element."""
    if use.detail == SOFTMAX and has_one_unit(value) and is_last_axis(use, use.args.get("axis")):
        return Verdict("LGT207", use, [value])
    if use.detail == SOFTMAX and (trained := binary_losses(index, value)):
        if index.fits_elsewhere(use, lambda other: other.detail == SIGMOID):
            return None
        return Verdict(table.MISMATCH, use, [value], related=[(trained[0].site, "a binary loss trains them here")])
    code = table.TABLE[table.ACTIVATION].get(value.space or "")
    if code == "LGT209":
        fits = use.detail in (value.space, f"log_{value.space}") and value.op != "sub" and not index.is_weight(use)
        return Verdict(code, use, [value]) if fits else None
    if code == "LGT301" and not index.is_weight(use) and not rectified_in_loss(index, use, value):
        return Verdict(code, use, [value], severity=Severity.NOTE if is_pooled(value) else None)
    return None


def rectified_in_loss(index: Index, use: Use, value: Tensor) -> bool:
    """Whether a loss reads the very same rectified value in the same words, which is what is reported then."""
    for other in index.by_origin[value.origin]:
        is_pair = other.reader == "loss" and other.expects in table.EXPECTING and read(index, use) & read(index, other)
        if is_pair and any(same(arriving, value) for arriving in index.arriving(other)):
            return True
    return False


def read(index: Index, use: Use) -> set[str]:
    """The expressions with values that a call reads."""
    node = use.site.node
    if not isinstance(node, ast.Call):
        return set()
    parts = [getattr(node.func, "value", node.func), *node.args, *(keyword.value for keyword in node.keywords)]
    return {ast.dump(part) for part in parts if id(part) in index.record.carriers}


def is_pooled(value: Tensor) -> bool:
    """Whether a value was averaged over places, as in all-convolutional networks."""
    return value.op in ("mean", "max") or any(isinstance(s, Keep) and s.effect == "pool" for s in value.via)


def binary_losses(index: Index, value: Tensor) -> list[Use]:
    """The losses that read the very logits that a softmax is applied to, if all of them are binary."""
    if value.space != LOGITS:
        return []
    readers = [u for u in logit_losses(index, value) if any(same(v, value) for v in index.arriving(u))]
    families = {u.entry.family for u in readers if isinstance(u.entry, Loss)}
    return readers if families == {"binary"} else []


def has_one_unit(value: Value) -> bool:
    """Whether the last axis of a value has one element."""
    layer = value.entry if isinstance(value, Tensor) else None
    return (
        isinstance(value, Tensor)
        and value.units == 1
        and isinstance(layer, Layer)
        and (layer.short in LAST_AXIS_UNITS or layer.name.startswith(("keras", "flax")))
    )


def is_last_axis(use: Use, axis: Value | None) -> bool:
    """Whether an activation runs over the last axis; PyTorch's default depends on the rank."""
    if axis is None or axis == Const(None):
        return use.entry is not None and not use.entry.name.startswith("torch")
    return axis == Const(-1)


def one_unit_softmax(value: Value) -> bool:
    """Whether a value is a softmax over one unit, which has a rule of its own."""
    return isinstance(value, Tensor) and value.op == SOFTMAX and has_one_unit(strip(value.args[0]))


def threshold(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """Logits are compared with 0.5, or rounded."""
    if value.space != LOGITS or use.detail not in ("0.5", "round"):
        return None
    for other in logit_losses(index, value):
        if isinstance(other.entry, Loss) and other.entry.family == "binary":
            where = (other.site, f"{other.entry.short} takes it as logits here")
            return Verdict("LGT501", use, [value], detail=use.detail, related=[where])
    return None


def logit_losses(index: Index, value: Tensor) -> list[Use]:
    """The losses that read a value of the same origin as logits."""
    uses = [*index.by_origin[value.origin], *(index.by_origin[value.maker] if value.maker is not None else ())]
    return [u for u in uses if u.reader == "loss" and u.expects == "logits"]


def metric(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """A metric that assumes probabilities reads logits."""
    entry = use.entry
    if not isinstance(entry, Metric) or entry.assumes != "probabilities" or value.space != LOGITS:
        return None
    if entry.one_unit and value.units != 1:
        return None
    families = {u.entry.family for u in logit_losses(index, value) if isinstance(u.entry, Loss)}
    if "binary" not in families or is_adapted(entry, use):
        return None
    return Verdict("LGT502", use, [value], detail=use.detail)


def is_adapted(entry: Metric, use: Use) -> bool:
    """Whether a metric was told about logits, or given a threshold of its own."""
    flag = use.args.get(entry.from_logits)
    level = use.args.get(entry.threshold)
    told = flag is not None and not (isinstance(flag, Const) and not flag.value)
    given = level is not None and not (isinstance(level, Const) and level.value in (None, 0.5))
    return told or given or any(name in use.args for name in (entry.unless_set,) if name)


def distribution(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """A distribution is made from probabilities; harmless if it is only sampled from."""
    if value.space is None or value.op == "sub":
        return None
    row = table.DISTRIBUTION_PROBS if use.expects == "probabilities" else table.DISTRIBUTION_LOGITS
    code = table.TABLE[row].get(value.space)
    called = index.methods_called(use)
    if code is None or (code == "LGT103" and called and called <= SAMPLING):
        return None
    return Verdict(code, use, [value])
