"""The rewrites of all rules, each stated once."""

from __future__ import annotations

from collections.abc import Mapping

from ..fixes.identities import STABLE
from ..fixes.manual import FORMS
from ..rules.formulas import IDENTITIES
from .domains import (
    ANSWERS,
    BINARY,
    CLASSES,
    DECIDED,
    DOMAINS,
    EACH,
    IGNORING,
    INDEX,
    MARKED,
    ONE,
    PAIR,
    ROWS,
)
from .statement import METRIC, Kind, Statement

CORRECTING = Kind.CORRECTING

COUNTED = "weight=[0.5, 2.0, 1.0, 1.5], ignore_index=3"
"""Weights of four classes, the last of which does not count."""


CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "log(1 - exp(x))": ("x < 0",),
    "log(exp(x) - exp(y))": ("x > y",),
    "log(prod(x))": ("all factors are positive",),
    "log(1 + x)": ("x > -1",),
}

IDENTITY_STATEMENTS = tuple(
    Statement(
        code=identity.code,
        before=identity.pattern,
        after=STABLE[identity.pattern],
        domain=DOMAINS[identity.pattern],
        conditions=CONDITIONS.get(identity.pattern, ()),
    )
    for identity in IDENTITIES
    if identity.pattern in STABLE
)
"""One for each formula that a fix replaces by the library's."""

FORM_STATEMENTS = (
    Statement(code="LGT410", before="1 / (1 + exp(-x))", after="sigmoid(x)", domain=ONE),
    *(
        Statement(
            code="LGT407" if name == "softmax" else "LGT410",
            before=pattern,
            after=f"{name}({'-' * is_minus}x)",
            domain=DOMAINS[pattern],
            conditions=("the sum keeps its axis",) * (name == "softmax"),
        )
        for pattern, name, is_minus in FORMS
    ),
)
"""One for each activation by hand."""

LOGARITHMS = (
    Statement(code="LGT401", before="log(softmax(x))", after="log_softmax(x)", domain=PAIR),
    Statement(code="LGT401", before="log(softmax(x))", after="log_softmax(x)", domain=ROWS, axis=1),
    Statement(code="LGT401", before="log(exp(x))", after="x", domain=ONE),
    Statement(code="LGT402", before="log(sigmoid(x))", after="log_sigmoid(x)", domain=ONE),
    Statement(code="LGT403", before="log(1 - sigmoid(x))", after="log_sigmoid(-x)", domain=ONE),
    Statement(
        code="LGT404",
        before="log(softmax(x) + 1e-8)",
        after="log_softmax(x)",
        domain=PAIR,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT404",
        before="log(clip(softmax(x), 1e-7, 1 - 1e-7))",
        after="log_softmax(x)",
        domain=PAIR,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT404",
        before="log(floor(sigmoid(x), 1e-7))",
        after="log_sigmoid(x)",
        domain=ONE,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT404",
        before="log(1 - sigmoid(x) + 1e-8)",
        after="log_sigmoid(-x)",
        domain=ONE,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT405",
        before="-sum(t * log(softmax(x)))",
        after="-sum(t * log_softmax(x))",
        domain=CLASSES,
    ),
    Statement(
        code="LGT406",
        before="-(t * log(sigmoid(x)) + (1 - t) * log(1 - sigmoid(x)))",
        after="-(t * log_sigmoid(x) + (1 - t) * log_sigmoid(-x))",
        domain=BINARY,
    ),
)

CLIPPING = ("keras-jax", "keras-torch")
"""Where the binary focal loss clips what it makes of logits."""

AVERAGING = ("keras-tensorflow", *CLIPPING)
"""Where the binary cross entropy is averaged over the last axis."""

