"""How each kind of expression is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import libcst as cst

from . import terms
from .containers import iterate, new_dict, new_list, subscript
from .functions import make_function
from .machine import NEXT, Arguments, Literal, Machine, present
from .objects import attribute, lookup
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
    cst.Add: "add",
    cst.Subtract: "sub",
    cst.Multiply: "mul",
    cst.Divide: "div",
    cst.Power: "pow",
    cst.MatrixMultiply: "matmul",
    cst.FloorDivide: "floordiv",
    cst.Modulo: "mod",
    cst.BitAnd: "and",
    cst.BitOr: "or",
}

COMPARE: dict[type, str] = {
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.In: "in",
    cst.NotIn: "not in",
}


def name(vm: Machine, node: cst.Name) -> Value:
    if node.value in ("True", "False", "None"):
        return {"True": TRUE, "False": FALSE, "None": NONE}[node.value]
    return lookup(vm, node.value)


def number(vm: Machine, node: cst.Integer | cst.Float) -> Value:
    try:
        return Const(ast.literal_eval(node.value))
    except (ValueError, SyntaxError):
        return Unknown(0)


def string(vm: Machine, node: cst.SimpleString | cst.ConcatenatedString) -> Value:
    value = node.evaluated_value
    return Const(value) if isinstance(value, str) else Unknown(0)


def formatted(vm: Machine, node: cst.FormattedString) -> Value:
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            vm.evaluate(part.expression)
    return Unknown(0)


def elements(vm: Machine, nodes: Any) -> tuple[list[Value], bool]:
    values: list[Value] = []
    exact = True
    for element in nodes:
        value = vm.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            members, whole = iterate(vm, value)
            values += members
            exact = exact and whole
        else:
            values.append(value)
    return values, exact


def tuple_(vm: Machine, node: cst.Tuple) -> Value:
    values, exact = elements(vm, node.elements)
    return Tuple(tuple(values)) if exact else new_list(vm, values, exact=False)


def list_(vm: Machine, node: cst.List | cst.Set) -> Value:
    return new_list(vm, *elements(vm, node.elements))


def dict_(vm: Machine, node: cst.Dict) -> Value:
    entries: dict[object, Value] = {}
    exact = True
    for element in node.elements:
        value = vm.evaluate(element.value)
        if isinstance(element, cst.StarredDictElement):
            items = vm.store.get(value.key, "#items")
            if isinstance(items, Items):
                entries.update(items.entries)
                exact = exact and items.exact
            else:
                exact = False
        elif isinstance(element, cst.DictElement):
            key = vm.evaluate(element.key)
            entries[key.value if isinstance(key, Const) else key] = value
    return new_dict(vm, entries, exact)


def attribute_(vm: Machine, node: cst.Attribute) -> Value:
    return attribute(vm, vm.evaluate(node.value), node.attr.value, node)


def call(vm: Machine, node: cst.Call) -> Value:
    callee = vm.evaluate(node.func)
    arguments = evaluate_arguments(vm, node)
    result = vm.call(callee, arguments, node)
    func = node.func
    if isinstance(func, cst.Attribute) and func.attr.value.endswith("_") and not func.attr.value.startswith("_"):
        if isinstance(result, Tensor | Choice) and isinstance(func.value, cst.Name):
            assign(vm, func.value, result)
    elif isinstance(result, Tensor) and _works_in_place(node):
        assign(vm, node.args[0].value, result)
    return result


def _works_in_place(node: cst.Call) -> bool:
    """Whether a function writes its result back to its argument: `torch.sigmoid_(x)`, `F.relu(x, inplace=True)`."""
    if not node.args or not isinstance(node.args[0].value, cst.Name):
        return False
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else getattr(node.func, "value", "")
    return name in IN_PLACE or any(arg.keyword is not None and arg.keyword.value == "inplace" for arg in node.args)


IN_PLACE = ("relu_", "sigmoid_", "elu_", "selu_", "softmax_")


def evaluate_arguments(vm: Machine, node: cst.Call) -> Arguments:
    """Evaluate a call's arguments in order; a starred choice of lists is joined position by position."""
    arguments = Arguments()
    for arg in node.args:
        value = vm.evaluate(arg.value)
        if arg.star == "*":
            members, whole = iterate(vm, value)
            arguments.complete = arguments.complete and whole
            for member in members:
                arguments.positional.append(member)
        elif arg.star == "**":
            items = vm.store.get(value.key, "#items")
            if isinstance(items, Items):
                arguments.keywords.update({k: v for k, v in items.entries.items() if isinstance(k, str)})
                arguments.complete = arguments.complete and items.exact
            else:
                arguments.complete = False
        elif arg.keyword is not None:
            arguments.keywords[arg.keyword.value] = value
            arguments.sites[arg.keyword.value] = vm.site(arg.value)
        else:
            arguments.sites[len(arguments.positional)] = vm.site(arg.value)
            arguments.positional.append(value)
    return arguments


