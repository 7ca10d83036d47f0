"""What fixes claim that move an activation or tell a reader: the loss of what arrives, before and after."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..catalog.model import Loss, Metric
from ..finding import Claim
from ..flow.uses import Use
from ..flow.values import Const, Tensor
from ..rules.recovery import backend_of
from .applied import PLAIN, Applied, activation, as_found, left_of
from .code import Code, expression
from .dotted import RUN, Unclear, constant, dotted, framework_in, literal, path_of
from .draft import Draft, Refused
from .losses import trainer_of
from .reading import arguments

NUMBERS: Mapping[str, object] = {"label_smoothing": 0.1, "gamma": 3.0, "alpha": 0.25, "smoothing": 0.1}
"""Arguments that are numbers, and what is taken for those that are not literals."""

VECTORS: Mapping[str, list[float]] = {"weight": [0.5, 2.0, 1.0, 1.5], "pos_weight": [3.0]}
"""Arguments that are tensors, and what is taken for those that are not literals."""

PASSED = frozenset({"from_logits", "axis", "apply_class_balancing"})
"""Arguments that are given on as they are, and that the exact form of the loss does not take."""

REDUCTIONS = frozenset({"reduction", "reduce", "size_average"})
"""Arguments that say how samples are put together."""

WORDS: Mapping[tuple[str, str], str] = {
    ("binary", "probabilities"): "bce",
    ("binary", "logits"): "bce_logits",
    ("categorical", "probabilities"): "ce",
    ("categorical", "logits"): "ce_logits",
    ("sparse", "probabilities"): "sparse_ce",
    ("sparse", "logits"): "sparse_ce_logits",
    ("sparse", "log_probabilities"): "nll",
}
"""By family and what is expected, the loss in the words of the statements."""


@dataclass
class Called:
    """A loss with its arguments, as it stands or as the edits leave it."""

    entry: Loss
    given: dict[str, ast.expr]


def called(draft: Draft, use: Use, entry: Loss) -> tuple[Called, Called]:
    """The call that makes or applies the loss, before and after the edits.

    Raises:
        Unclear: it is not written as a call with its arguments one by one.
    """
    site = use.through[0] if use.through else use.site
    code, node = draft.shop.at(site), site.node
    if trainer_of(draft, node) is not None:
        raise Unclear(f"{entry.short} is named in the call of a trainer")
    text = draft.edited(code, node)
    after = read(draft, code, text)
    if isinstance(node, ast.Call):
        before = read(draft, code, code.of(node)) or elsewhere(use, entry)
        after = after or told_more(before, text)
    else:
        before = Called(entry, {})
        after = after or before
    if before is None or after is None:
        raise Unclear(f"{entry.short} is chosen in a way that cannot be read")
    return before, after


def told_more(before: Called, text: str) -> Called:
    """The same loss with the keyword arguments that a text gives it."""
    node = expression(text)
    keywords = node.keywords if isinstance(node, ast.Call) else []
    given = {k.arg: k.value for k in keywords if k.arg is not None and k.arg in before.entry.params}
    return Called(before.entry, before.given | given)


def elsewhere(use: Use, entry: Loss) -> Called:
    """A loss that is called under another name, with the arguments that arrived."""
    given = {name: constant(v.value) if isinstance(v, Const) else ast.Name(name) for name, v in use.args.items()}
    return Called(entry, {name: node for name, node in given.items() if name in entry.params})


def read(draft: Draft, code: Code, text: str) -> Called | None:
    """The loss that a text makes or calls by its name."""
    try:
        node = expression(text)
    except SyntaxError:
        return None
    if not isinstance(node, ast.Call):
        return None
    entry = draft.shop.catalog.find(path_of(draft, code, node.func))
    if not isinstance(entry, Loss):
        return None
    try:
        return Called(entry, arguments(node, entry.params, False))
    except Refused as refused:
        raise Unclear(str(refused)) from None


@dataclass
class Told:
    """The arguments of a loss as source and in the words of the statements."""

    draft: Draft
    use: Use
    family: str
    sampled: dict[str, object]

    def value(self, name: str, node: ast.expr) -> object:
        """The value of an argument; what is no literal is sampled.

        Raises:
            Unclear: it is neither a literal nor one that could be sampled.
        """
        known = self.use.args.get(name)
        if isinstance(node, ast.Constant):
            return node.value
        if name in VECTORS:
            numbers = vector(node)
            some = VECTORS[name] if self.family != "binary" else [0.5]
            return numbers if numbers else self.sample(node, some)
        value = literal(node)
        if value is not None:
            return value
        if isinstance(known, Const):
            return known.value
        if name in NUMBERS:
            return self.sample(node, NUMBERS[name])
        raise Unclear(f"the argument {name} is no literal")

    def sample(self, node: ast.expr, value: object) -> object:
        """The value taken for an expression."""
        return self.sampled.setdefault(ast.unparse(node), value)

    def text(self, one: Called, applied: Applied, reduction: bool) -> tuple[str, str, str]:
        """The loss of what arrives there as a formula, as source, and how it puts samples together."""
        entry = one.entry
        special = {entry.prediction, entry.target}
        target = "k" if entry.family == "sparse" else "t"
        formula, source = [applied.formula, target], []
        gathered = default_reduction(entry)
        expects = entry.expects
        for name, node in one.given.items():
            if name in special or name in ("name", "dtype"):
                continue
            value = self.value(name, node)
            if name in REDUCTIONS:
                gathered = reduction_of(entry, name, value)
                continue
            if name == entry.from_logits and value is True:
                expects = "logits"
            if value is None:
                continue
            source.append(f"{name}={as_source(entry, name, value)}")
            if name == "alpha" and entry.name.startswith("keras") and "apply_class_balancing" not in one.given:
                continue
            if name in NUMBERS or name in VECTORS or name in ("ignore_index", "ignore_class"):
                formula.append(f"{name}={value!r}")
            elif name not in PASSED:
                raise Unclear(f"the argument {name} of {entry.short} is not one that is run")
        word = word_of(entry, expects)
        if "reduction" in entry.params:
            if not reduction:
                source.append(f"reduction={nothing(entry)}")
            elif gathered != "mean":
                source.append(f"reduction={gathered!r}")
        elif "reduce" in entry.params:
            raise Unclear(f"{entry.short} always puts samples together")
        return f"{word}({', '.join(formula)})", placed(self.draft, entry, applied.source, target, source), gathered


def word_of(entry: Loss, expects: str) -> str:
    """A loss in the words of the statements."""
    if "focal" in entry.short.lower():
        if entry.family != "binary":
            raise Unclear(f"{entry.short} is not one that is run")
        return "focal_logits" if expects == "logits" else "focal"
    if (entry.family, expects) not in WORDS or "margin" in entry.short.lower():
        raise Unclear(f"{entry.short} is not one that is run")
    return WORDS[entry.family, expects]


def placed(draft: Draft, entry: Loss, prediction: str, target: str, more: list[str]) -> str:
    """The call of a loss: on its arguments in their order, or on those of its object."""
    path = ast.unparse(dotted(draft, entry.name))
    order = {entry.prediction: prediction, entry.target: target}
    if entry.kind == "class":
        places = [name for name in entry.call if name in order]
        return f"{path}({', '.join(more)})({', '.join(order[name] for name in places)})"
    leading = set(entry.params[:2]) == set(order) and path.startswith(("torch.", "keras."))
    given = [order[name] if leading else f"{name}={order[name]}" for name in entry.params if name in order]
    return f"{path}({', '.join([*given, *more])})"


def default_reduction(entry: Loss) -> str:
    """How a loss puts samples together unless it is told."""
    return "mean" if "reduction" in entry.params else ""


def reduction_of(entry: Loss, name: str, value: object) -> str:
    """The reduction that an argument asks for.

    Raises:
        Unclear: it is one that is not run.
    """
    if name == "size_average":
        return "sum" if value is False else "mean"
    if name == "reduce":
        return "" if value is False else "mean"
    known = {"mean": "mean", "sum": "sum", "none": "", None: "", "sum_over_batch_size": "mean", "auto": "mean"}
    if value not in known:
        raise Unclear(f"reduction={value!r} is not run")
    return known[value if isinstance(value, str) else None]


def nothing(entry: Loss) -> str:
    """The argument for no reduction."""
    return "None" if entry.name.startswith("keras") else "'none'"


def as_source(entry: Loss, name: str, value: object) -> str:
    """An argument as source; vectors of PyTorch are tensors of the type of the logits."""
    if name in VECTORS and entry.name.startswith("torch"):
        return f"torch.tensor({value!r}, dtype=x.dtype)"
    return repr(value)


def vector(node: ast.expr) -> list[float]:
    """The numbers that a literal tensor holds: `torch.tensor([1.0, 2.0])`."""
    lists = [literal(one) for one in ast.walk(node) if isinstance(one, ast.List | ast.Tuple)]
    numbers = next((one for one in lists if isinstance(one, list | tuple)), ())
    if numbers and all(isinstance(number, int | float) for number in numbers):
        return [float(number) for number in numbers]
    single = literal(node)
    return [float(single)] if isinstance(single, int | float) else []


def claim_loss(draft: Draft, use: Use, value: Tensor | None, is_same: bool) -> None:
    """State what the edits do to a loss that reads an activation, or logits if that is None."""
    draft.claim(loss_claim(draft, use, value, is_same))


def loss_claim(draft: Draft, use: Use, value: Tensor | None, is_same: bool) -> Claim:
    """The claim of a loss that reads one activation, or logits."""
    entry = use.entry
    assert isinstance(entry, Loss)
    sampled: dict[str, object] = {}
    backend = (backend_of(use, value, draft.shop.index.record) if value is not None else None) or ""
    try:
        calls = called(draft, use, entry)
        told = Told(draft, use, entry.family, sampled)
        applied = [PLAIN if value is None else activation(draft, value)] * 2
        if value is not None:
            applied[0] = as_found(use, value, applied[0], draft)
            applied[1] = left_of(draft, value)
        before, after = (told.text(one, act, False) for one, act in zip(calls, applied, strict=True))
        formula, instead = before[0], after[0]
        whole = None
        if before[2] and after[2]:
            wholes = [told.text(one, act, True)[1] for one, act in zip(calls, applied, strict=True)]
            whole = (wholes[0], wholes[1])
        elif before[2] != after[2] and isinstance((use.through[0] if use.through else use.site).node, ast.Call):
            raise Unclear("samples are put together in another way")
        name, needed = framework_in((before[1], after[1]))
    except Unclear as error:
        stand_in = entry.short if value is None else f"{entry.short}({value.op}(x))"
        return Claim(stand_in, f"{entry.short}(x)", backend=backend, is_same=is_same, unclear=str(error))
    notes = tuple(filter(None, [*(f"{text} as {number!r}" for text, number in sampled.items()), applied[0].note]))
    return Claim(
        formula,
        instead,
        before[1],
        after[1],
        name,
        needed or backend,
        whole=whole,
        reduction=before[2],
        is_same=is_same,
        sampled=notes,
    )


def claim_stacked(draft: Draft, use: Use, inner: Tensor) -> None:
    """State that one of two activations on each other goes; the use is the outer one."""
    made = draft.shop.index.record.carriers.get(id(use.site.node))
    outer = next((v for v in made.values if isinstance(v, Tensor) and v.origin is use.site), None) if made else None
    if outer is None:
        outer = replace(inner, op=use.detail, entry=use.entry, spelled=use.spelled, axis=use.args.get("axis"))
    try:
        first, last = activation(draft, inner), activation(draft, outer)
        name, _, rest = last.source.partition("(x")
        both = f"{name}({first.source}{rest}"
        name, backend = framework_in((both,))
        formula = f"{last.formula[:-2]}{first.formula})"
        claim = Claim(formula, last.formula, both, last.source, name, backend, last.axis, is_same=False)
    except Unclear as error:
        claim = Claim(f"{outer.op}({inner.op}(x))", f"{outer.op}(x)", is_same=False, unclear=str(error))
    draft.claim(claim)


def claim_words(draft: Draft, formula: str, instead: str, home: str, is_same: bool, axis: int = -1) -> None:
    """State a rewrite in the words of the statements, for a framework; methods alone are PyTorch's."""
    draft.claim(
        Claim(formula, instead, framework=RUN.get((home or "torch").split()[0], "torch"), axis=axis, is_same=is_same)
    )


