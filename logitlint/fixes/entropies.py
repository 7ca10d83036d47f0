"""LGT405, LGT406: a cross entropy by hand takes its logarithms from the logits, with the same reduction."""

from __future__ import annotations

from ..finding import Applicability
from ..rules.verdict import Verdict
from .draft import Draft
from .logs import Logarithm


def from_logits(draft: Draft, verdict: Verdict) -> tuple[Applicability, str]:
    """Every logarithm in the loss becomes the logarithmic form of the activation; sums and weights stay."""
    logarithm = Logarithm(draft, verdict)
    for site in verdict.logs:
        logarithm.rewrite(site)
    names = " and ".join(logarithm.formula.used)
    return logarithm.formula.verdict(Applicability.SAFE, f"take the logarithms from the logits with {names}")
