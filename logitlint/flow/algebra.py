"""Looking into terms: through operations that keep values, at guards, and at hand-written activations."""

from __future__ import annotations

from collections.abc import Iterator

from .values import Const, Tensor, Value

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
    """Whether `exp` of a term cannot overflow: the maximum was subtracted, `-|x|`, or a bound was put on it."""
    value = strip(value)
    if not isinstance(value, Tensor):
        return False
    if value.op == "sub":
        return any(is_op(part, *REDUCED_MAXIMA) for part in parts(value.args[-1]))
    if value.op == "neg":
        return is_positive(value.args[0]) or is_op(strip(value.args[0]), "where")
    if value.op in ("mul", "div"):
        return any(is_stabilised(a) for a in value.args) or (
            any(is_positive(a) for a in value.args) and any(is_minus(a) for a in value.args)
        )
    return value.op in ("clip", "minimum", "where", "log_softmax", "log_sigmoid") or value.space in (
        "softmax", "sigmoid", "log_softmax", "log_sigmoid",
    )  # fmt: skip


def parts(value: Value) -> Iterator[Value]:
    """A term, and what it selects or keeps."""
    yield strip(value)
    yield inner(value)


def is_positive(value: Value) -> bool:
    """Whether a term is never negative."""
    value = strip(value)
    return isinstance(value, Tensor) and (value.space == "rectified" or value.op in ("abs", "square", "softplus"))


def is_minus(value: Value) -> bool:
    """Whether a value is a negative number."""
    return isinstance(value, Const) and isinstance(value.value, int | float) and value.value < 0


ONES = (Const(1), Const(1.0))


def args_of(value: Value) -> tuple[Value, ...]:
    """The operands of a term, without reshapes around them; none if it is no term."""
    value = strip(value)
    return tuple(map(strip, value.args)) if isinstance(value, Tensor) else ()


def manual_space(op: str, args: tuple[Value, ...]) -> str | None:
    """The space of a quotient that is a softmax or a sigmoid written by hand."""
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
        if all(s in ONES for s in others):
            return "sigmoid"
        return "softmax" if all(is_op(s, "exp") for s in others) else None
    if top in ONES and len(summands) == 2:
        exponents = [args_of(s)[0] for s in summands if is_op(s, "exp")]
        if any(s in ONES for s in summands) and len(exponents) == 1 and is_negated(exponents[0]):
            return "sigmoid"
    return None


def same(left: Value, right: Value) -> bool:
    """Whether two terms are the same computation, apart from shape."""
    left, right = strip(left), strip(right)
    return left.key == right.key and left.key != 0


def is_negated(value: Value) -> bool:
    """Whether a term has a minus sign in front."""
    if is_op(strip(value), "neg"):
        return True
    return is_op(strip(value), "mul", "div") and any(is_minus(a) or is_negated(a) for a in args_of(value))
