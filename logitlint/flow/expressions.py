"""How each kind of expression is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from . import terms
from .containers import iterate, new_dict, new_list, subscript
from .functions import make_function
from .machine import NEXT, Arguments, Literal, Machine, present
from .names import name_of
from .objects import attribute, lookup
from .operators import operate
from .scope import Scope
from .statements import assign
from .values import (
    FALSE,
    NONE,
    TRUE,
    Choice,
    Const,
    External,
    Items,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
)

BINARY: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.BitAnd: "and",
    ast.BitOr: "or",
}

COMPARE: dict[type, str] = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def name(vm: Machine, node: ast.Name) -> Value:
    return lookup(vm, node.id)


def constant(vm: Machine, node: ast.Constant) -> Value:
    if node.value is ...:
        return External("builtins.Ellipsis")
    try:
        return Unknown(0) if isinstance(node.value, (bytes, complex)) else Const(node.value)
    except ValueError:  # an integer with more digits than Python writes out
        return Unknown(0)


def formatted(vm: Machine, node: ast.JoinedStr) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            vm.evaluate(part.value)
    return Unknown(0)


def elements(vm: Machine, nodes: Sequence[ast.expr]) -> tuple[list[Value], bool]:
    values: list[Value] = []
    exact = True
    for node in nodes:
        if isinstance(node, ast.Starred):
            members, whole = iterate(vm, vm.evaluate(node.value))
            values += members
            exact = exact and whole
        else:
            values.append(vm.evaluate(node))
    return values, exact


def tuple_(vm: Machine, node: ast.Tuple) -> Value:
    values, exact = elements(vm, node.elts)
    return Tuple(tuple(values)) if exact else new_list(vm, values, exact=False)


def list_(vm: Machine, node: ast.List | ast.Set) -> Value:
    return new_list(vm, *elements(vm, node.elts))


def dict_(vm: Machine, node: ast.Dict) -> Value:
    entries: dict[object, Value] = {}
    exact = True
    for written, expression in zip(node.keys, node.values, strict=True):
        value = vm.evaluate(expression)
        if written is None:
            items = vm.store.get(value.key, "#items")
            if isinstance(items, Items):
                entries.update(items.entries)
                exact = exact and items.exact
            else:
                exact = False
        else:
            key = vm.evaluate(written)
            entries[key.value if isinstance(key, Const) else key] = value
    return new_dict(vm, entries, exact)


def attribute_(vm: Machine, node: ast.Attribute) -> Value:
    return attribute(vm, vm.evaluate(node.value), node.attr, node)


def call(vm: Machine, node: ast.Call) -> Value:
    callee = vm.evaluate(node.func)
    arguments = evaluate_arguments(vm, node)
    result = vm.call(callee, arguments, node)
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr.endswith("_") and not func.attr.startswith("_"):
        if isinstance(result, (Tensor, Choice)) and isinstance(func.value, ast.Name):
            assign(vm, func.value, result)
    elif isinstance(result, Tensor) and _works_in_place(node):
        assign(vm, node.args[0], result)
    return result


def _works_in_place(node: ast.Call) -> bool:
    """Whether a function writes its result back to its argument: `torch.sigmoid_(x)`, `F.relu(x, inplace=True)`."""
    if not node.args or not isinstance(node.args[0], ast.Name):
        return False
    return name_of(node) in IN_PLACE or any(keyword.arg == "inplace" for keyword in node.keywords)


IN_PLACE = ("relu_", "sigmoid_", "elu_", "selu_", "softmax_")


def evaluate_arguments(vm: Machine, node: ast.Call) -> Arguments:
    """Evaluate a call's arguments in order; a starred choice of lists is joined position by position."""
    arguments = Arguments()
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            members, whole = iterate(vm, vm.evaluate(arg.value))
            arguments.complete = arguments.complete and whole
            arguments.positional += members
        else:
            arguments.sites[len(arguments.positional)] = vm.site(arg)
            arguments.positional.append(vm.evaluate(arg))
    for keyword in node.keywords:
        value = vm.evaluate(keyword.value)
        if keyword.arg is not None:
            arguments.keywords[keyword.arg] = value
            arguments.sites[keyword.arg] = vm.site(keyword.value)
            continue
        items = vm.store.get(value.key, "#items")
        if isinstance(items, Items):
            arguments.keywords.update({k: v for k, v in items.entries.items() if isinstance(k, str)})
            arguments.complete = arguments.complete and items.exact
        else:
            arguments.complete = False
    return arguments


def subscript_(vm: Machine, node: ast.Subscript) -> Value:
    base = present(vm.evaluate(node.value))
    written = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    indices = [vm.evaluate(index) for index in written]
    return vm.each(base, lambda one: subscript(vm, one, indices, node))


def slice_(vm: Machine, node: ast.Slice) -> Value:
    """A slice of constants is a constant `slice`."""
    parts = [vm.evaluate(p) if p is not None else NONE for p in (node.lower, node.upper, node.step)]
    bounds = [p.value for p in parts if isinstance(p, Const) and (p == NONE or isinstance(p.value, int))]
    if len(bounds) == len(parts) and bounds[2] != 0:
        return Const(slice(*bounds))
    return vm.opaque("slice", *(p.key for p in parts))


def binary(vm: Machine, node: ast.BinOp) -> Value:
    op = BINARY.get(type(node.op), "other")
    left, right = vm.evaluate(node.left), vm.evaluate(node.right)
    return operate(vm, op, left, right, vm.site(node))


