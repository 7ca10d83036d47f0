"""Arithmetic on abstract tensors: which term an operation makes, and in which space it is."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace

from .algebra import CUT, is_one, is_op, manual_space, strip
from .machine import Machine, truth
from .scope import fresh, under
from .tree import Site
from .values import (
    LOG_PROBABILITIES,
    LOG_SIGMOID,
    LOG_SOFTMAX,
    LOGITS,
    MAX_ALTERNATIVES,
    MAX_DEPTH,
    PROBABILITIES,
    RECTIFIED,
    SIGMOID,
    SOFTMAX,
    Bound,
    Choice,
    Class,
    Const,
    DictRef,
    External,
    Function,
    Instance,
    ListRef,
    Made,
    Partial,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    compatible,
    intern,
)

ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": lambda base, exponent: operator.pow(base if abs(exponent) < 100 else float(base), exponent),
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}

MAX_LENGTH = 10_000
"""How long a string may become by addition."""

COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "is": operator.eq,
    "is not": operator.ne,
}

FORMULA_ROOTS = frozenset(
    {"log", "div", "sqrt", "sub", "add", "neg", "sum", "mean", "mul", "matmul", "exp", "log1p", "pow", "prod"}
)
"""Operations at which a formula may be complete; rules look at these terms."""


PAIRED = frozenset(["add", "sub", "mul", "div", "pow", "maximum", "minimum"])
"""Operations of exactly two operands."""


def term(vm: Machine, op: str, args: tuple[Value, ...], site: Site, **facts: object) -> Value:
    """Build a term; what lies too deep in it becomes opaque."""
    axis = facts.get("axis")
    key = intern((op, tuple(a.key or fresh() for a in args), axis.key if isinstance(axis, Value) else None))
    args = tuple(Unknown(a.key, CUT) if isinstance(a, Tensor) and a.depth >= MAX_DEPTH else a for a in args)
    depth = 1 + max((a.depth for a in args if isinstance(a, Tensor)), default=0)
    facts.setdefault("origin", site)
    return Tensor(op, args, site, depth=depth, key=key, **facts)  # type: ignore[arg-type]


def operation(
    vm: Machine, op: str, args: tuple[Value, ...], site: Site, axis: Value | None = None, spelled: str = ""
) -> Value:
    """Apply an operation, and record the uses that it is; a choice among operands becomes a choice of results."""
    args = tuple(data(vm, under(a, vm.path)) for a in args)
    if not worth_splitting(args):
        args = tuple(Unknown(a.key, CUT) if isinstance(a, Choice) else a for a in args)
    if op == "log1p" and isinstance(args[0], Tensor) and args[0].op == "neg":
        op, args = "log", (operation(vm, "sub", (Const(1), args[0].args[0]), site),)
    result = compute(vm, op, args, site, axis)
    if spelled:
        result = choose([(g, named(v, site, spelled)) for g, v in alternatives(result)])
    if op == "log" and args:
        vm.use("log", site, args[0], spelled=spelled)
    if op in FORMULA_ROOTS and any(isinstance(v, Tensor) for _, v in alternatives(result)):
        vm.use("formula", site, result)
    if op in ("mul", "matmul"):
        for arg in args:
            if any(space_of(v) in PROBABILITIES for _, v in alternatives(arg)):
                vm.use("weight", site, arg)
    if op == "where":
        for arg in args[1:]:
            vm.use("guarded", site, arg)
    return result


def named(value: Value, site: Site, spelled: str) -> Value:
    """A term that knows the function which made it."""
    return replace(value, spelled=spelled) if isinstance(value, Tensor) and value.site is site else value


def data(vm: Machine, value: Value) -> Value:
    """Whatever is no tensor, as an operand: data that is the same wherever it is the same object."""
    return value if isinstance(value, (Tensor, Unknown, Const, Choice)) else vm.opaque("data", value.key)


def compute(vm: Machine, op: str, args: tuple[Value, ...], site: Site, axis: Value | None) -> Value:
    """The result of an operation, alternative by alternative."""
    for index, arg in enumerate(args):
        if isinstance(arg, Choice):
            before, after = args[:index], args[index + 1 :]
            options = []
            for guard, one in arg.alternatives:
                if compatible(guard, vm.path):
                    rest = tuple(under(a, guard) for a in after)
                    options.append((guard, compute(vm, op, (*before, data(vm, one), *rest), site, axis)))
            return choose(options)
    folded = fold(op, args)
    if folded is not None:
        return folded
    if not args or (op in PAIRED and len(args) != 2):
        return Unknown(0)
    space, inherited = result_space(op, args)
    facts: dict[str, object] = {"space": space, "axis": axis}
    if inherited is not None:
        facts |= {
            "origin": inherited.origin,
            "units": inherited.units if op not in PAIRED else joint_units(inherited, args),
            "entry": inherited.entry,
            "layer": inherited.layer,
            "maker": inherited.maker,
        }
    return term(vm, op, args, site, **facts)


def joint_units(value: Tensor, operands: tuple[Value, ...]) -> int | None:
    """The units of an elementwise result that takes its space from `value`: one unit is spread over those of others."""
    if value.units != 1:
        return value.units
    others = [one for one in operands if one is not value and not is_scale(one)]
    return next((one.units if isinstance(one, Tensor) else None for one in others), 1)


def worth_splitting(args: tuple[Value, ...]) -> bool:
    """Whether choices among operands are few, and hold tensors: sizes computed from choices do not matter."""
    choices = [a for a in args if isinstance(a, Choice)]
    if not choices:
        return True
    held = any(isinstance(v, Tensor) for a in args for _, v in alternatives(a))
    return held and math.prod(len(c.alternatives) for c in choices) <= MAX_ALTERNATIVES


def fold(op: str, args: tuple[Value, ...]) -> Value | None:
    """The constant result of an operation on constants."""
    values = [a.value for a in args if isinstance(a, Const)]
    if len(values) != len(args) or not all(isinstance(v, (int, float)) for v in values):
        if op == "add" and len(values) == 2 and all(isinstance(v, str) for v in values):
            joined = str(values[0]) + str(values[1])
            return Const(joined) if len(joined) <= MAX_LENGTH else Unknown(0)
        return None
    numbers = [v for v in values if isinstance(v, (int, float))]
    if not numbers:
        return Unknown(0)
    try:
        if op == "neg":
            return Const(-numbers[0])
        if op in ARITHMETIC and len(numbers) == 2 and max(map(abs, numbers)) < 1e6:
            return Const(ARITHMETIC[op](*numbers))
    except (ArithmeticError, ValueError):
        return Unknown(0)
    return Unknown(0) if op in ARITHMETIC else None


def space_of(value: Value) -> str | None:
    """The space of a value, None if it has none."""
    return value.space if isinstance(value, Tensor) else None


def result_space(op: str, args: tuple[Value, ...]) -> tuple[str | None, Tensor | None]:
    """The space of an operation's result, and the operand it has it from."""
    tensors = [a for a in args if isinstance(a, Tensor)]
    first = args[0] if args else None
    space = space_of(first) if first is not None else None
    if op == "log" and isinstance(first, Tensor):
        inner = first.args[0] if first.op == "clip" or is_guarded(first) else first
        if is_op(inner, "sub") and space_of(inner) == SOFTMAX:
            return None, None
        found = {SOFTMAX: LOG_SOFTMAX, SIGMOID: LOG_SIGMOID}.get(space_of(inner) or "")
        return (found, first) if found else (None, None)
    if op == "exp" and space in LOG_PROBABILITIES and isinstance(first, Tensor):
        return (SOFTMAX if space == LOG_SOFTMAX else SIGMOID), first
    if op in ("clip", "maximum", "minimum"):
        return _clipped_space(op, args)
    if op == "sub" and len(args) == 2 and is_one(args[0]) and space_of(args[1]) in PROBABILITIES:
        return space_of(args[1]), tensors[0]
    if op in ("add", "sub"):
        return _sum_space(op, args)
    if op == "neg" and space == LOGITS:
        return LOGITS, tensors[0]
    if op in ("div", "mul") and len(args) == 2 and (manual := manual_space(op, args)) is not None:
        return manual, None
    if op == "sum" and isinstance(first, Tensor) and first.op == "mul":
        return picked_space(first)
    if op in ("mul", "div") and len(args) == 2:
        for one, other in (args, args[::-1]) if op == "mul" else (args,):
            if space_of(one) in (LOGITS, RECTIFIED) and isinstance(one, Tensor) and is_scale(other):
                return (one.space, one) if op == "div" or not is_negative(other) else (None, None)
        return None, None
    if op in ("mean", "max", "amax") and space == RECTIFIED and isinstance(first, Tensor):
        return RECTIFIED, first
    if op == "mean" and space == LOGITS and isinstance(first, Tensor):
        return LOGITS, first
    if op == "abs":
        return RECTIFIED, None
    if op == "matmul" and not any(s in PROBABILITIES or s == RECTIFIED for s in map(space_of, args)):
        return LOGITS, None
    if op == "matmul":
        return LOGITS if space_of(args[0]) == RECTIFIED else None, None
    return None, None