LOSSES = (
    Statement(code="LGT101", before="ce(softmax(x), t)", after="ce_logits(x, t)", domain=CLASSES),
    Statement(
        code="LGT101",
        before="ce(softmax(x), t, label_smoothing=0.1)",
        after="ce_logits(x, t, label_smoothing=0.1)",
        domain=CLASSES,
    ),
    Statement(code="LGT101", before="sparse_ce(softmax(x), k)", after="sparse_ce_logits(x, k)", domain=INDEX),
    Statement(code="LGT102", before="bce(sigmoid(x), t)", after="bce_logits(x, t)", domain=BINARY),
    Statement(
        code="LGT102",
        before="bce(sigmoid(x), t, label_smoothing=0.1)",
        after="bce_logits(x, t, label_smoothing=0.1)",
        domain=BINARY,
    ),
    Statement(
        code="LGT102",
        before="focal(sigmoid(x), t, gamma=3)",
        after="focal_logits(x, t, gamma=3)",
        domain=BINARY,
    ),
    Statement(code="LGT103", before="categorical(softmax(x), k)", after="categorical_logits(x, k)", domain=INDEX),
    Statement(code="LGT103", before="bernoulli(sigmoid(x), t)", after="bernoulli_logits(x, t)", domain=BINARY),
    Statement(
        code="LGT201",
        before="ce_logits(softmax(x), t)",
        after="ce_logits(x, t)",
        domain=CLASSES,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT201",
        before="sparse_ce_logits(softmax(x), k)",
        after="sparse_ce_logits(x, k)",
        domain=INDEX,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT202",
        before="bce_logits(sigmoid(x), t)",
        after="bce_logits(x, t)",
        domain=BINARY,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT203",
        before="nll(softmax(x), k)",
        after="nll(log_softmax(x), k)",
        domain=INDEX,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT204",
        before="sparse_ce_logits(log_softmax(x), k)",
        after="nll(log_softmax(x), k)",
        domain=INDEX,
        conditions=("targets are class indices, without label_smoothing",),
    ),
    Statement(
        code="LGT201",
        before="bce_logits(softmax(x), t)",
        after="bce_logits(x, t)",
        domain=EACH,
        kind=CORRECTING,
        not_on=AVERAGING,
    ),
    Statement(
        code="LGT202",
        before="sparse_ce_logits(sigmoid(x), k)",
        after="sparse_ce_logits(x, k)",
        domain=INDEX,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT202", before="ce_logits(sigmoid(x), t)", after="ce_logits(x, t)", domain=CLASSES, kind=CORRECTING
    ),
    Statement(
        code="LGT204", before="sparse_ce_logits(log_softmax(x), k)", after="sparse_ce_logits(x, k)", domain=INDEX
    ),
    Statement(code="LGT204", before="ce_logits(log_softmax(x), t)", after="ce_logits(x, t)", domain=CLASSES),
    Statement(code="LGT205", before="bce(x, t)", after="bce_logits(x, t)", domain=BINARY, kind=CORRECTING),
    Statement(code="LGT205", before="ce(x, t)", after="ce_logits(x, t)", domain=CLASSES, kind=CORRECTING),
    Statement(code="LGT205", before="sparse_ce(x, k)", after="sparse_ce_logits(x, k)", domain=INDEX, kind=CORRECTING),
    Statement(code="LGT206", before="nll(x, k)", after="sparse_ce_logits(x, k)", domain=INDEX, kind=CORRECTING),
    Statement(code="LGT101", before="ce(reshaped(softmax(x)), t)", after="ce_logits(x, t)", domain=CLASSES),
    Statement(code="LGT101", before="sparse_ce(reshaped(softmax(x)), k)", after="sparse_ce_logits(x, k)", domain=INDEX),
    Statement(code="LGT102", before="bce(reshaped(sigmoid(x)), t)", after="bce_logits(x, t)", domain=BINARY),
    Statement(
        code="LGT202",
        before="focal_logits(sigmoid(x), t, gamma=3)",
        after="focal_logits(x, t, gamma=3)",
        domain=BINARY,
        kind=CORRECTING,
        not_on=CLIPPING,
    ),
    Statement(
        code="LGT205",
        before="focal(x, t, gamma=3)",
        after="focal_logits(x, t, gamma=3)",
        domain=BINARY,
        kind=CORRECTING,
        not_on=CLIPPING,
    ),
)

WEIGHTED = tuple(
    Statement(
        code=code,
        before=f"{before[:-1]}, {given})",
        after=f"{after[:-1]}, {given})",
        domain=domain,
        kind=kind,
        reduction=reduction,
    )
    for code, before, after, given, domain, kind in (
        ("LGT102", "bce(sigmoid(x), t)", "bce_logits(x, t)", "weight=[0.5]", BINARY, Kind.PRESERVING),
        ("LGT202", "bce_logits(sigmoid(x), t)", "bce_logits(x, t)", "pos_weight=[3.0]", BINARY, CORRECTING),
        ("LGT201", "sparse_ce_logits(softmax(x), k)", "sparse_ce_logits(x, k)", COUNTED, IGNORING, CORRECTING),
        ("LGT203", "nll(softmax(x), k)", "nll(log_softmax(x), k)", COUNTED, IGNORING, CORRECTING),
        ("LGT204", "sparse_ce_logits(log_softmax(x), k)", "nll(log_softmax(x), k)", COUNTED, IGNORING, Kind.PRESERVING),
    )
    for reduction in ("mean", "sum")
)
"""With weights, targets that do not count, and samples put together."""

