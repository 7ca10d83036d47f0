"""Which fix a finding gets: one function for each rule that has fixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..finding import NO_FIX, Applicability, Fix
from ..rules.verdict import Verdict
from .draft import Draft, Refused, Workshop

Fixer = Callable[[Draft, Verdict], tuple[Applicability, str]]
"""Drafts the edits for a verdict; says how far they can be trusted, and what they do.

Raises `Refused` where there is no fix, or where a human has to choose.
"""

FIXERS: Mapping[str, Fixer] = {}


def plan(shop: Workshop, verdict: Verdict) -> Fix:
    """The fix of a verdict, or why it has none."""
    fixer = FIXERS.get(verdict.code)
    if fixer is None:
        return NO_FIX
    draft = Draft(shop)
    try:
        return draft.fix(*fixer(draft, verdict))
    except Refused as refused:
        return Fix(Applicability.NONE, str(refused))
