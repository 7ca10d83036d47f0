"""The words of a finding: the rule's message, filled with the user's own names and places."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalog.model import Loss, Metric
from ..finding import Severity
from ..flow.tree import Site
from ..flow.values import Tensor, Value
from .base import Rule
from .formulas import OTHER_CLASSES
from .recovery import Recovery
from .verdict import Verdict

RECOVERED = {
    "LGT101": "Keras on TensorFlow finds the logits again, JAX and PyTorch clip the loss at 16.1 with gradient 0",
    "LGT102": "Keras on TensorFlow finds the logits again, JAX and PyTorch clip the loss at 16.1 with gradient 0",
    "LGT201": " (Keras on TensorFlow finds the logits again and only warns; JAX and PyTorch do not)",
    "LGT202": " (Keras on TensorFlow finds the logits again and only warns; JAX and PyTorch do not)",
}
LOST = "Keras clips it, so the loss stops at 16.1 and its gradient is exactly 0 beyond"
UNKNOWN_BACKEND = "TensorFlow finds the logits again, but on JAX and PyTorch the loss stops at 16.1 with gradient 0"
OTHER = "the loss is cut off and its gradient 0 once the probability rounds to 0 or 1"
TORCH = "the loss stops at 100 and its gradient is 0 once the probability rounds to 0 or 1"


def message(rule: Rule, verdict: Verdict) -> tuple[str, Severity]:
    """The message and the severity of a finding."""
    severity = rule.severity if verdict.severity is None else verdict.severity
    if verdict.recovery is Recovery.RECOVERED and rule.code in RECOVERED:
        severity = Severity.NOTE
    return rule.message.format_map(fields(verdict)), severity


def fields(verdict: Verdict) -> Mapping[str, str]:
    """What the fields of messages stand for in this finding."""
    use, value = verdict.use, verdict.values[0]
    entry = use.entry
    space = value.space or ""
    name = use.detail if use.reader == "activation" else space
    recovered = verdict.recovery is Recovery.RECOVERED
    return {
        "activation": name,
        "reader": (use.spelled or (entry.name if entry else "")).rsplit(".", 1)[-1] if not use.detail else use.detail,
        "origin": place(value.origin, use.site),
        "effect": RECOVERED["LGT201"] if recovered else "",
        "loss": loss_words(verdict),
        "twin": twin(entry),
        "advice": advice(entry, name),
        "pairing": pairing(verdict),
        "pooled": " (a pooled output, as in SqueezeNet: pretrained weights depend on it)" if verdict.severity else "",
        "logsigmoid": logsigmoid(value),
        "logform": log_form(verdict),
        "and_gradient": ", and its gradient nan" if has_gradient(value) else "",
        "or_gradient": ", and its gradient becomes nan" if has_gradient(value) else " and warns",
        "sigmoid": "sigmoid" if has_gradient(value) else "scipy.special.expit",
        "flattened": "the loss and its gradient" if has_gradient(value) else "the result",
        "compilers": " (compilers may even delete `+ eps`)" if "add" in verdict.guards and has_gradient(value) else "",
        "or_nll": ""
        if use.spelled.startswith("skorch") or (entry and entry.name.startswith("skorch"))
        else ", or use NLLLoss",
        "detail": verdict.detail,
        "threshold": "rounding" if verdict.detail == "round" else f"comparing with {verdict.detail}",
        "reader2": f"the loss at {place(verdict.related[0][0], use.site)}" if verdict.related else "the loss",
        "metricfix": metric_fix(entry),
    }


def has_gradient(value: Tensor) -> bool:
    """Whether a term is computed by a framework that differentiates it: the outermost function in it tells."""
    level: list[Value] = [value]
    while level:
        named = [term.spelled for term in level if isinstance(term, Tensor) and term.spelled]
        if named:
            return not any(name.startswith(("numpy.", "scipy.", "math.")) for name in named)
        level = [arg for term in level if isinstance(term, Tensor) for arg in term.args]
    return True


def logsigmoid(value: Tensor) -> str:
    """What log(sigmoid(x)) is called where the value comes from."""
    if value.spelled.startswith(("torch", "tensor.")):
        return "logsigmoid"
    return "log_sigmoid" if has_gradient(value) else "scipy.special.log_expit"


def log_form(verdict: Verdict) -> str:
    """The stable form of a guarded logarithm."""
    value = verdict.values[0]
    if value.space == "softmax":
        return OTHER_CLASSES if verdict.complement else "log_softmax on the logits"
    return f"{logsigmoid(value)} of -x" if verdict.complement else f"{logsigmoid(value)} on the logits"


def loss_words(verdict: Verdict) -> str:
    """What is lost when probabilities go into a loss."""
    return {
        Recovery.RECOVERED: RECOVERED["LGT101"],
        Recovery.LOST: LOST,
        Recovery.UNKNOWN: UNKNOWN_BACKEND,
        Recovery.NOT_KERAS: TORCH if verdict.use.entry and verdict.use.entry.name.startswith("torch") else OTHER,
    }[verdict.recovery]


def twin(entry: object) -> str:
    """The loss on logits to use instead."""
    if isinstance(entry, Loss) and entry.from_logits:
        return "from_logits=True"
    return entry.twin.rsplit(".", 1)[-1] if isinstance(entry, Loss) and entry.twin else "the loss on logits"


def advice(entry: object, activation: str) -> str:
    """What to do about an activation in front of a loss; some losses clip logits as well."""
    if isinstance(entry, Loss) and len(entry.clips_logits) == len(BACKENDS):
        return f"{entry.short} clips logits as well, so from_logits=True would gain nothing"
    return f"give it logits ({twin(entry)}) and leave {activation} out"


BACKENDS = ("tensorflow", "jax", "torch")
"""The backends of Keras that train."""


def pairing(verdict: Verdict) -> str:
    """What does not fit in a mismatched pair of an activation and a loss."""
    use, space = verdict.use, verdict.values[0].space
    if use.reader == "activation":
        where = place(verdict.related[0][0], use.site) if verdict.related else "elsewhere"
        return f"softmax of logits that the loss at {where} trains as independent probabilities; use sigmoid"
    origin, loss = place(verdict.values[0].origin, use.site), use.entry.short if use.entry else "the loss"
    if space == "sigmoid":
        words = "it takes one distribution over the classes, sigmoid gives independent probabilities"
    else:
        words = "it takes independent probabilities, softmax gives one distribution over the classes"
    return f"{space} at {origin} does not fit {loss}: {words}"


def metric_fix(entry: object) -> str:
    """How a metric is told that it reads logits."""
    if isinstance(entry, Metric) and entry.from_logits:
        return f"use {entry.short}(from_logits=True)"
    if isinstance(entry, Metric) and entry.threshold and entry.short not in ("accuracy", "Accuracy"):
        return f"use {entry.short}({entry.threshold}=0.0)"
    return "use BinaryAccuracy(threshold=0.0)"


def place(site: Site, seen_from: Site) -> str:
    """A place in words: the line in the same file, else the file and the line."""
    location = site.location
    if site.tree is seen_from.tree:
        if location.cell is not None and site.block != seen_from.block:
            return f"cell {location.cell}, line {location.line}"
        return f"line {location.line}"
    return f"{location.path}:{location.line}"


def origin_words(value: Tensor) -> str:
    """What happened at the origin of a value."""
    if value.space == "logits":
        return "these logits come from here"
    if value.space == "rectified":
        return "negative values are cut off here"
    return f"{value.space} applied here" if value.space else "computed here"