def unary(vm: Machine, node: ast.UnaryOp) -> Value:
    value = vm.evaluate(node.operand)
    if isinstance(node.op, ast.Not):
        return negation(vm, value)
    if isinstance(node.op, ast.USub):
        return terms.operation(vm, "neg", (value,), vm.site(node))
    return value if isinstance(node.op, ast.UAdd) else Unknown(0)


def negation(vm: Machine, value: Value) -> Value:
    """`not value`, as a constant or a value whose condition is the opposite one."""
    known, literal = vm.condition(value)
    if known is not None:
        return FALSE if known else TRUE
    return either(literal, FALSE, TRUE)


def either(literal: Literal, then: Value, other: Value) -> Value:
    """One of two values, by a condition."""
    key, positive = literal
    return choose([(frozenset({(key, positive)}), then), (frozenset({(key, not positive)}), other)])


def boolean(vm: Machine, node: ast.BoolOp) -> Value:
    """`a and b`, `a or b`: the operand that decides, where that is known."""
    is_and = isinstance(node.op, ast.And)
    first, *others = node.values
    value = vm.evaluate(first)
    for other in others:
        value = decide(vm, is_and, value, other)
    return value


def decide(vm: Machine, is_and: bool, left: Value, node: ast.expr) -> Value:
    """One step of a chain of `and`s or `or`s."""
    known, literal = vm.condition(left)
    if known is not None:
        return vm.evaluate(node) if known == is_and else left
    right = vm.evaluate(node)
    if is_and and right == TRUE:
        return left
    if any(isinstance(v, (Tensor, Unknown, Const)) for v in (left, right)) and vm.condition(right)[0] is None:
        return vm.opaque("and" if is_and else "or", left.key, right.key)
    return either(literal, right, left) if is_and else either(literal, left, right)


def comparison(vm: Machine, node: ast.Compare) -> Value:
    left = vm.evaluate(node.left)
    result: Value = Unknown(0)
    for op, expression in zip(node.ops, node.comparators, strict=True):
        right = vm.evaluate(expression)
        result = terms.compare(vm, COMPARE.get(type(op), "?"), left, right, vm.site(node))
        left = right
    return result if len(node.ops) == 1 else Unknown(0)


def conditional(vm: Machine, node: ast.IfExp) -> Value:
    known, literal = vm.condition(vm.evaluate(node.test))
    if known is not None:
        return vm.evaluate(node.body if known else node.orelse)
    results: list[Value] = []

    def side(expression: ast.expr) -> Callable[[], str]:
        def run() -> str:
            results.append(vm.evaluate(expression))
            return NEXT

        return run

    vm.branch(literal, side(node.body), side(node.orelse))
    return either(literal, *results)


def lambda_(vm: Machine, node: ast.Lambda) -> Value:
    return make_function(vm, node, "<lambda>")


def walrus(vm: Machine, node: ast.NamedExpr) -> Value:
    value = vm.evaluate(node.value)
    assign(vm, node.target, value)
    return value


def comprehension(vm: Machine, node: Any) -> Value:
    """A list, set or generator: one member per known element of what it iterates over, else one that stands for all."""
    frame = vm.frame
    outer, frame.scope = frame.scope, Scope(frame.scope)
    try:
        members: list[Value] = []
        exact = _comprehend(vm, node.generators, lambda: members.append(vm.evaluate(node.elt)))
        return new_list(vm, members, exact)
    finally:
        vm.store.drop(frame.scope)
        frame.scope = outer


def dict_comprehension(vm: Machine, node: ast.DictComp) -> Value:
    frame = vm.frame
    outer, frame.scope = frame.scope, Scope(frame.scope)
    entries: dict[object, Value] = {}

    def member() -> None:
        key = vm.evaluate(node.key)
        entries[key.value if isinstance(key, Const) else key] = vm.evaluate(node.value)

    try:
        exact = _comprehend(vm, node.generators, member)
        return new_dict(vm, entries, exact)
    finally:
        vm.store.drop(frame.scope)
        frame.scope = outer


def _comprehend(vm: Machine, clauses: Sequence[ast.comprehension], member: Callable[[], None]) -> bool:
    clause, *inner = clauses
    members, exact = iterate(vm, vm.evaluate(clause.iter))
    for value in members:
        assign(vm, clause.target, value)
        base, skip = vm.path, False
        for test in clause.ifs:
            known, literal = vm.condition(vm.evaluate(test))
            skip = skip or known is False
            if known is None:
                vm.path, exact = vm.path | {literal}, False
        if not skip:
            if inner:
                exact = _comprehend(vm, inner, member) and exact
            else:
                member()
        vm.path = base
    return exact


def await_(vm: Machine, node: ast.Await) -> Value:
    return vm.evaluate(node.value)


def yield_(vm: Machine, node: ast.Yield) -> Value:
    if node.value is not None:
        vm.frame.yields.append(vm.evaluate(node.value))
    return Unknown(0)


def yield_from(vm: Machine, node: ast.YieldFrom) -> Value:
    vm.frame.yields += iterate(vm, vm.evaluate(node.value))[0]
    return Unknown(0)


EXPRESSIONS: dict[type, Callable[[Machine, Any], Value]] = {
    ast.Name: name,
    ast.Attribute: attribute_,
    ast.Call: call,
    ast.Subscript: subscript_,
    ast.Slice: slice_,
    ast.Constant: constant,
    ast.JoinedStr: formatted,
    ast.Tuple: tuple_,
    ast.List: list_,
    ast.Set: list_,
    ast.Dict: dict_,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.BoolOp: boolean,
    ast.Compare: comparison,
    ast.IfExp: conditional,
    ast.Lambda: lambda_,
    ast.NamedExpr: walrus,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: dict_comprehension,
    ast.Await: await_,
    ast.Yield: yield_,
    ast.YieldFrom: yield_from,
}