def picked_space(product: Tensor) -> tuple[str | None, Tensor | None]:
    """`sum(p * one_hot(a))` picks one probability of a distribution."""
    for one, other in (product.args, product.args[::-1]):
        if is_op(strip(other), "one_hot") and space_of(one) in PROBABILITIES and isinstance(one, Tensor):
            return one.space, one
    return None, None


def is_scale(value: Value) -> bool:
    """Whether a factor is a plain number (a temperature), as far as can be told."""
    return isinstance(value, Const) or (isinstance(value, Unknown) and value.settled)


def is_negative(value: Value) -> bool:
    """Whether a value is a negative number."""
    return isinstance(value, Const) and isinstance(value.value, (int, float)) and value.value < 0


def is_small(value: Value) -> bool:
    """Whether a value is a guard such as `1e-8`, by its size or, where it is unknown, by its name."""
    if isinstance(value, Const):
        return isinstance(value.value, (int, float)) and 0 < value.value <= 1e-2
    if isinstance(value, Tensor):
        return value.op == "epsilon"
    return isinstance(value, Unknown) and any(w in value.name.lower() for w in ("eps", "tiny", "smooth"))


def is_guarded(value: Tensor) -> bool:
    """Whether a term is `p + eps`."""
    return value.op == "add" and len(value.args) == 2 and any(map(is_small, value.args))


