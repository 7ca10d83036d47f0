"""The words of a finding: the rule's message, filled with the user's own names and places."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..catalog.model import Loss, Metric
from ..catalog.stable import CROSS_ENTROPIES, UNKNOWN, Framework, framework_of
from ..finding import Severity
from ..flow.tree import Site
from ..flow.uses import Use
from ..flow.values import Tensor, Value
from .base import Rule
from .formulas import OTHER_CLASSES
from .recovery import Recovery
from .verdict import Verdict

LOSSES: Mapping[Recovery, str] = {
    Recovery.RECOVERED: "harmless on TensorFlow, but on JAX and PyTorch the loss stops at 16.1 with gradient 0",
    Recovery.LOST: "Keras clips it, so the loss stops at 16.1 with gradient 0",
    Recovery.UNKNOWN: "on JAX and PyTorch the loss stops at 16.1 with gradient 0 (not on TensorFlow)",
    Recovery.NOT_KERAS: "the loss is cut off and its gradient 0 once the probability rounds to 0 or 1",
}
"""What is lost when probabilities go into a loss."""

TORCH = "the loss stops at 100 and its gradient is 0 once the probability rounds to 0 or 1"
"""The same in PyTorch."""

RECOVERED = frozenset({"LGT101", "LGT102", "LGT201", "LGT202"})
"""Pairs that are only worth a note where Keras finds the logits again."""


def message(rule: Rule, verdict: Verdict) -> tuple[str, Severity]:
    """The message and the severity of a finding."""
    severity = rule.severity if verdict.severity is None else verdict.severity
    if verdict.recovery is Recovery.RECOVERED and rule.code in RECOVERED:
        severity = Severity.NOTE
    return rule.message.format_map(fields(verdict)), severity


def fields(verdict: Verdict) -> Mapping[str, str]:
    """What the fields of messages stand for in this finding."""
    use, value = verdict.use, verdict.values[0]
    entry, framework = use.entry, framework_in(value)
    name = use.detail if use.reader == "activation" else value.space or ""
    reader = (use.spelled or (entry.name if entry else "")).rsplit(".", 1)[-1] if not use.detail else use.detail
    origin = place(value.origin, use.site)
    has_gradient = framework.differentiates and framework_of(use.spelled).differentiates
    is_single = framework.differentiates
    overflow = "x = 89 on in float32" if is_single else "x = 710 on in float64"
    softmax = f"{framework.said('softmax')}, or subtract the maximum first"
    return {
        **{name: framework.said(name) for name in NAMES},
        "activation": name,
        "reader": reader,
        "origin": origin,
        "loss": TORCH if entry and entry.name.startswith("torch") else LOSSES[verdict.recovery],
        "twice": twice(verdict, reader, origin),
        "twin": twin(use, reader),
        "advice": advice(use, name, reader),
        "pairing": pairing(verdict),
        "rectified": rectified(verdict, reader, origin),
        "pooled": " (a pooled output, as in SqueezeNet: pretrained weights depend on it)" if verdict.severity else "",
        "logform": log_form(verdict, framework),
        "and_gradient": ", and its gradient nan" if has_gradient else "",
        "or_gradient": ", and its gradient becomes nan" if has_gradient else " and warns",
        "rounds": "17" if is_single else "37",
        "overflow": overflow,
        "softmax_by_hand": verdict.detail or f"softmax by hand gives nan from {overflow}; use {softmax}",
        "flattened": "the loss and its gradient" if has_gradient else "the result",
        "compilers": " (compilers may even delete `+ eps`)" if "add" in verdict.guards and has_gradient else "",
        "or_nll": or_nll(entry),
        "detail": verdict.detail,
        "threshold": threshold(verdict),
        "assumes": "takes probabilities" if isinstance(entry, Metric) and entry.from_logits else HALF,
        "metricfix": metric_fix(entry),
    }


NAMES = ("softmax", "log_softmax", "sigmoid", "log_sigmoid", "softplus", "logsumexp", *CROSS_ENTROPIES)
"""What messages advise, as each framework calls it."""


def framework_in(value: Tensor) -> Framework:
    """The framework that computes a term, by the outermost functions in it."""
    level: list[Value] = [value]
    while level:
        terms = [term for term in level if isinstance(term, Tensor)]
        if any(term.spelled for term in terms):
            known = (framework_of(term.spelled) for term in terms if term.spelled)
            return next((found for found in known if found is not UNKNOWN), UNKNOWN)
        level = [arg for term in terms for arg in term.args]
    return UNKNOWN


HALF = "counts at probability 0.5"
"""What a metric with a threshold does."""


def twice(verdict: Verdict, reader: str, origin: str) -> str:
    """What happens to probabilities in a loss that takes logits."""
    space = verdict.values[0].space
    if verdict.recovery is Recovery.RECOVERED:
        done = "Keras on TensorFlow finds the logits again and warns, JAX and PyTorch apply it twice"
        return f"{reader} takes logits, but {origin} gives {space} probabilities: {done}"
    if space == "softmax":
        return f"softmax is applied twice: {reader} takes logits, and {origin} already gives softmax probabilities"
    return f"{reader} takes logits, but {origin} already gives {space} probabilities: they are squashed a second time"


def rectified(verdict: Verdict, reader: str, origin: str) -> str:
    """What a rectifier does right before its reader, and what to do instead."""
    use, entry = verdict.use, verdict.use.entry
    name = origin_name(verdict.values[0])
    if use.expects == "probabilities" and isinstance(entry, Loss):
        fitting = "sigmoid" if entry.family == "binary" else "softmax"
        other = f"{fitting} in its place, or a linear output and {twin(use, reader)}"
        return f"{reader} takes probabilities, but {name} at {origin} gives values that can exceed 1; use {other}"
    if use.expects == "log_probabilities":
        return f"{reader} takes log-probabilities, but {origin} gives what {name} made; use log_softmax in its place"
    is_binary = entry.family == "binary" if isinstance(entry, Loss) else use.detail == "sigmoid"
    cut = "cuts off" if is_cut(name) else "flattens"
    lost = "probabilities near 0 are out of reach" if is_binary else "no class can be ruled out"
    where = reader if use.reader == "loss" else f"this {use.detail}"
    return f"{name} at {origin} {cut} negative logits right before {where}, so {lost}; use a linear output"


def origin_name(value: Tensor) -> str:
    """What people call the activation of a value."""
    return value.entry.short if value.entry is not None else value.space or ""


def is_cut(name: str) -> bool:
    """Whether a rectifier makes negative values 0, as ReLU does and ELU does not."""
    return "relu" in name.lower()


def log_form(verdict: Verdict, framework: Framework) -> str:
    """The stable form of a guarded logarithm."""
    if verdict.values[0].space != "softmax":
        return f"{framework.said('log_sigmoid')} {'of -x' if verdict.complement else 'on the logits'}"
    return OTHER_CLASSES if verdict.complement else f"{framework.said('log_softmax')} on the logits"


def twin(use: Use, reader: str) -> str:
    """The loss on logits to use instead; one that is given by name or as a function has to be made to say more."""
    entry = use.entry
    if not isinstance(entry, Loss):
        return "the loss on logits"
    if entry.from_logits:
        is_told = reader == entry.short and (isinstance(use.site.node, ast.Call) or bool(use.through))
        return "from_logits=True" if is_told else f"{class_name(entry.short)}(from_logits=True)"
    return entry.twin.rsplit(".", 1)[-1] or "the loss on logits"


def class_name(short: str) -> str:
    """What Keras calls the class of a loss: `BinaryCrossentropy` for `binary_crossentropy`."""
    return "".join(part.capitalize() for part in short.split("_")) if "_" in short else short


def advice(use: Use, activation: str, reader: str) -> str:
    """What to do about an activation in front of a loss; some losses clip logits as well."""
    entry = use.entry
    if isinstance(entry, Loss) and len(entry.clips_logits) == len(BACKENDS):
        return f"{entry.short} clips logits as well, so from_logits=True would gain nothing"
    return f"leave {activation} out and use {twin(use, reader)}"


BACKENDS = ("tensorflow", "jax", "torch")
"""The backends of Keras that train."""


def or_nll(entry: object) -> str:
    """The other way to mend a log_softmax in front of a loss that applies it itself, where PyTorch code can take it."""
    if not isinstance(entry, Loss) or not entry.name.startswith("torch"):
        return ""
    return ", or use NLLLoss" if entry.kind == "class" else ", or use nll_loss"


def pairing(verdict: Verdict) -> str:
    """What does not fit in a mismatched pair of an activation and a loss, and what to ask oneself."""
    use, space = verdict.use, verdict.values[0].space
    if use.reader == "activation":
        where = place(verdict.related[0][0], use.site) if verdict.related else "elsewhere"
        return f"softmax of logits that the loss at {where} trains as independent probabilities; use sigmoid"
    origin, loss = place(verdict.values[0].origin, use.site), use.entry.short if use.entry else "the loss"
    if space == "sigmoid":
        words = "it takes one distribution over the classes, sigmoid gives independent probabilities"
        choice = "use softmax if only one class can be right, else a binary loss"
    else:
        words = "it takes independent probabilities, softmax gives one distribution over the classes"
        choice = "use a categorical loss if only one class can be right, else sigmoid"
    return f"{space} at {origin} does not fit {loss}: {words}; {choice}"


def threshold(verdict: Verdict) -> str:
    """What is done to logits as if they were probabilities, and what to do instead."""
    where = place(verdict.related[0][0], verdict.use.site) if verdict.related else "elsewhere"
    if verdict.detail == "round":
        done, instead = "this rounds logits as if they were probabilities", "round their sigmoid, or compare with 0"
    else:
        done = f"this compares logits with {verdict.detail}, but probability 0.5 is logit 0"
        instead = "compare with 0"
    return f"{done} (the loss at {where} takes them as logits); {instead}"


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


def at_origin(value: Tensor) -> Tensor:
    """The term that was made at the origin of a value: the softmax of which it is the logarithm."""
    made: Tensor | None = value
    while made is not None:
        value = made
        made = next((arg for arg in value.args if isinstance(arg, Tensor) and arg.origin is value.origin), None)
    return value


def origin_words(value: Tensor) -> str:
    """What happened at the origin of a value."""
    value = at_origin(value)
    if value.space == "logits":
        return "these logits come from here"
    if value.space == "rectified":
        return f"{origin_name(value)} applied here"
    return f"{value.space} applied here" if value.space else "computed here"
