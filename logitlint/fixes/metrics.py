"""Metrics that assume probabilities, told about logits under the name that they report."""

from __future__ import annotations

import ast

from ..catalog.model import Metric
from ..flow.uses import Use
from ..flow.values import Const, Tensor
from .claimed import claim_metric
from .draft import Draft, Refused
from .losses import spell_keras
from .readers import place
from .treatment import logit


def adapt_metric(draft: Draft, use: Use, is_same: bool) -> None:
    """Give a metric that assumes probabilities its form for logits, under the name that it reports.

    `is_same` says that it was given probabilities before.

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
            draft.set_argument(code, node, entry.threshold, logits_of(node, use, entry))
        else:
            raise Refused(f"{entry.short} has no form that takes logits")
        claim_metric(draft, code, node, entry, is_same)
        return
    code, node = draft.shop.at(use.site), use.site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise Refused(f"the metric {entry.short} is given in a way that cannot be changed")
    if any(is_of_other_output(draft, entry, other) for other in draft.shop.uses_at(code, node)):
        raise Refused(f"{code.of(node)} at {place(use.site)} is the metric of other outputs as well: give it by output")
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
    claim_metric(draft, code, node, entry, is_same)


def is_of_other_output(draft: Draft, entry: Metric, use: Use) -> bool:
    """Whether a metric that depends on the number of units is recorded for an output with more than one."""
    values = draft.shop.index.arriving(use)
    return entry.one_unit and any(isinstance(value, Tensor) and value.units != 1 for value in values)


def is_told(entry: Metric, use: Use) -> bool:
    """Whether a metric was told that it reads logits, or ranks with the arguments that it was given."""
    flag = use.args.get(entry.from_logits)
    return (isinstance(flag, Const) and flag.value is True) or entry.unless_set in use.args


UNTHRESHOLDED = frozenset({"F1Score", "FBetaScore"})
"""Metrics that refuse a threshold of 0."""


def logits_of(call: ast.Call, use: Use, entry: Metric) -> str:
    """The threshold on logits, or the list of them, that stands for what was given on probabilities.

    Raises:
        Refused: it is not written as numbers between 0 and 1.
    """
    given = use.args.get(entry.threshold)
    if given is None or (isinstance(given, Const) and given.value is None):
        return "0.0"
    nodes = [keyword.value for keyword in call.keywords if keyword.arg == entry.threshold]
    levels: list[ast.expr | Const] = [given] if isinstance(given, Const) else []
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple):
            levels = list(node.elts)
    numbers = [level.value for level in levels if isinstance(level, ast.Constant | Const)]
    logits = [logit(number) for number in numbers if isinstance(number, float) and 0 < number < 1]
    if not logits or len(logits) < len(levels):
        raise Refused(f"the threshold of {entry.short} is not a number between 0 and 1")
    if entry.threshold == "thresholds" and not all(0 <= float(text) <= 1 for text in logits):
        raise Refused(f"{entry.short} takes no thresholds outside of 0 and 1, where the logits lie")
    return logits[0] if isinstance(given, Const) else f"[{', '.join(logits)}]"