def _clipped_space(op: str, args: tuple[Value, ...]) -> tuple[str | None, Tensor | None]:
    value = next((a for a in args if isinstance(a, Tensor) and a.space is not None), None)
    low = args[1] if len(args) > 1 else None
    if op == "maximum":
        low = next((a for a in args if isinstance(a, Const)), None)
    if op != "minimum" and isinstance(low, Const) and low.value in (0, 0.0) and len(args) == 2:
        return RECTIFIED, None
    return (value.space, value) if value is not None and value.space != LOGITS else (space_of(args[0]), None)


def _sum_space(op: str, args: tuple[Value, ...]) -> tuple[str | None, Tensor | None]:
    spaces = [space_of(a) for a in args]
    for one, other in (args, args[::-1]):
        if space_of(one) in PROBABILITIES and isinstance(one, Tensor) and is_small(other):
            return one.space, one
    rectified = [a for a in args if isinstance(a, Tensor) and a.space == RECTIFIED]
    if op == "add" and rectified and all(a in rectified or is_op(a, "bounded") for a in args):
        return RECTIFIED, rectified[0]
    if LOGITS in spaces and not any(s in LOG_PROBABILITIES or s in PROBABILITIES for s in spaces):
        one = args[spaces.index(LOGITS)]
        return LOGITS, one if isinstance(one, Tensor) else None
    return None, None


OBJECTS = (Instance, Made, Function, Class, ListRef, DictRef, Tuple, Bound, Partial)
"""Values that are no number, string or None."""


def is_known(vm: Machine, value: Value) -> bool:
    """Whether a dotted name is one that the catalog explains: a function or class, not None."""
    return isinstance(value, External) and vm.catalog.find(value.path) is not None


def compare(vm: Machine, op: str, left: Value, right: Value, site: Site) -> Value:
    """A comparison: a constant where it is known, else a condition; comparing a tensor with a number is a use."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (Tensor, Choice)) and isinstance(other, Const) and isinstance(other.value, float):
            vm.use("threshold", site, one, detail=repr(other.value))
    return compared(vm, op, left, right)


def compared(vm: Machine, op: str, left: Value, right: Value) -> Value:
    """The result of a comparison, alternative by alternative."""
    left, right = under(left, vm.path), under(right, vm.path)
    for one, other, mirrored in ((left, right, False), (right, left, True)):
        if isinstance(one, Choice) and (isinstance(other, Const) or op in ("is", "is not")):
            return vm.each(
                one,
                lambda v: compared(vm, op, *((other, v) if mirrored else (v, other))),  # noqa: B023
            )
    if isinstance(left, Const) and isinstance(right, Const):
        return _compare_constants(op, left.value, right.value)
    if op in ("is", "is not", "==", "!="):
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Const) and (isinstance(one, OBJECTS) or is_known(vm, one)):
                return truth(op in ("is not", "!="))
        if isinstance(left, External) and isinstance(right, External):
            return truth((left.path == right.path) == (op in ("is", "==")))
    if isinstance(left, Tensor) and isinstance(right, Const) and right.value is None:
        return truth(op in ("is not", "!="))
    positive = {"!=": "==", "is not": "is", "not in": "in"}.get(op, op)
    condition = vm.opaque("compare", positive, left.key or fresh(), right.key or fresh())
    vm.record.compared[condition.key] = (left.key, right.key)
    likely = left.likely if isinstance(left, Unknown) else None
    if isinstance(likely, Const) and isinstance(right, Const):
        default = _compare_constants(positive, likely.value, right.value)
        condition = Unknown(condition.key, likely=default if isinstance(default, Const) else None)
    return condition if positive == op else negated(vm, condition)


def negated(vm: Machine, condition: Value) -> Value:
    """The opposite of a condition that is unknown."""
    known, (key, positive) = vm.condition(condition)
    if known is not None:
        return truth(not known)
    return Choice(((frozenset({(key, positive)}), Const(False)), (frozenset({(key, not positive)}), Const(True))))


def _compare_constants(op: str, left: object, right: object) -> Value:
    if op in COMPARISONS:
        return truth(COMPARISONS[op](left, right))
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return truth({">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}.get(op))
    if op in ("in", "not in") and isinstance(left, str) and isinstance(right, str):
        return truth((left in right) == (op == "in"))
    return Unknown(0)