def subscript_(vm: Machine, node: cst.Subscript) -> Value:
    base = present(vm.evaluate(node.value))
    indices = [index_value(vm, e.slice) for e in node.slice]
    return vm.each(base, lambda one: subscript(vm, one, indices, node))


def index_value(vm: Machine, node: cst.BaseSlice) -> Value:
    """The value of one index; a slice of constants is a constant `slice`."""
    if isinstance(node, cst.Index):
        return vm.evaluate(node.value)
    assert isinstance(node, cst.Slice)
    parts = [vm.evaluate(p) if p is not None else NONE for p in (node.lower, node.upper, node.step)]
    bounds = [p.value for p in parts if isinstance(p, Const) and (p == NONE or isinstance(p.value, int))]
    if len(bounds) == len(parts) and bounds[2] != 0:
        return Const(slice(*bounds))
    return vm.opaque("slice", *(p.key for p in parts))


def binary(vm: Machine, node: cst.BinaryOperation) -> Value:
    op = BINARY.get(type(node.operator), "other")
    left, right = vm.evaluate(node.left), vm.evaluate(node.right)
    return terms.binary(vm, op, left, right, vm.site(node))


def unary(vm: Machine, node: cst.UnaryOperation) -> Value:
    value = vm.evaluate(node.expression)
    if isinstance(node.operator, cst.Not):
        return negation(vm, value)
    if isinstance(node.operator, cst.Minus):
        return terms.operation(vm, "neg", (value,), vm.site(node))
    return value if isinstance(node.operator, cst.Plus) else Unknown(0)


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


def boolean(vm: Machine, node: cst.BooleanOperation) -> Value:
    """`a and b`, `a or b`: the operand that decides, where that is known."""
    left = vm.evaluate(node.left)
    known, literal = vm.condition(left)
    is_and = isinstance(node.operator, cst.And)
    if known is not None:
        return vm.evaluate(node.right) if known == is_and else left
    right = vm.evaluate(node.right)
    if is_and and right == TRUE:
        return left
    if any(isinstance(v, Tensor | Unknown | Const) for v in (left, right)) and vm.condition(right)[0] is None:
        return vm.opaque("and" if is_and else "or", left.key, right.key)
    return either(literal, right, left) if is_and else either(literal, left, right)


def comparison(vm: Machine, node: cst.Comparison) -> Value:
    left = vm.evaluate(node.left)
    result: Value = Unknown(0)
    for target in node.comparisons:
        right = vm.evaluate(target.comparator)
        result = terms.compare(vm, COMPARE.get(type(target.operator), "?"), left, right, vm.site(node))
        left = right
    return result if len(node.comparisons) == 1 else Unknown(0)


