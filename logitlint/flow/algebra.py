"""Looking into terms: through operations that keep values, at guards, and at hand-written activations."""

from __future__ import annotations

from .values import Const, Tensor, Unknown, Value

CUT = "…"
"""The name of an unknown that stands for a term which a bound has cut off: it may be a maximum."""

REDUCED_MAXIMA = frozenset({"max", "amax", "maximum", "logsumexp"})


def strip(value: Value) -> Value:
    """A term without reshapes, casts and the like around it."""
    while isinstance(value, Tensor) and value.op == "keep" and value.args:
        value = value.args[0]
    return value


def inner(value: Value) -> Value:
    """A term without reshapes around it and without selections of some of its elements."""
    value = strip(value)
    while isinstance(value, Tensor) and value.op == "select" and value.args:
        value = strip(value.args[0])
    return value


def is_op(value: Value, *ops: str) -> bool:
    """Whether a term is made by one of these operations."""
    return isinstance(value, Tensor) and value.op in ops


def is_stabilised(value: Value) -> bool:
    """Whether `exp` of a term cannot overflow: the maximum was subtracted, it is never positive, or it is bounded."""
    value = strip(value)
    if isinstance(value, Const):
        return isinstance(value.value, (int, float)) and value.value < SAFE
    if not isinstance(value, Tensor):
        return isinstance(value, Unknown) and value.name == CUT
    if value.op == "sub":
        return has_maximum(value.args[-1]) or any(isinstance(a, Unknown) and a.name == CUT for a in value.args)
    if value.op == "neg":
        return is_positive(value.args[0]) or is_op(strip(value.args[0]), "where") or has_maximum(value.args[0])
    if value.op in ("mul", "div"):
        scaled = value.args if value.op == "mul" else value.args[:1]
        return any(is_stabilised(a) for a in scaled) or (
            any(is_positive(a) for a in scaled) and any(is_minus(a) or is_op(strip(a), "neg") for a in scaled)
        )
    return value.op in BOUNDED or value.space in ("softmax", "sigmoid", "log_softmax", "log_sigmoid")


SAFE = 80
"""A number whose `exp` is finite in float32."""

BOUNDED = ("clip", "minimum", "where", "log", "log_softmax", "log_sigmoid")
"""Operations whose result is bounded above where it matters; `exp` of a logarithm is a power."""


def has_maximum(value: Value, depth: int = 0) -> bool:
    """Whether a term is a maximum over an axis, perhaps with a floor."""
    value = inner(value)
    if is_op(value, *REDUCED_MAXIMA):
        return True
    return depth < 3 and is_op(value, "clip", "where", "add") and any(has_maximum(a, depth + 1) for a in args_of(value))


def is_positive(value: Value) -> bool:
    """Whether a term is never negative: a square, a distance, or made of such."""
    value = strip(value)
    if isinstance(value, Const):
        return isinstance(value.value, (int, float)) and value.value > 0
    if not isinstance(value, Tensor):
        return False
    if value.op == "pow":
        exponent = value.args[1]
        return isinstance(exponent, Const) and isinstance(exponent.value, (int, float)) and exponent.value % 2 == 0
    if value.op == "mul" and len(value.args) == 2 and same(*value.args):
        return True
    if value.op in ("add", "mul", "div"):
        return all(map(is_positive, value.args))
    if value.op in ("sum", "mean", "sqrt"):
        return is_positive(value.args[0])
    return value.space == "rectified" or value.op in ("abs", "square", "norm", "exp")


def is_minus(value: Value) -> bool:
    """Whether a value is a negative number."""
    return isinstance(value, Const) and isinstance(value.value, (int, float)) and value.value < 0


def is_one(value: Value) -> bool:
    """Whether a value is the number 1, or so close to it that float32 rounds it to 1: `1 + 1e-10`."""
    return isinstance(value, Const) and isinstance(value.value, (int, float)) and rounds_to_one(value.value)


def rounds_to_one(number: float) -> bool:
    """Whether float32 cannot tell a number from 1."""
    return abs(number - 1) < 5e-8


def args_of(value: Value) -> tuple[Value, ...]:
    """The operands of a term, without reshapes around them; none if it is no term."""
    value = strip(value)
    return tuple(map(strip, value.args)) if isinstance(value, Tensor) else ()


def manual_space(op: str, args: tuple[Value, ...]) -> str | None:
    """The space of a quotient that is a softmax or a sigmoid written by hand, or of `(tanh(x / 2) + 1) / 2`."""
    if op == "mul" and any(is_half(one) and is_tanh_and_one(other) for one, other in (args, args[::-1])):
        return "sigmoid"
    if op != "div" or len(args) != 2:
        return None
    top, bottom = strip(args[0]), strip(args[1])
    summands = args_of(bottom) if is_op(bottom, "add") else (bottom,)
    if is_op(top, "exp"):
        totals = [args_of(s)[0] for s in summands if is_op(s, "sum") and is_op(args_of(s)[0], "exp")]
        if totals:
            return "softmax" if same(top, totals[0]) else None
        others = [s for s in summands if not same(top, s)]
        if len(others) == len(summands) or not others:
            return None
        if all(map(is_one, others)):
            return "sigmoid"
        return "softmax" if all(is_op(s, "exp") for s in others) else None
    if is_one(top) and len(summands) == 2:
        exponents = [args_of(s)[0] for s in summands if is_op(s, "exp")]
        if any(map(is_one, summands)) and len(exponents) == 1 and is_negated(exponents[0]):
            return "sigmoid"
    return None


def is_half(value: Value) -> bool:
    """Whether a value is the number 0.5."""
    return isinstance(value, Const) and value.value == 0.5


def is_tanh_and_one(value: Value) -> bool:
    """Whether a term is `tanh(x) + 1`."""
    parts = args_of(value) if is_op(strip(value), "add") else ()
    tanh = [p for p in parts if isinstance(p, Tensor) and p.op == "bounded" and p.spelled.endswith(".tanh")]
    return len(parts) == 2 and bool(tanh) and any(map(is_one, parts))


def same(left: Value, right: Value) -> bool:
    """Whether two terms are the same computation, apart from shape."""
    left, right = strip(left), strip(right)
    return left.key == right.key and left.key != 0


def is_negated(value: Value) -> bool:
    """Whether a term has a minus sign in front."""
    if is_op(strip(value), "neg"):
        return True
    return is_op(strip(value), "mul", "div") and any(is_minus(a) or is_negated(a) for a in args_of(value))
