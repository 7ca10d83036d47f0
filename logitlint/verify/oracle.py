"""The oracle: value and derivative of a formula along a line, with more digits than any rounding can touch."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

import mpmath

DIGITS = 40
"""How many digits are right where nothing cancels."""

PER_LOGIT = 0.9
"""Digits more for each unit of the largest input: `exp` of it and of its negative are added to 1 and to each other."""


class Dual:
    """A number and its derivative along the line."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any = 0) -> None:
        self.value = value
        self.slope = slope

    def through(self, value: Any, factor: Any) -> Dual:
        """A function of this number, given its value and its derivative there."""
        return Dual(value, factor * self.slope)


class Vector:
    """Elements of one sample; one of length 1 goes with every other length."""

    __slots__ = ("elements",)

    def __init__(self, elements: Sequence[Dual]) -> None:
        self.elements = elements

    def map(self, function: Callable[[Dual], Dual]) -> Vector:
        """A function of each element."""
        return Vector([function(element) for element in self.elements])

    def zip(self, other: Vector | float, function: Callable[[Dual, Dual], Dual]) -> Vector:
        """A function of the elements of two vectors, or of a vector and a number."""
        right = other.elements if isinstance(other, Vector) else [Dual(mpmath.mpf(other))]
        left, length = self.elements, max(len(self.elements), len(right))
        pairs = zip(
            left if len(left) == length else [*left] * length,
            right if len(right) == length else [*right] * length,
            strict=True,
        )
        return Vector([function(a, b) for a, b in pairs])

    def __add__(self, other: Vector | float) -> Vector:
        return self.zip(other, lambda a, b: Dual(a.value + b.value, a.slope + b.slope))

    def __sub__(self, other: Vector | float) -> Vector:
        return self.zip(other, lambda a, b: Dual(a.value - b.value, a.slope - b.slope))

    def __mul__(self, other: Vector | float) -> Vector:
        return self.zip(other, lambda a, b: Dual(a.value * b.value, a.slope * b.value + a.value * b.slope))

    def __truediv__(self, other: Vector | float) -> Vector:
        return self.zip(
            other, lambda a, b: Dual(a.value / b.value, (a.slope * b.value - a.value * b.slope) / b.value**2)
        )

    def __pow__(self, power: int) -> Vector:
        return self.map(lambda a: a.through(a.value**power, power * a.value ** (power - 1)))

    def __neg__(self) -> Vector:
        return self.map(lambda a: Dual(-a.value, -a.slope))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> Vector:
        return -self + other

    def __rtruediv__(self, other: float) -> Vector:
        return self.map(lambda a: a.through(other / a.value, -other / a.value**2))


def exp(x: Vector) -> Vector:
    """Elementwise."""

    def one(a: Dual) -> Dual:
        power = mpmath.exp(a.value)
        return Dual(power, power * a.slope)

    return x.map(one)


def log(x: Vector) -> Vector:
    """Elementwise natural logarithm."""
    return x.map(lambda a: a.through(mpmath.log(a.value), 1 / a.value))


def log1p(x: Vector) -> Vector:
    """Elementwise; with digits to spare there is nothing to be careful about."""
    return log(1 + x)


def expm1(x: Vector) -> Vector:
    """Elementwise."""
    return exp(x) - 1


def sqrt(x: Vector) -> Vector:
    """Elementwise."""
    return x.map(lambda a: a.through(mpmath.sqrt(a.value), 1 / (2 * mpmath.sqrt(a.value))))


def absolute(x: Vector) -> Vector:
    """Elementwise."""
    return x.map(lambda a: a.through(abs(a.value), mpmath.sign(a.value)))


def relu(x: Vector) -> Vector:
    """Elementwise."""
    return x.map(lambda a: a if a.value > 0 else Dual(mpmath.mpf(0)))


def above(x: Vector, level: float) -> Vector:
    """1 where an element is above the level, else 0."""
    return x.map(lambda a: Dual(mpmath.mpf(a.value > level)))


def total(x: Vector) -> Vector:
    """The sum, as a vector of length 1."""
    return Vector([functools.reduce(lambda a, b: Dual(a.value + b.value, a.slope + b.slope), x.elements)])


def prod(x: Vector) -> Vector:
    """The product, as a vector of length 1."""
    return functools.reduce(lambda a, b: a * b, (Vector([element]) for element in x.elements))


def softmax(x: Vector) -> Vector:
    """`exp(x) / sum(exp(x))`."""
    powers = exp(x)
    return powers / total(powers)


def sigmoid(x: Vector) -> Vector:
    """`1 / (1 + exp(-x))`."""
    return 1 / (1 + exp(-x))


def logsumexp(x: Vector) -> Vector:
    """`log(sum(exp(x)))`."""
    return log(total(exp(x)))


def pick(x: Vector, index: Vector) -> Vector:
    """The element of the class that is the target."""
    return Vector([x.elements[int(one.value)] for one in index.elements])


def fixed(numbers: Sequence[float]) -> Vector:
    """Arguments that are not differentiated."""
    return Vector([Dual(mpmath.mpf(number)) for number in numbers])


ONE = (1.0,)


def bce(
    p: Vector,
    t: Vector,
    label_smoothing: float = 0.0,
    weight: Sequence[float] = ONE,
    pos_weight: Sequence[float] = ONE,
) -> Vector:
    """Binary cross entropy of a probability."""
    t = t * (1 - label_smoothing) + label_smoothing / 2
    return -(fixed(pos_weight) * t * log(p) + (1 - t) * log(1 - p)) * fixed(weight)


def ce(p: Vector, t: Vector, label_smoothing: float = 0.0) -> Vector:
    """Cross entropy of probabilities and target probabilities."""
    t = t * (1 - label_smoothing) + label_smoothing / len(p.elements)
    return -total(t * log(p))


