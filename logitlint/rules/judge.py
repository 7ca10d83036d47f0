"""From uses to findings: every use is looked up in the table, every formula among the identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..finding import Finding, Fix, Related, Role
from ..flow.tree import Site
from ..flow.uses import Use
from ..flow.values import Tensor
from . import pairs, written
from .index import Index
from .messages import message, origin_words
from .registry import all_rules
from .verdict import Verdict

Reader = Callable[[Index, Use, Tensor], Verdict | None]

MAX_CALLS = 12
"""How many calls that passed a value on are shown with a finding."""

READERS: dict[str, Reader] = {
    "loss": pairs.loss,
    "activation": pairs.activation,
    "threshold": pairs.threshold,
    "metric": pairs.metric,
    "distribution": pairs.distribution,
    "log": written.log,
    "formula": written.formula,
}


def judge(index: Index) -> list[Verdict]:
    """What is wrong in a run, each place and code once."""
    verdicts = written.composites(index, (u for u in index.uses if u.reader == "formula"))
    absorbed = {site for verdict in verdicts for site in verdict.logs}
    for use in index.uses:
        reader = READERS.get(use.reader)
        if reader is not None and use.site not in absorbed:
            verdict = agreed(index, use, reader)
            if verdict is not None:
                verdicts.append(verdict)
    return list(merged(verdicts))


def agreed(index: Index, use: Use, reader: Reader) -> Verdict | None:
    """The verdict that every value which can arrive leads to, if there is one."""
    verdicts: list[Verdict] = []
    for value in index.arriving(use):
        verdict = reader(index, use, value) if isinstance(value, Tensor) else None
        if verdict is None or (verdicts and verdict.code != verdicts[0].code):
            return None
        verdicts.append(verdict)
    if not verdicts:
        return None
    verdicts[0].values = [value for verdict in verdicts for value in verdict.values]
    return verdicts[0]


def merged(verdicts: Iterable[Verdict]) -> Iterable[Verdict]:
    """Verdicts of one code at one place become one, with all the values that arrive there."""
    found: dict[tuple[str, Site], Verdict] = {}
    for verdict in verdicts:
        known = found.setdefault((verdict.code, verdict.use.site), verdict)
        if known is not verdict:
            known.values += verdict.values
    return found.values()


def finding(verdict: Verdict, fix: Fix) -> Finding:
    """A verdict in words, with its places and the way to mend it."""
    rule, use = all_rules()[verdict.code], verdict.use
    text, severity = message(rule, verdict)
    related: dict[Site, tuple[str, Role]] = {}
    for value in verdict.values:
        related.setdefault(value.origin, (origin_words(value), Role.ORIGIN))
    for site, words in verdict.related:
        related.setdefault(site, (words, Role.OTHER))
    for site in use.through:
        related.setdefault(site, (f"the {use.reader} is made here", Role.OTHER))
    for site in list(use.passed)[:MAX_CALLS]:
        related.setdefault(site, ("passed on here", Role.PASSED))
    related.pop(use.site, None)
    places = tuple(Related(site.location, words, role) for site, (words, role) in related.items())
    return Finding(rule.code, rule.name, severity, text, use.site.location, places, fix)
