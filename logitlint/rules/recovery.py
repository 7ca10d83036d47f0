"""Whether Keras finds the logits behind a probability again by itself, which decides how bad a pairing is."""

from __future__ import annotations

import ast
import enum

from ..catalog.model import Activation, Keep, Loss
from ..flow.uses import Record, Use
from ..flow.values import Tensor


class Recovery(enum.Enum):
    """What happens to a softmax or sigmoid head of a Keras model in front of its loss."""

    NOT_KERAS = "not Keras"
    RECOVERED = "recovered"
    LOST = "lost"
    UNKNOWN = "unknown backend"


def backend_of(use: Use, value: Tensor, record: Record) -> str | None:
    """The Keras backend that the code selects, by `KERAS_BACKEND` or `tf.keras`, or else the configuration, or None."""
    for place in (use.site, value.origin):
        if place.tree.path in record.backends:
            return record.backends[place.tree.path]
    for spelled in (use.spelled, value.spelled):
        if spelled.startswith(("tensorflow.", "tf_keras")):
            return "tensorflow"
    return record.configured.get(use.site.tree.path)


def recovery(use: Use, value: Tensor, record: Record) -> Recovery:
    """Whether the loss of a use recovers the logits behind a value."""
    loss = use.entry
    if not isinstance(loss, Loss) or not loss.name.startswith("keras"):
        return Recovery.NOT_KERAS
    activation = value.entry
    if not loss.recovers or (loss.unless_set and loss.unless_set in use.args):
        return Recovery.LOST
    if not isinstance(activation, Activation) or activation.recovery == "never":
        return Recovery.LOST
    if activation.recovery == "graph" and isinstance(use.site.node, ast.Call) and not use.through:
        return Recovery.LOST
    if value.op not in ("softmax", "sigmoid", "keep") or any(
        not (isinstance(step, Keep) and step.keeps_recovery) for step in value.via
    ):
        return Recovery.LOST
    backend = backend_of(use, value, record)
    if backend is None:
        return Recovery.UNKNOWN
    return Recovery.RECOVERED if backend == "tensorflow" else Recovery.LOST
