"""Mending a value that does not fit its reader: move the activation, or tell the reader."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..catalog.model import Loss, Metric
from ..finding import Applicability
from ..flow.methods import STORED
from ..flow.names import name_of, nodes
from ..flow.tree import Site
from ..flow.uses import Use
from ..flow.values import Tensor, Value
from ..rules.messages import origin_name
from ..rules.verdict import Verdict
from . import order, origin, readers
from .claimed import claim_loss, claim_stacked, claim_words
from .code import FunctionDef
from .draft import Draft, Refused
from .frameworks import axis_of, framework
from .losses import hidden_readers, is_certain, to_logits
from .metrics import adapt_metric, is_told
from .surroundings import published_package, unseen_importers
from .treatment import Treatment, apply, name_of_function, treatment

LEAVING = re.compile(
    r"(torch|model\w*|\w*net|saver|keras\.models|checkpoint\w*)\.(save|load|restore)"
    r"|.*\b(save_model|save_weights|save_pretrained|load_model|load_weights|load_state_dict|from_pretrained)"
    r"|.*\b(onnx\.export|jit\.script|jit\.trace|from_keras_model\w*|saved_model\.save|simple_save|export_savedmodel)",
    re.IGNORECASE,
)
"""Calls by which a model leaves the program, or weights come into it."""

SPOKEN = {
    "logits": "logits",
    "probabilities": "probabilities",
    "log_probabilities": "log-probabilities",
    "unknown": "logits or probabilities, which of them is not certain",
}
"""What losses expect, in words."""

Outcome = tuple[Applicability, str]


def to_logit_loss(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT101, LGT102: the activation goes, the loss takes logits, every other reader keeps what it had."""
    return _without(draft, verdict, " and give the loss logits")


