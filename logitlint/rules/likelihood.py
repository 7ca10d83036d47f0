"""Cross entropies written out by hand: `-sum(y * log(p))` and `-(y*log(p) + (1-y)*log(1-p))`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..flow.algebra import args_of, inner, is_minus, is_one, is_op, same, strip
from ..flow.values import PROBABILITIES, Const, Tensor, Value

Product = tuple[int, list[Value]]
"""The sign of a summand and its factors."""


def summands(value: Value, sign: int = 1) -> Iterator[tuple[int, Value]]:
    """The signed summands of a term, looking through sums, means and minus signs."""
    value = strip(value)
    if isinstance(value, Tensor):
        if value.op in ("neg", "sum", "mean"):
            yield from summands(value.args[0], -sign if value.op == "neg" else sign)
            return
        if value.op in ("add", "sub") and len(value.args) == 2:
            yield from summands(value.args[0], sign)
            yield from summands(value.args[1], -sign if value.op == "sub" else sign)
            return
        if value.op in ("mul", "div") and len(value.args) == 2:
            for scale, rest in (value.args, value.args[::-1]) if value.op == "mul" else (value.args[::-1],):
                if isinstance(scale, Const) and is_op(strip(rest), "neg", "sum", "mean", "add", "sub", "mul", "div"):
                    yield from summands(rest, -sign if is_minus(scale) else sign)
                    return
    yield sign, value


def product(value: Value) -> Product:
    """The sign and the factors of a summand."""
    value = strip(value)
    if isinstance(value, Tensor) and value.op in ("mul", "matmul"):
        sign, factors = 1, []
        for arg in value.args:
            inner_sign, inner_factors = product(arg)
            sign *= inner_sign
            factors += inner_factors
        return sign, factors
    if isinstance(value, Tensor) and value.op == "neg":
        sign, factors = product(value.args[0])
        return -sign, factors
    return (-1, []) if is_minus(value) else (1, [value])


def logs(term: Tensor) -> Iterator[tuple[int, Tensor, list[Value]]]:
    """Every summand with one unguarded logarithm: its sign, the logarithm, the other factors."""
    for sign, summand in summands(term):
        inner_sign, factors = product(summand)
        found = [f for f in factors if is_op(f, "log")]
        if len(found) == 1 and isinstance(found[0], Tensor):
            yield sign * inner_sign, found[0], [f for f in factors if f is not found[0]]


WHOLE = ("softmax", "sigmoid", "div", "mul", "exp")
"""The operations whose result is a probability itself: no guard, nothing computed from several."""


def binary_cross_entropy(term: Tensor) -> list[Tensor]:
    """The two logarithms of a binary cross entropy written by hand, or nothing."""
    if len(list(islice(summands(term), 3))) != 2:
        return []
    found = list(logs(term))
    if len(found) != 2:
        return []
    for (_, log, factors), (_, other, others) in (found, found[::-1]):
        p, q = strip(log.args[0]), strip(other.args[0])
        if factors and others and is_op(p, *WHOLE) and is_complement(q) and same(args_of(q)[1], p):
            return [log, other] if isinstance(p, Tensor) and p.space in PROBABILITIES else []
    return []


MAX_SUMMANDS = 16
"""How many summands of a term are looked at."""


def is_complement(value: Value) -> bool:
    """Whether a term is one minus another."""
    return is_op(value, "sub") and is_one(args_of(value)[0])


def cross_entropy(term: Tensor) -> list[Tensor]:
    """The logarithm of a categorical cross entropy written by hand over a whole distribution, or nothing."""
    if not is_reduced(term):
        return []
    for sign, log, factors in islice(logs(term), MAX_SUMMANDS):
        p = strip(log.args[0])
        if not (isinstance(p, Tensor) and p.space == "softmax" and p.op in WHOLE):
            continue
        if sign < 0 and factors and not any(same(inner(f), p) or is_op(f, "log") for f in factors):
            return [log]
    return []


def is_reduced(term: Value) -> bool:
    """Whether a term contains a sum around its logarithm."""
    term = strip(term)
    if not isinstance(term, Tensor):
        return False
    if term.op == "sum":
        return True
    return term.op in ("neg", "mean", "mul", "div", "add", "sub") and any(is_reduced(a) for a in term.args)