OTHERS = (
    Statement(code="LGT209", before="softmax(softmax(x))", after="softmax(x)", domain=PAIR, kind=CORRECTING),
    Statement(code="LGT209", before="sigmoid(sigmoid(x))", after="sigmoid(x)", domain=ONE, kind=CORRECTING),
    Statement(
        code="LGT210",
        before="categorical_logits(softmax(x), k)",
        after="categorical_logits(x, k)",
        domain=INDEX,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT210",
        before="bernoulli_logits(sigmoid(x), t)",
        after="bernoulli_logits(x, t)",
        domain=BINARY,
        kind=CORRECTING,
    ),
    Statement(code="LGT301", before="softmax(relu(x))", after="softmax(x)", domain=PAIR, kind=CORRECTING),
    Statement(code="LGT301", before="log_softmax(relu(x))", after="log_softmax(x)", domain=PAIR, kind=CORRECTING),
    Statement(code="LGT301", before="sigmoid(relu(x))", after="sigmoid(x)", domain=ONE, kind=CORRECTING),
    Statement(code="LGT302", before="ce_logits(relu(x), t)", after="ce_logits(x, t)", domain=CLASSES, kind=CORRECTING),
    Statement(
        code="LGT302",
        before="sparse_ce_logits(relu(x), k)",
        after="sparse_ce_logits(x, k)",
        domain=INDEX,
        kind=CORRECTING,
    ),
    Statement(
        code="LGT102", before="above(sigmoid(x), 0.5)", after="above(x, 0.0)", domain=DECIDED, differentiable=False
    ),
    Statement(
        code="LGT102",
        before="accuracy(sigmoid(x), t)",
        after="accuracy(x, t, threshold=0.0)",
        domain=ANSWERS,
        conditions=("Keras 3.5 or later",),
        differentiable=False,
    ),
    Statement(code="LGT302", before="bce_logits(relu(x), t)", after="bce_logits(x, t)", domain=BINARY, kind=CORRECTING),
    Statement(
        code="LGT501",
        before="above(x, 0.5)",
        after="above(x, 0.0)",
        truth="above(sigmoid(x), 0.5)",
        domain=DECIDED,
        kind=CORRECTING,
        differentiable=False,
    ),
    Statement(
        code="LGT501",
        before="round(x)",
        after="round(sigmoid(x))",
        truth="above(sigmoid(x), 0.5)",
        domain=DECIDED,
        kind=CORRECTING,
        differentiable=False,
    ),
    Statement(
        code="LGT502",
        before="accuracy(x, t)",
        after="accuracy(x, t, threshold=0.0)",
        truth="accuracy(sigmoid(x), t)",
        domain=ANSWERS,
        kind=CORRECTING,
        conditions=("Keras 3.5 or later",),
        differentiable=False,
    ),
)

METRICS = tuple(
    Statement(
        code=code,
        before=f"{name}({given}, t)",
        after=f"{name}(x, t, {told})",
        truth="" if code == "LGT102" else f"{name}(sigmoid(x), t)",
        domain=MARKED,
        kind=Kind.PRESERVING if code == "LGT102" else CORRECTING,
        reduction=METRIC,
        differentiable=False,
    )
    for code, given in (("LGT102", "sigmoid(x)"), ("LGT502", "x"))
    for name, told in (("precision", "thresholds=0.0"), ("recall", "thresholds=0.0"), ("auc", "from_logits=True"))
)
"""Metrics of all samples together."""

STATEMENTS: tuple[Statement, ...] = tuple(
    sorted(
        (*LOSSES, *WEIGHTED, *OTHERS, *METRICS, *LOGARITHMS, *IDENTITY_STATEMENTS, *FORM_STATEMENTS),
        key=lambda one: one.code,
    )
)
"""Every rewrite, in the order of the rules."""