def claim_metric(draft: Draft, code: Code, node: ast.expr, entry: Metric, is_same: bool) -> None:
    """State that a metric of logits is what it was, or would have been, of probabilities."""
    word = METRICS.get(entry.short.lower().replace("_", ""), "")
    before, after = (given_to(text) for text in (code.of(node), draft.edited(code, node)))
    if word == "bce" and after == ["from_logits=True"]:
        claim_words(draft, "bce(sigmoid(x), t)" if is_same else "bce(x, t)", "bce_logits(x, t)", "keras", is_same)
        return
    formula = f"{word or entry.short}({', '.join(['sigmoid(x)' if is_same else 'x', 't', *before])})"
    instead = f"{word or entry.short}({', '.join(['x', 't', *after])})"
    unclear = "" if word else f"{entry.short} is not run"
    draft.claim(Claim(formula, instead, framework="keras", is_same=is_same, unclear=unclear))


def given_to(text: str) -> list[str]:
    """The keyword arguments of a call that say what a metric computes."""
    node = expression(text)
    keywords = node.keywords if isinstance(node, ast.Call) else []
    return [ast.unparse(k) for k in keywords if k.arg in ("threshold", "thresholds", "from_logits")]


METRICS = {
    "accuracy": "accuracy",
    "binaryaccuracy": "accuracy",
    "auc": "auc",
    "precision": "precision",
    "recall": "recall",
    "binarycrossentropy": "bce",
}
"""Metrics in the words of the statements."""
