"""Which fix a finding gets: one function for each rule that has fixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..finding import NO_FIX, Applicability, Fix
from ..rules.verdict import Verdict
from . import pairs
from .draft import Draft, Refused, Workshop

Fixer = Callable[[Draft, Verdict], tuple[Applicability, str]]
"""Drafts the edits for a verdict; says how far they can be trusted, and what they do.

Raises `Refused` where there is no fix, or where a human has to choose.
"""

FIXERS: Mapping[str, Fixer] = {
    "LGT101": pairs.to_logit_loss,
    "LGT102": pairs.to_logit_loss,
    "LGT201": pairs.without_activation,
    "LGT202": pairs.without_activation,
    "LGT203": pairs.to_log_softmax,
    "LGT204": pairs.plain_nll,
    "LGT205": pairs.with_logits,
    "LGT206": pairs.with_logits,
    "LGT209": pairs.without_inner,
    "LGT301": pairs.without_inner,
    "LGT302": pairs.without_inner,
    "LGT501": pairs.move_level,
    "LGT502": pairs.told_metric,
}

CHOICES: Mapping[str, str] = {
    "LGT207": "choose: one unit with a sigmoid and a binary loss, or as many units as there are classes",
    "LGT208": (
        "choose: one distribution over the classes (softmax, categorical loss), "
        "or independent probabilities (sigmoid, binary loss)"
    ),
}
"""Findings that only a human can mend, and between what."""


def plan(shop: Workshop, verdict: Verdict) -> Fix:
    """The fix of a verdict, or why it has none."""
    fixer = FIXERS.get(verdict.code)
    if fixer is None:
        return Fix(Applicability.NONE, CHOICES[verdict.code]) if verdict.code in CHOICES else NO_FIX
    draft = Draft(shop)
    try:
        return draft.fix(*fixer(draft, verdict))
    except Refused as refused:
        return Fix(Applicability.NONE, str(refused))
