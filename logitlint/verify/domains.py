"""Where rewrites are sampled: ladders and random draws, by what they take."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .statement import ALL, Domain, Line


def _scalar(low: float = -ALL, high: float = ALL, draw: str = "logits") -> Domain:
    return Domain((Line({"x": [0]}, {"x": [1]}, low, high),), draw=draw)


def _two(x: float, y: float, draw: str) -> Domain:
    """Two inputs that climb together."""
    return Domain((Line({"x": [x], "y": [y]}, {"x": [1], "y": [1]}),), draw=draw)


ONE = _scalar()
"""One logit."""

DECIDED = Domain((Line({"x": [0]}, {"x": [1]}, low=0.1), Line({"x": [0]}, {"x": [1]}, high=-0.1)))
"""One logit that is not so close to 0 that its sigmoid rounds to 0.5."""

PAIR = Domain((Line({"x": [0, 0]}, {"x": [0, 1]}),), output=(1.0, 0.0), size=4)
"""The first of two classes, whose logits are 0 and z; random: four classes."""

RISING = Domain((Line({"x": [0, 1]}, {"x": [1, 1]}),), size=4, reduces=True)
"""Both logits climb: z and z + 1."""

ROWS = Domain((), draw="logits", size=12, shape=(3, 4))
"""Samples with two axes; the class axis is the first of them."""

BINARY = Domain(tuple(Line({"x": [0], "t": [t]}, {"x": [1]}) for t in (0, 1)), draw="binary")
"""One logit and its target, 0 or 1."""

ANSWERS = Domain(
    tuple(
        Line({"x": [0], "t": [t]}, {"x": [1]}, low, high) for t in (0, 1) for low, high in ((0.1, ALL), (-ALL, -0.1))
    ),
    draw="answers",
)
"""One logit that is not close to 0, and its target."""

MARKED = Domain((), draw="answers")
"""One logit and its target, 0 or 1: random ones only."""

CLASSES = Domain((Line({"x": [0, 0], "t": [1, 0]}, {"x": [0, 1]}),), draw="classes", size=4, reduces=True)
"""Logits 0 and z, the first class is the target; random: four classes and a distribution over them."""

EACH = dataclasses.replace(CLASSES, output=(1.0, 0.0), reduces=False)
"""The same with a loss for each class."""

INDEX = Domain((Line({"x": [0, 0], "k": [0]}, {"x": [0, 1]}),), draw="index", size=4, reduces=True)
"""The same with the index of the class."""

IGNORING = dataclasses.replace(INDEX, lines=(Line({"x": [0, 0, 0, 0], "k": [0]}, {"x": [0, 0, 0, 1]}),), ignored=3)
"""Four classes, of which the last is no target that counts."""

DOMAINS: Mapping[str, Domain] = {
    "log(sum(exp(x)))": RISING,
    "log(sum(exp(x)) + sum(exp(y)))": Domain(
        (Line({"x": [0, 1], "y": [0, -1]}, {"x": [1, 1], "y": [1, 1]}),), draw="two", size=4, reduces=True
    ),
    "log(exp(x) / sum(exp(y)))": Domain(
        (Line({"x": [0], "y": [0, 0]}, {"x": [0], "y": [0, 1]}),), draw="one of several", size=4, reduces=True
    ),
    "log(1 + exp(x))": ONE,
    "log1p(exp(x))": ONE,
    "sqrt(exp(x))": ONE,
    "sqrt(softmax(x))": PAIR,
    "log(1 - exp(x))": _scalar(high=0, draw="negative"),
    "log(exp(x) + exp(y))": _two(0, 1, "two"),
    "log(exp(x) - exp(y))": _two(8, 0, "descending"),
    "log(prod(x))": Domain((Line({"x": [0] * 40}, {"x": [1] * 40}, low=0),), draw="positive", size=8, reduces=True),
    "exp(log_softmax(x))": PAIR,
    "x - logsumexp(x)": dataclasses.replace(PAIR, lines=(*PAIR.lines, *RISING.lines)),
    "1 - sigmoid(x)": ONE,
    "log(1 + x)": _scalar(low=-0.99, draw="positive"),
    "exp(x) - 1": ONE,
    "exp(x) / sum(exp(x))": dataclasses.replace(PAIR, lines=(*PAIR.lines, *RISING.lines)),
    "1 / (1 + exp(x))": ONE,
    "exp(x) / (1 + exp(x))": ONE,
}
"""Where the formulas that fixes replace are sampled."""
