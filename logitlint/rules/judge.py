"""From uses to findings: every use is looked up in the table, every formula among the identities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..catalog.model import Keep, Loss, Metric
from ..finding import Finding, Related, Severity
from ..flow.algebra import inner, is_op, is_stabilised, strip
from ..flow.tree import Site
from ..flow.uses import Record, Use
from ..flow.values import PROBABILITIES, Const, Guard, Made, Tensor, Unknown, Value, alternatives, compatible
from . import formulas, likelihood, table
from .messages import message, place
from .recovery import Recovery, recovery
from .registry import all_rules


@dataclass(eq=False)
class Verdict:
    """A use that does not fit: the rule, the values that arrive, and what the message needs."""

    code: str
    use: Use
    values: list[Tensor]
    detail: str = ""
    recovery: Recovery = Recovery.NOT_KERAS
    severity: Severity | None = None
    related: list[tuple[Site, str]] = field(default_factory=list)


class Judge:
    """Judges one record. Uses are indexed by the origin of what they read, for rules that look at several."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.uses = list(record.uses.values())
        self.by_origin: dict[Site, list[Use]] = defaultdict(list)
        self.by_term: dict[int, list[Use]] = defaultdict(list)
        for use in self.uses:
            for _, value in alternatives(use.value):
                if isinstance(value, Tensor):
                    self.by_origin[value.origin].append(use)
                    self.by_term[value.key].append(use)
        self.absorbed: set[Site] = set()
        self.guarded = {v.key for u in self.uses if u.reader == "guarded" for _, v in alternatives(u.value)}

    def findings(self) -> list[Finding]:
        """All findings, each place and code once."""
        verdicts = [v for use in self.uses if use.reader == "formula" for v in self.composites(use)]
        verdicts = self.outermost(verdicts)
        for use in self.uses:
            classify = READERS.get(use.reader)
            if classify is not None:
                verdict = self.agreed(use, classify)
                if verdict is not None:
                    verdicts.append(verdict)
        return finished(verdicts)

    def agreed(self, use: Use, classify: Callable[[Judge, Use, Tensor], Verdict | None]) -> Verdict | None:
        """The verdict that every value which can arrive leads to, if there is one."""
        verdicts: list[Verdict] = []
        for value in self.arriving(use):
            verdict = classify(self, use, value) if isinstance(value, Tensor) else None
            if verdict is None:
                return None
            verdicts.append(verdict)
        if len({v.code for v in verdicts}) != 1:
            return None
        first = verdicts[0]
        first.values = [value for v in verdicts for value in v.values]
        return first

    def arriving(self, use: Use) -> list[Value]:
        """The values that can arrive at a use, as training code with default arguments sees them."""
        options = [(g, v) for g, v in alternatives(use.value) if not (isinstance(v, Const) and v.value is None)]
        usual = [(g, v) for g, v in options if not self.is_unusual(g, use.path)]
        return [v for _, v in usual or options]

    def is_unusual(self, guard: Guard, path: Guard) -> bool:
        """Whether an alternative contradicts an assumption that its place does not contradict itself."""
        assumed = frozenset(
            (key, self.record.assumed[key]) for key, _ in guard if key in self.record.assumed
        )
        return not compatible(guard, frozenset(a for a in assumed if (a[0], not a[1]) not in path))

    def composites(self, use: Use) -> Iterable[Verdict]:
        """Cross entropies written out over several operations."""
        for value in self.arriving(use):
            if not isinstance(value, Tensor):
                continue
            for code, find in (
                ("LGT406", likelihood.binary_cross_entropy),
                ("LGT405", likelihood.cross_entropy),
            ):
                logs = find(value)
                if logs:
                    verdict = Verdict(code, use, [origin_term(log) for log in logs[:1]])
                    verdict.related = [(log.site, "") for log in logs]
                    yield verdict
                    break

    def outermost(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Of formulas around the same logarithm the largest; what they contain is not reported again."""
        best: dict[Site, Verdict] = {}
        for verdict in verdicts:
            logs = [site for site, _ in verdict.related]
            self.absorbed.update(logs)
            verdict.related = []
            known = best.get(logs[0])
            if known is None or depth(verdict) > depth(known) or known.code > verdict.code:
                if known is None or known.code <= verdict.code:
                    best[logs[0]] = verdict
        return list(best.values())


def depth(verdict: Verdict) -> int:
    """How large the term of a formula is."""
    return max((v.depth for _, v in alternatives(verdict.use.value) if isinstance(v, Tensor)), default=0)


def origin_term(log: Tensor) -> Tensor:
    """The activation under a logarithm."""
    value = inner(log.args[0])
    return value if isinstance(value, Tensor) else log


def loss(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    entry = use.entry
    row = table.EXPECTING.get(use.expects)
    if row is None or not isinstance(entry, Loss) or value.space is None:
        return None
    code = table.TABLE[row].get(value.space)
    if code is None or (value.op == "sub" and value.space in PROBABILITIES and row != table.PROBABILITY_LOSS):
        return None
    if value.space in ("rectified", "logits") and value.op not in ("keep", "select", "linear", "rectified"):
        if value.space == "rectified" or not is_plain_logits(value):
            return None
    if row == table.PROBABILITY_LOSS and value.space in PROBABILITIES:
        if one_unit_softmax(value):
            return None
        if entry.family != "other" and entry.family not in table.FAMILY[value.space]:
            return Verdict(table.MISMATCH, use, [value])
    if code == "LGT204" and entry.family not in ("sparse", "categorical"):
        return None
    if code in ("LGT101", "LGT102") and entry.family == "other":
        return None
    return Verdict(code, use, [value], recovery=recovery(use, value, judge.record))


def is_plain_logits(value: Tensor) -> bool:
    """Whether real-valued output comes straight from linear layers: sums and scalings of them."""
    return value.op in ("linear", "add", "sub", "matmul", "mul", "div", "neg", "mean", "keep", "select")


def activation(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    space = value.space
    if space is None:
        return None
    code = table.TABLE[table.ACTIVATION].get(space)
    if code == "LGT209":
        return Verdict(code, use, [value]) if use.detail in (space, "log_" + space) and value.op != "sub" else None
    if code == "LGT301" and not judge.is_weight(use):
        pooled = [s for s in value.via if isinstance(s, Keep) and s.effect == "pool"]
        if value.op in ("mean", "max", "amax") or pooled:
            return Verdict(code, use, [value], severity=Severity.NOTE)
        return Verdict(code, use, [value]) if value.op in ("rectified", "keep", "select") else None
    return None


def is_weight(self: Judge, use: Use) -> bool:
    """Whether the result of an activation only weighs another value: attention, a gate."""
    return any(u.reader == "weight" for u in self.by_origin[use.site])


def one_unit_softmax(value: Tensor) -> bool:
    """Whether a softmax runs over a last axis with one element."""
    value_ = strip(value)
    if not (isinstance(value_, Tensor) and value_.op == "softmax" and value_.units == 1):
        return False
    source = strip(value_.args[0])
    if not (isinstance(source, Tensor) and source.op == "linear"):
        return False
    if value_.axis is None:
        return value_.entry is not None and not value_.entry.name.startswith("torch")
    return value_.axis == Const(-1)


def log(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    if use.site in judge.absorbed or use.site in judge.guarded_sites():
        return None
    bare, guarded = unguarded(value)
    complement = False
    if is_op(bare, "sub") and isinstance(bare, Tensor) and bare.args[0] in (Const(1), Const(1.0)):
        complement, (bare, inner_guard) = True, unguarded(bare.args[1])
        guarded = guarded or inner_guard
    source = inner(bare)
    if not isinstance(source, Tensor) or source.space not in PROBABILITIES:
        return None
    if source.op not in ("softmax", "sigmoid", "div", "exp"):
        return None
    if source.op == "exp" and is_op(strip(source.args[0]), "log_softmax", "log_sigmoid"):
        return None
    if guarded:
        return Verdict("LGT404", use, [source])
    if complement:
        return Verdict("LGT403", use, [source]) if source.space == "sigmoid" else None
    return Verdict(table.TABLE[table.LOG][source.space], use, [source])


def unguarded(value: Value) -> tuple[Value, bool]:
    """A term without the `+ eps`, `clip` or `maximum` around it, and whether there was one."""
    guarded = False
    value = inner(value)
    while isinstance(value, Tensor):
        if value.op in ("clip", "maximum", "minimum"):
            found = next((a for a in value.args if isinstance(a, Tensor)), None)
        elif value.op == "add" and value.space in PROBABILITIES:
            found = next((a for a in value.args if isinstance(a, Tensor) and a.space in PROBABILITIES), None)
        elif value.op == "add" and len(value.args) == 2:
            found = next((a for a in value.args if is_op(strip(a), "sub")), None)
            other = next((a for a in value.args if a is not found), None)
            if found is not None and not is_guard(other):
                found = None
        else:
            found = None
        if found is None:
            break
        value, guarded = inner(found), True
    return value, guarded


def is_guard(value: Value | None) -> bool:
    """Whether a summand is a small positive number."""
    from ..flow.terms import is_small

    return value is not None and is_small(value)


def threshold(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    if value.space != "logits" or use.detail not in ("0.5", "round"):
        return None
    for other in judge.by_origin[value.origin]:
        if other.reader == "loss" and other.expects == "logits" and isinstance(other.entry, Loss):
            if other.entry.family == "binary":
                verdict = Verdict("LGT501", use, [value], detail=use.detail)
                verdict.related = [(other.site, f"{other.entry.short} takes it as logits here")]
                return verdict
    return None


def metric(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    entry = use.entry
    if not isinstance(entry, Metric) or entry.assumes != "probabilities" or value.space != "logits":
        return None
    if entry.one_unit and value.units != 1:
        return None
    trained = [
        u for u in judge.by_origin[value.origin]
        if u.reader == "loss" and u.expects == "logits" and isinstance(u.entry, Loss)
    ]  # fmt: skip
    if not trained or (value.units != 1 and not any(u.entry.family == "binary" for u in trained if u.entry)):  # type: ignore[attr-defined]
        return None
    flag = use.args.get(entry.from_logits)
    if entry.from_logits and flag is not None and not (isinstance(flag, Const) and not flag.value):
        return None
    given = use.args.get(entry.threshold) if entry.threshold else None
    if given is not None and not (isinstance(given, Const) and given.value in (None, 0.5)):
        return None
    if "top_k" in use.args:
        return None
    return Verdict("LGT502", use, [value], detail=use.detail)


def distribution(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    if value.space is None or value.op == "sub":
        return None
    row = table.DISTRIBUTION_PROBS if use.expects == "probabilities" else table.DISTRIBUTION_LOGITS
    code = table.TABLE[row].get(value.space)
    if code is None or (code == "LGT103" and judge.only_sampled(use)):
        return None
    return Verdict(code, use, [value])


def only_sampled(self: Judge, use: Use) -> bool:
    """Whether a distribution's methods are called, and none of them is differentiated."""
    called = {
        u.detail
        for u in self.uses
        if u.reader == "distribution method"
        for _, v in alternatives(u.value)
        if isinstance(v, Made) and v.site is use.site
    }
    return bool(called) and called <= {"sample", "rsample", "mode", "sample_n", "mean"}


def formula(judge: Judge, use: Use, value: Tensor) -> Verdict | None:
    if value.key in judge.guarded or use.site in judge.absorbed or is_guarded_path(value, use.path):
        return None
    if value.op == "div" and value.space in PROBABILITIES:
        exponent = next((a for a in exponents(value)), Unknown(0))
        if is_stabilised(exponent):
            return None
        return Verdict("LGT407" if value.space == "softmax" else "LGT410", use, [value])
    identity = formulas.find(value)
    if identity is None or not judge.is_worth_saying(identity, use, value):
        return None
    severity = Severity.NOTE if identity.note else None
    return Verdict(identity.code, use, [value], detail=identity.instead, severity=severity)


def exponents(value: Tensor) -> Iterable[Value]:
    """The arguments of the exponentials in a quotient."""
    for part in value.args:
        part = strip(part)
        if isinstance(part, Tensor):
            if part.op == "exp":
                yield part.args[0]
            elif part.op in ("add", "sum"):
                yield from exponents(part)


def is_guarded_path(value: Tensor, path: Guard) -> bool:
    """Whether the place is reached only after a comparison of the value that goes into `exp`."""
    return False


def is_worth_saying(self: Judge, identity: formulas.Identity, use: Use, value: Tensor) -> bool:
    """Hints are given only where the value has no other reader that explains it."""
    others = {u.reader for u in self.by_term[value.key] if u.site is not use.site}
    if identity.pattern == "1 - sigmoid(x)":
        return not others & {"weight", "log", "loss", "formula"}
    if identity.pattern == "exp(log_softmax(x))":
        origin = value.origin
        readers = [u for u in self.by_origin[origin] if u.reader not in ("formula", "activation")]
        return not readers and value.origin.tree is use.site.tree
    return True


Judge.is_weight = is_weight  # type: ignore[attr-defined]
Judge.only_sampled = only_sampled  # type: ignore[attr-defined]
Judge.is_worth_saying = is_worth_saying  # type: ignore[attr-defined]
Judge.guarded_sites = lambda self: set()  # type: ignore[attr-defined]


READERS: dict[str, Callable[[Judge, Use, Tensor], Verdict | None]] = {
    "loss": loss,
    "activation": activation,
    "log": log,
    "threshold": threshold,
    "metric": metric,
    "distribution": distribution,
    "formula": formula,
}


def finished(verdicts: Iterable[Verdict]) -> list[Finding]:
    """Verdicts as findings; several values that arrive at one place become one finding."""
    merged: dict[tuple[str, Site], Verdict] = {}
    for verdict in verdicts:
        known = merged.setdefault((verdict.code, verdict.use.site), verdict)
        if known is not verdict:
            known.values += verdict.values
    return [finding(verdict) for verdict in merged.values()]


def finding(verdict: Verdict) -> Finding:
    """A verdict in words, with its places."""
    rule = all_rules()[verdict.code]
    location = verdict.use.site.location
    text, severity = message(rule, verdict)
    related: dict[Site, str] = {}
    for value in verdict.values:
        related.setdefault(value.origin, origin_message(value))
    for site, words in verdict.related:
        related.setdefault(site, words)
    for site in verdict.use.through:
        related.setdefault(site, "the loss is made here" if verdict.use.reader == "loss" else "made here")
    related.pop(verdict.use.site, None)
    return Finding(
        rule.code, rule.name, severity, text, location, tuple(Related(s.location, words) for s, words in related.items())
    )


def origin_message(value: Tensor) -> str:
    """What happened at the origin of a value."""
    names = {"logits": "a linear layer makes logits", "rectified": "negative values are cut off"}
    return names.get(value.space or "", f"{value.space} applied") + " here"


__all__ = ["Judge", "Verdict", "place"]
