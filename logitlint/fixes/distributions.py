"""LGT103, LGT210: a distribution gets the logits in place of probabilities."""

from __future__ import annotations

import ast

from ..catalog.model import Distribution
from ..finding import Applicability
from ..flow.values import Const
from ..rules.verdict import Verdict
from .claims import Stated
from .draft import Draft, Refused
from .logs import Logarithm
from .reading import Found, Written
from .taking_draws import argument_of, drawn_from, name_argument


def give_logits(draft: Draft, verdict: Verdict) -> tuple[Applicability, str]:
    """`Categorical(probs=softmax(x))` and `Categorical(logits=softmax(x))` become `Categorical(logits=x)`."""
    entry, site = verdict.use.entry, verdict.use.site
    code, call = draft.shop.at(site), site.node
    if not isinstance(entry, Distribution) or not isinstance(call, ast.Call):
        raise Refused("the distribution is not made by a call")
    if any(value.space != entry.made_by for value in verdict.values):
        raise Refused(f"choose: {entry.short} makes its probabilities with a {entry.made_by}, not with this")
    wanted = entry.probs if verdict.code == "LGT103" else entry.logits
    argument = argument_of(call, entry, wanted)
    logarithm = Logits(draft, verdict)
    moving = logarithm.formula.moving
    moving.at(code, argument)
    text = logarithm.of(Found(code, argument), complement=False)
    logarithm.formula.put(text, stated(logarithm, entry, wanted, verdict.use.spelled))
    name_argument(draft, code, call, argument, entry.logits)
    safe = Applicability.SAFE if verdict.code == "LGT103" else Applicability.UNSAFE
    return logarithm.formula.verdict(safe, f"give {entry.short} the logits")


def stated(logarithm: Logarithm, entry: Distribution, wanted: str, spelled: str) -> Stated:
    """What giving a distribution its logits states: the same log-probability of a draw."""
    act, _, letter = logarithm.of_what
    name, target = drawn_from(act.partition("(")[0])
    is_same = wanted == entry.probs
    draws = f".log_prob({target})"
    path = spelled if ".substrates." in spelled else entry.name
    more = ", validate_args=False" if entry.name.startswith("torch") else ""
    around = [f"{path}({keyword}={{}}{more}){draws}" for keyword in (wanted, entry.logits)]
    word = name if is_same else f"{name}_logits"
    return Stated(
        f"{word}({act}, {target})", f"{name}_logits({act.partition('(')[2][:-1]}, {target})", {letter: "x"}, is_same,
        (around[0], around[1]),
    )  # fmt: skip


class Logits(Logarithm):
    """The logits themselves, or log-probabilities where the softmax is not known to run over the last axis."""

    def _of_activation(self, written: Written, found: Found, argument: Found, complement: bool) -> str:
        value = written.value
        torch = written.spelled.split(".")[0] in ("torch", "tensor")
        last = value is not None and (value.axis == Const(-1) or (value.axis is None and not torch))
        if not complement and (written.op == "sigmoid" or (last and not self.moved)):
            self.of_what = f"{written.op}(x)", complement, argument.node
            return self.formula.moving.operand(argument)
        return super()._of_activation(written, found, argument, complement)