def conditional(vm: Machine, node: cst.IfExp) -> Value:
    known, literal = vm.condition(vm.evaluate(node.test))
    if known is not None:
        return vm.evaluate(node.body if known else node.orelse)
    results: list[Value] = []

    def side(expression: cst.BaseExpression) -> Callable[[], str]:
        def run() -> str:
            results.append(vm.evaluate(expression))
            return NEXT

        return run

    vm.branch(literal, side(node.body), side(node.orelse))
    return either(literal, *results)


def lambda_(vm: Machine, node: cst.Lambda) -> Value:
    return make_function(vm, node, "<lambda>")


def walrus(vm: Machine, node: cst.NamedExpr) -> Value:
    value = vm.evaluate(node.value)
    assign(vm, node.target, value)
    return value


def comprehension(vm: Machine, node: Any) -> Value:
    """A list, set or generator: one member per known element of what it iterates over, else one that stands for all."""
    frame = vm.frame
    outer, frame.scope = frame.scope, Scope(frame.scope)
    try:
        members: list[Value] = []
        exact = _comprehend(vm, node.for_in, lambda: members.append(vm.evaluate(node.elt)))
        return new_list(vm, members, exact)
    finally:
        vm.store.drop(frame.scope)
        frame.scope = outer


def dict_comprehension(vm: Machine, node: cst.DictComp) -> Value:
    frame = vm.frame
    outer, frame.scope = frame.scope, Scope(frame.scope)
    entries: dict[object, Value] = {}

    def member() -> None:
        key = vm.evaluate(node.key)
        entries[key.value if isinstance(key, Const) else key] = vm.evaluate(node.value)

    try:
        exact = _comprehend(vm, node.for_in, member)
        return new_dict(vm, entries, exact)
    finally:
        vm.store.drop(frame.scope)
        frame.scope = outer


def _comprehend(vm: Machine, clause: cst.CompFor, member: Callable[[], None]) -> bool:
    members, exact = iterate(vm, vm.evaluate(clause.iter))
    for value in members:
        assign(vm, clause.target, value)
        base, skip = vm.path, False
        for test in clause.ifs:
            known, literal = vm.condition(vm.evaluate(test.test))
            skip = skip or known is False
            if known is None:
                vm.path, exact = vm.path | {literal}, False
        if not skip:
            if clause.inner_for_in is not None:
                exact = _comprehend(vm, clause.inner_for_in, member) and exact
            else:
                member()
        vm.path = base
    return exact


def await_(vm: Machine, node: cst.Await) -> Value:
    return vm.evaluate(node.expression)


def yield_(vm: Machine, node: cst.Yield) -> Value:
    if isinstance(node.value, cst.From):
        vm.frame.yields += iterate(vm, vm.evaluate(node.value.item))[0]
    elif node.value is not None:
        vm.frame.yields.append(vm.evaluate(node.value))
    return Unknown(0)


def ellipsis_(vm: Machine, node: cst.Ellipsis) -> Value:
    return External("builtins.Ellipsis")


EXPRESSIONS: dict[type, Callable[[Machine, Any], Value]] = {
    cst.Name: name,
    cst.Attribute: attribute_,
    cst.Call: call,
    cst.Subscript: subscript_,
    cst.Integer: number,
    cst.Float: number,
    cst.SimpleString: string,
    cst.ConcatenatedString: string,
    cst.FormattedString: formatted,
    cst.Tuple: tuple_,
    cst.List: list_,
    cst.Set: list_,
    cst.Dict: dict_,
    cst.BinaryOperation: binary,
    cst.UnaryOperation: unary,
    cst.BooleanOperation: boolean,
    cst.Comparison: comparison,
    cst.IfExp: conditional,
    cst.Lambda: lambda_,
    cst.NamedExpr: walrus,
    cst.ListComp: comprehension,
    cst.SetComp: comprehension,
    cst.GeneratorExp: comprehension,
    cst.DictComp: dict_comprehension,
    cst.Await: await_,
    cst.Yield: yield_,
    cst.Ellipsis: ellipsis_,
}