def to_stable_logs(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT401 to LGT404 across functions: the activation goes, its logarithms become stable functions of the logits."""
    guarded = ["the guard of the logarithm goes"] if verdict.guards else []
    return _without(draft, verdict, ", and compute its logarithms from the logits", guarded)


def to_logit_distribution(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT103 across functions: the activation goes, the distribution is told of logits."""
    return _without(draft, verdict, " and give the distribution logits")


def _without(draft: Draft, verdict: Verdict, then: str, doubts: Sequence[str] = ()) -> Outcome:
    """Take the activation off, and tell all that reads it."""
    plan = Plan(draft, verdict)
    plan.tell_losses()
    doubts = [*doubts, *plan.move()]
    if plan.losses and any(axis_of(value) is None for value in plan.values):
        doubts.append("the axis of the softmax is not known")
    plan.claim()
    return plan.verdict_on(f"take the {plan.values[0].op} off{then}", doubts, Applicability.SAFE)


def without_activation(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT201, LGT202: the loss applies the activation itself; it goes from the model."""
    plan = Plan(draft, verdict)
    doubts = plan.move()
    plan.claim(is_same=False)
    return plan.verdict_on(f"take the {plan.values[0].op} off: the loss applies it", doubts, Applicability.UNSAFE)


def to_log_softmax(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT203: softmax becomes log_softmax; every other reader gets the exponential of it."""
    plan = Plan(draft, verdict)
    if plan.values[0].op != "softmax":
        raise Refused("sigmoid gives independent probabilities, NLLLoss takes one distribution: choose one of them")
    for value in plan.values:
        origin.to_log(draft, value)
    doubts = apply(draft, plan.treatment, replace(plan.values[0], op="exp"))
    plan.claim(is_same=False)
    return plan.verdict_on("make the softmax a log_softmax", doubts, Applicability.UNSAFE)


def to_log_probabilities(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT401, LGT404 of a part of a softmax, LGT103 over any axis: it becomes a log_softmax, and its logarithms go."""
    plan = Plan(draft, verdict)
    if plan.losses or plan.values[0].op != "softmax":
        raise Refused("only the logarithm of a softmax can be taken where the softmax is applied")
    for value in plan.values:
        origin.to_log(draft, value)
    doubts = apply(draft, plan.treatment, replace(plan.values[0], op="exp"))
    then = "leave its logarithms out" if verdict.use.reader == "log" else "give the distribution that"
    return plan.verdict_on(f"make the softmax a log_softmax, and {then}", doubts, Applicability.SAFE)


class Plan:
    """The origins that have to change together, and the losses that read them."""

    def __init__(self, draft: Draft, verdict: Verdict) -> None:
        self.draft = draft
        self.index = draft.shop.index
        self.origins: dict[Site, Tensor] = {}
        self.losses: list[Use] = []
        if verdict.use.reader == "loss":
            self._follow(verdict.use, verdict.values)
        else:
            self._start(verdict.use, verdict.values)
        self.treatment = self._settled()
        self.values = list(self.origins.values())
        draft.origins = self.origins

    def _settled(self) -> Treatment:
        """What happens to the readers, once every activation that arrives where something is written is included."""
        while True:
            reading = {use.site.node for use in self.losses}
            carried = readers.carriers(self.draft.shop, self.origins)
            found = treatment(self.draft.shop, carried, reading, self.origins)
            arriving = [base for carrier in found.edited() for base in readers.sources(carrier)]
            others = [base for base in arriving if base.origin not in self.origins]
            if not others:
                return found
            for base in others:
                self._include(base)

    def _follow(self, use: Use, values: Iterable[Value]) -> None:
        """Add a loss with all that arrives there, and every loss that reads the same or is the same object."""
        if use in self.losses:
            return
        self.losses.append(use)
        self._start(use, values)
        for other in partners(self.draft, use):
            self._follow(other, self.index.arriving(other))

    def _start(self, use: Use, values: Iterable[Value]) -> None:
        """Add the origins of the values that a use reads."""
        for value in values:
            base = readers.source(value)
            if isinstance(value, Tensor) and STORED in value.via:
                raise Refused(f"{readers.place(use.site)} also gets values that were kept in a list")
            if base is None:
                known = f"values from {readers.place(value.origin)}" if isinstance(value, Tensor) else "unknown values"
                raise Refused(f"{readers.place(use.site)} also gets {known}, whose activation cannot be taken off")
            if base.origin not in self.origins:
                self._include(base)

    def _include(self, base: Tensor) -> None:
        """Add an origin, with the losses that read what it makes."""
        if self.origins and base.op != next(iter(self.origins.values())).op:
            kinds = f"{next(iter(self.origins.values())).op} and {base.op}"
            raise Refused(f"{kinds} arrive at the same place: split it first")
        self.origins[base.origin] = base
        for other in self.index.by_origin[base.origin]:
            if self._is_partner(other):
                self._follow(other, self.index.arriving(other))

    def _is_partner(self, other: Use) -> bool:
        """Whether another use is a loss that is to read the same logits."""
        if other.reader != "loss" or not isinstance(other.entry, Loss) or other.entry.expects == "any":
            return False
        if other.expects != (self.losses[0].expects if self.losses else "probabilities"):
            raise Refused(f"{other.entry.short} at {readers.place(other.site)} takes it as {SPOKEN[other.expects]}")
        return True

    def tell_losses(self) -> None:
        """Make every loss of the plan take logits."""
        for use in self.losses:
            to_logits(self.draft, use)

    def claim(self, is_same: bool = True) -> None:
        """State what the plan does to its losses."""
        for use in self.losses:
            arriving = [readers.source(value) for value in self.index.arriving(use)]
            for value in dict.fromkeys(base for base in arriving if base is not None):
                claim_loss(self.draft, use, value, is_same)

    def move(self) -> list[str]:
        """Take the activations off and treat every reader; what may have been missed."""
        for value in self.values:
            if value.op not in ("softmax", "sigmoid", "log_softmax"):
                raise Refused("the activation is written by hand")
            origin.remove(self.draft, value)
        for use in self.index.uses:
            if use.reader == "metric" and isinstance(use.entry, Metric) and self._reads(use):
                self._metric(use, use.entry)
        doubts = apply(self.draft, self.treatment, self.values[0])
        doubts += [doubt for use in self.losses for doubt in hidden_readers(self.draft, use)]
        unseen = [f"{name_of_function(read)} gives it to code that was not seen" for read in self.treatment.handed_out]
        return doubts + unseen

    def _reads(self, use: Use) -> bool:
        bases = [readers.source(value) for value in self.index.arriving(use)]
        return any(base is not None and base.origin in self.origins for base in bases)

    def _metric(self, use: Use, entry: Metric) -> None:
        """A metric given to `compile` is told about logits; argmax metrics need nothing.

        One that the program calls itself is a reader like any other.
        """
        value = self.values[0]
        if any(read.reader is use.site.node for read in self.treatment.changed):
            return
        if order.is_ranking(use, entry) or (entry.one_unit and value.units != 1) or is_told(entry, use):
            return
        if (value.op == "softmax" and "Categorical" not in entry.short) or entry.assumes != "probabilities":
            raise Refused(f"the metric {order.written(use)} at {readers.place(use.site)} needs the probabilities")
        adapt_metric(self.draft, use, is_same=True)

    def verdict_on(self, words: str, doubts: list[str], best: Applicability) -> Outcome:
        """How far the plan can be trusted.

        Raises:
            Refused: a function would not do what its name says any more.
        """
        for name in self.emptied():
            if self.values[0].op in name.lower():
                raise Refused(f"{name} would not apply the {self.values[0].op} any more")
        empty = (f"{name} would only give back what it is given" for name in self.emptied())
        kinds = (doubts, self._blended(), empty, self._leaving(), self._published(), self._imported())
        doubt = next(itertools.chain.from_iterable(kinds), None)
        return (best, words) if doubt is None else (Applicability.UNSAFE, f"{words}; unsafe, because {doubt}")

    def _blended(self) -> Iterable[str]:
        """Operations in front of a loss or another reader that come out otherwise on logits."""
        for use in self.losses:
            if readers.is_blended(self.index.arriving(use)):
                yield f"what {readers.place(use.site)} reads is padded or resized before, as logits then"
        for read in self.treatment.changed:
            if readers.is_blended(read.carrier.values):
                yield f"what {readers.place(read.carrier.site)} reads is padded or resized before, as logits then"

    def emptied(self) -> Iterable[str]:
        """Functions that do nothing else than apply the activation to what they are given."""
        for site in self.origins:
            code = self.draft.shop.at(site)
            function, node = code.function(site.node), site.node
            if not isinstance(function, FunctionDef) or not isinstance(node, ast.Call) or len(node.args) != 1:
                continue
            names = {arg.arg for arg in function.args.args}
            given = isinstance(node.args[0], ast.Name) and node.args[0].id in names
            if given and isinstance(code.parent(node), ast.Return) and code.parent(node) in function.body:
                yield function.name

    def _leaving(self) -> Iterable[str]:
        """Calls by which the model leaves the program, and callbacks that may ask it."""
        sites = [*self.origins, *(use.site for use in self.losses)]
        for code in dict.fromkeys(self.draft.shop.at(site) for site in sites):
            for node in nodes(code.module):
                if isinstance(node, ast.Call) and LEAVING.fullmatch(code.of(node.func)):
                    yield f"{code.of(node.func)} at {readers.place(code.site(node))} may rely on it"
                elif isinstance(node, ast.ClassDef) and any(code.of(b).endswith("Callback") for b in node.bases):
                    yield f"the callback {node.name} may read its predictions"

    def _published(self) -> Iterable[str]:
        """Packages that can be installed, whose models others may import."""
        for site in self.origins:
            if site.tree.source.file is not None:
                self.draft.shop.project.watched.add(site.tree.source.file)
            package = published_package(site.tree.source.file)
            if package is not None:
                yield f"{package} is a package, and others may import what it defines"

    def _imported(self) -> Iterable[str]:
        """Files beside the given ones that import what defines an activation, and may read its result."""
        project = self.draft.shop.project
        known = project.followed
        for tree in dict.fromkeys(site.tree for site in self.origins):
            if tree.source.file is not None:
                project.watched.add(tree.source.file)
                for file in unseen_importers(tree.source.file, known):
                    yield f"{file.name} imports {tree.path} and was not looked at with it"


def partners(draft: Draft, use: Use) -> list[Use]:
    """A use of a loss, with all uses of the same loss object."""
    found = [u for u in draft.shop.index.uses if u.reader == "loss" and use.through and u.through == use.through]
    return found or [use]


def with_logits(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT205, LGT206: the value is logits already; the loss is told."""
    for use in partners(draft, verdict.use):
        if not all(isinstance(v, Tensor) and v.space == "logits" for v in draft.shop.index.arriving(use)):
            raise Refused("the same loss reads other values as well")
    to_logits(draft, verdict.use)
    claim_loss(draft, verdict.use, None, is_same=False)
    return Applicability.UNSAFE, "tell the loss that it reads logits"


def plain_nll(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT204: log_softmax twice is log_softmax once: a loss on log-probabilities is the same, or none in the model."""
    use = verdict.use
    site = use.through[0] if use.through else use.site
    code, call = draft.shop.at(site), site.node
    twin = {"CrossEntropyLoss": "torch.nn.NLLLoss", "cross_entropy": "torch.nn.functional.nll_loss"}
    entry = use.entry
    is_loss = isinstance(entry, Loss) and isinstance(call, ast.Call) and is_certain(call, entry, use)
    if entry is None or entry.short not in twin or not isinstance(call, ast.Call) or not is_loss:
        plan = Plan(draft, verdict)
        doubts = plan.move()
        plan.claim()
        return plan.verdict_on("take the log_softmax off: the loss applies it", doubts, Applicability.SAFE)
    if any(keyword.arg == "label_smoothing" for keyword in call.keywords):
        raise Refused("NLLLoss has no label_smoothing: leave the log_softmax out instead")
    for other in partners(draft, use):
        if not all(isinstance(v, Tensor) and v.space == "log_softmax" for v in draft.shop.index.arriving(other)):
            raise Refused("the same loss reads other values as well")
    draft.rename(code, call, twin[entry.short])
    for other in partners(draft, use):
        claim_loss(draft, other, readers.source(verdict.values[0]), is_same=True)
    told = twin[entry.short].rpartition(".")[2]
    return Applicability.UNSAFE, f"use {told}; unsafe, because it takes no class probabilities as targets"


def without_inner(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT209, LGT301, LGT302: the value in front goes."""
    value = verdict.values[0]
    base = readers.source(value)
    if base is None or base.origin is not value.origin:
        raise Refused("it is written by hand, or something is done in between")
    if verdict.use.reader == "loss" and verdict.use.expects != "logits":
        raise Refused(f"choose: {FITTING[verdict.use.expects]}")
    wanting = [verdict.use, *(rectified_as_well(draft, base) if base.op == "rectified" else ())]
    if verdict.severity is not None:
        raise Refused("pretrained weights may depend on it: leave it, or train again with a linear output")
    found = readers.carriers(draft.shop, [value.origin])
    for read in readers.reads(draft.shop, found):
        if not any(read.reader is use.site.node for use in wanting):
            raise Refused(f"{readers.place(read.code.site(read.node))} reads it as well")
    origin.remove(draft, base)
    for use in wanting:
        if use.reader == "loss":
            claim_loss(draft, use, base, is_same=False)
        else:
            claim_stacked(draft, use, base)
    return Applicability.UNSAFE, f"leave the {origin_name(base)} out"


FITTING = {
    "probabilities": "the activation that the loss expects in its place, or a linear output and a loss on logits",
    "log_probabilities": "log_softmax in its place, or a linear output and CrossEntropyLoss",
}
"""What a loss that takes no logits can be given in place of rectified values."""


def rectified_as_well(draft: Draft, base: Tensor) -> Iterator[Use]:
    """The losses on logits and the activations that read a rectified value: they want it without the rectifier."""
    for use in draft.shop.index.by_origin[base.origin]:
        if use.reader == "activation" or (use.reader == "loss" and use.expects == "logits"):
            yield use


def move_level(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT501: a threshold on probabilities becomes one on logits."""
    site = verdict.use.site
    code, node = draft.shop.at(site), site.node
    value = verdict.values[0]
    if isinstance(node, ast.Call) and name_of(node) == "round" and framework(value).name == "torch":
        parts = [*node.args[:1], *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
        rounded = next(part for part in parts if id(part) in draft.shop.index.record.carriers)
        draft.wrap(code, rounded, draft.spell(code, "torch.sigmoid"))
        claim_words(draft, "round(x)", "round(sigmoid(x))", framework(value).name, is_same=False)
        return Applicability.UNSAFE, "round the sigmoid of the logits"
    levels = [part for part in ast.walk(node) if isinstance(part, ast.Constant) and part.value == 0.5]
    if len(levels) != 1:
        raise Refused("choose: compare the logits with 0, or apply a sigmoid first")
    draft.change(code, *code.span(levels[0]), "0.0")
    after = f"above(x, {draft.edited(code, levels[0])})"
    claim_words(draft, "above(x, 0.5)", after, framework(value).name, is_same=False)
    return Applicability.UNSAFE, "compare the logits with 0.0"


def told_metric(draft: Draft, verdict: Verdict) -> Outcome:
    """LGT502: the metric is told about logits."""
    adapt_metric(draft, verdict.use, is_same=False)
    return Applicability.UNSAFE, "tell the metric that it reads logits"
