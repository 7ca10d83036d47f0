"""Which fix a finding gets: one function for each rule that has fixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..finding import Applicability, Fix
from ..rules.verdict import Verdict
from . import distributions, entropies, identities, logs, naming, pairs
from .draft import Draft, Refused, Workshop
from .moving import Hopeless

Fixer = Callable[[Draft, Verdict], tuple[Applicability, str]]
"""Drafts the edits for a verdict; says how far they can be trusted, and what they do.

Raises `Refused` where there is no fix, or where a human has to choose.
"""

FIXERS: Mapping[str, tuple[Fixer, ...]] = {
    "LGT101": (pairs.to_logit_loss,),
    "LGT102": (pairs.to_logit_loss,),
    "LGT201": (pairs.without_activation,),
    "LGT202": (pairs.without_activation,),
    "LGT203": (pairs.to_log_softmax,),
    "LGT204": (pairs.plain_nll,),
    "LGT205": (pairs.with_logits,),
    "LGT206": (pairs.with_logits,),
    "LGT209": (pairs.without_inner,),
    "LGT301": (pairs.without_inner,),
    "LGT302": (pairs.without_inner,),
    "LGT501": (pairs.move_level,),
    "LGT502": (pairs.told_metric,),
    "LGT103": (distributions.give_logits, pairs.to_logit_distribution, pairs.to_log_probabilities),
    "LGT210": (distributions.give_logits,),
    **dict.fromkeys(
        ("LGT401", "LGT402", "LGT403", "LGT404"),
        (logs.take_logarithm, pairs.to_stable_logs, pairs.to_log_probabilities, naming.name_logits),
    ),
    **dict.fromkeys(("LGT405", "LGT406"), (entropies.from_logits, pairs.to_stable_logs, naming.name_logits)),
    **dict.fromkeys((f"LGT{number}" for number in range(407, 414)), (identities.by_library,)),
}
"""By rule, the ways to mend it; the first that is possible is taken."""

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
    if verdict.code in CHOICES:
        return Fix(Applicability.NONE, CHOICES[verdict.code])
    reasons: list[str] = []
    for fixer in FIXERS[verdict.code]:
        if (known := known_plan(shop, fixer, verdict)) is not None:
            return known
        draft = Draft(shop)
        try:
            fix = stated(draft.fix(*fixer(draft, verdict)))
        except Refused as refused:
            reasons.append(str(refused))
            if isinstance(refused, Hopeless):
                break
        else:
            shop.plans.update(((fixer, verdict.guards, site), fix) for site in draft.origins)
            return fix
    return Fix(Applicability.NONE, reasons[0])


def stated(fix: Fix) -> Fix:
    """A fix, each rewrite of which has a statement that `verify` can hold it against.

    Raises:
        Refused: one has none.
    """
    from ..verify.forms import statement_of

    for claim in fix.claims:
        if not claim.unclear and statement_of(claim) is None:
            raise Refused(f"nothing states that {claim.formula} is {claim.instead}")
    return fix


def known_plan(shop: Workshop, fixer: Fixer, verdict: Verdict) -> Fix | None:
    """The plan that already moves every activation of a verdict: several findings share one."""
    plans = [shop.plans.get((fixer, verdict.guards, value.origin)) for value in verdict.values]
    return plans[0] if plans[0] is not None and all(found is plans[0] for found in plans) else None
