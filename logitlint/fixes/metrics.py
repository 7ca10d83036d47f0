"""Metrics that assume probabilities, told about logits under the name that they report."""

from __future__ import annotations

import ast

from ..catalog.model import Metric
from ..flow.uses import Use
from .draft import Draft, Refused
from .losses import spell_keras
from .treatment import logit


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
    return logit(given)