def sparse_ce(
    p: Vector,
    k: Vector,
    weight: Sequence[float] | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    ignore_class: int = -100,
) -> Vector:
    """Cross entropy of probabilities and a class index; weights are those of the classes."""
    classes = len(p.elements)
    if int(k.elements[0].value) in (ignore_index, ignore_class):
        return fixed([0.0])
    weights = fixed(weight or [1.0] * classes)
    smooth = -total(weights * log(p)) * (label_smoothing / classes)
    return -pick(weights * log(p), k) * (1 - label_smoothing) + smooth


def nll(log_p: Vector, k: Vector, weight: Sequence[float] | None = None, ignore_index: int = -100) -> Vector:
    """The negative of the element of the target."""
    if int(k.elements[0].value) == ignore_index:
        return fixed([0.0])
    return -pick(log_p * fixed(weight or [1.0] * len(log_p.elements)), k)


def focal(p: Vector, t: Vector, gamma: int = 2, alpha: float | None = None, label_smoothing: float = 0.0) -> Vector:
    """Binary focal loss: the cross entropy times `(1 - p_t) ** gamma`, weighted by `alpha` and `1 - alpha`."""
    t = t * (1 - label_smoothing) + label_smoothing / 2
    missing = t * (1 - p) + (1 - t) * p
    loss = missing**gamma * bce(p, t)
    return loss if alpha is None else loss * (t * alpha + (1 - t) * (1 - alpha))


def accuracy(p: Vector, t: Vector, threshold: float = 0.5) -> Vector:
    """1 where the decision at the threshold is the target."""
    hit = above(p, threshold)
    return hit * t + (1 - hit) * (1 - t)


NAMES: Mapping[str, Callable[..., Vector]] = {
    "exp": exp,
    "log": log,
    "log1p": log1p,
    "expm1": expm1,
    "sqrt": sqrt,
    "abs": absolute,
    "relu": relu,
    "above": above,
    "reshaped": lambda x: x,
    "sum": total,
    "prod": prod,
    "softmax": softmax,
    "log_softmax": lambda x: log(softmax(x)),
    "sigmoid": sigmoid,
    "log_sigmoid": lambda x: log(sigmoid(x)),
    "softplus": lambda x: log(1 + exp(x)),
    "logsumexp": logsumexp,
    "logaddexp": lambda x, y: log(exp(x) + exp(y)),
    "floor": lambda x, least: relu(x - least) + least,
    "bce": bce,
    "bce_logits": lambda x, t, **more: bce(sigmoid(x), t, **more),
    "ce": ce,
    "ce_logits": lambda x, t, **more: ce(softmax(x), t, **more),
    "sparse_ce": sparse_ce,
    "sparse_ce_logits": lambda x, k, **more: sparse_ce(softmax(x), k, **more),
    "nll": nll,
    "focal": focal,
    "focal_logits": lambda x, t, **more: focal(sigmoid(x), t, **more),
    "categorical": lambda p, k: log(pick(p, k)),
    "categorical_logits": lambda x, k: log(pick(softmax(x), k)),
    "bernoulli": lambda p, t: -bce(p, t),
    "bernoulli_logits": lambda x, t: -bce(sigmoid(x), t),
    "accuracy": accuracy,
    **dict.fromkeys(("precision", "recall", "auc"), lambda p, t, **more: p),
}
"""What the names in formulas mean."""


def metric(formula: str, predictions: Sequence[float], targets: Sequence[float]) -> float:
    """A metric of all samples, by the name at the root of a formula and the threshold given to it."""
    call = ast.parse(formula, mode="eval").body
    assert isinstance(call, ast.Call)
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    level = given.get("thresholds")
    pairs = list(zip(predictions, targets, strict=True))
    name = ast.unparse(call.func)
    if name == "auc":
        return area(pairs)
    hits = sum(t for p, t in pairs if p > (0.5 if level is None else level))
    seen = sum(1.0 for p, _ in pairs if p > (0.5 if level is None else level))
    return hits / (seen if name == "precision" else sum(targets))


def area(pairs: Sequence[tuple[float, float]], count: int = 200) -> float:
    """The area under the ROC curve between so many thresholds, as Keras adds it up."""
    positive = sum(t for _, t in pairs)
    negative = len(pairs) - positive
    levels = [-1e-7, *(number / (count - 1) for number in range(1, count - 1)), 1 + 1e-7]
    curve = [
        (sum(1 - t for p, t in pairs if p > level) / negative, sum(t for p, t in pairs if p > level) / positive)
        for level in levels
    ]
    return sum((a[0] - b[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(curve))


@functools.cache
def _compiled(formula: str) -> CodeType:
    return compile(formula, formula, "eval")


def exactly(
    formula: str, inputs: Mapping[str, Sequence[float]], directions: Mapping[str, Sequence[float]]
) -> list[tuple[Any, Any]]:
    """The elements of a formula of one sample, and their derivatives along the directions, as `mpf`.

    Inputs are taken as the exact values of the floats that they are.
    """
    largest = max(abs(number) for numbers in inputs.values() for number in numbers)
    with mpmath.workdps(DIGITS + int(PER_LOGIT * largest)):
        vectors = {name: _vector(numbers, directions.get(name)) for name, numbers in inputs.items()}
        result: Vector = eval(_compiled(formula), {**NAMES, **vectors})
        return [(+element.value, mpmath.mpf(element.slope)) for element in result.elements]


def _vector(numbers: Sequence[float], direction: Sequence[float] | None) -> Vector:
    slopes = direction or [0.0] * len(numbers)
    return Vector([Dual(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(numbers, slopes, strict=True)])
