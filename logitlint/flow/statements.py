"""How each kind of statement is run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from . import tensors, terms
from .containers import iterate, store_item
from .functions import make_class, make_function
from .imports import bind_name, import_from, import_module
from .machine import LEAVE, NEXT, STOP, Machine
from .objects import set_attribute
from .operators import operate
from .scope import fresh, under
from .values import (
    NONE,
    Const,
    External,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
)

MAX_ITERATIONS = 24


def run_body(vm: Machine, body: Sequence[Any]) -> str:
    """Run statements in order until one of them ends the block."""
    for statement in body:
        end = vm.execute(statement)
        if end != NEXT:
            return end
    return NEXT


def expression(vm: Machine, node: ast.Expr) -> None:
    vm.evaluate(node.value)


def assignment(vm: Machine, node: ast.Assign) -> None:
    value = vm.evaluate(node.value)
    for target in node.targets:
        assign(vm, target, value)


def annotated(vm: Machine, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(vm, node.target, vm.evaluate(node.value))


AUGMENTED: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}


def augmented(vm: Machine, node: ast.AugAssign) -> None:
    left, right = vm.evaluate(node.target), vm.evaluate(node.value)
    assign(vm, node.target, operate(vm, AUGMENTED.get(type(node.op), "other"), left, right, vm.site(node)))


def assign(vm: Machine, target: ast.expr, value: Value) -> None:
    """Bind a value to a name, an attribute, an item, or to each part of a tuple of these."""
    if isinstance(target, ast.Name):
        bind_name(vm, target.id, value)
    elif isinstance(target, ast.Attribute):
        set_attribute(vm, vm.evaluate(target.value), target.attr, value)
    elif isinstance(target, ast.Subscript):
        assign_item(vm, target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        unpack(vm, target.elts, value)
    elif isinstance(target, ast.Starred):
        assign(vm, target.value, value)


def assign_item(vm: Machine, target: ast.Subscript, value: Value) -> None:
    base = vm.evaluate(target.value)
    key = vm.evaluate(target.slice) if not isinstance(target.slice, (ast.Tuple, ast.Slice)) else Unknown(0)
    if base == ENVIRONMENT and key == BACKEND:
        select_backend(vm, value)
    elif isinstance(base, Unknown) and base.name == "blank" and isinstance(target.value, ast.Name):
        assign(vm, target.value, tensors.filled(value))
    elif isinstance(base, Tensor) and isinstance(target.value, ast.Name):
        if not (isinstance(value, Tensor) and value.space == base.space):
            assign(vm, target.value, Unknown(0))
    else:
        for guard, one in alternatives(under(base, vm.path)):
            if not guard:
                store_item(vm, one, key, value)


ENVIRONMENT, BACKEND = External("os.environ"), Const("KERAS_BACKEND")


def select_backend(vm: Machine, value: Value) -> None:
    """`os.environ["KERAS_BACKEND"] = "jax"` holds for the file that says so."""
    if isinstance(value, Const):
        vm.record.backends[vm.frame.tree.path] = str(value.value)


def unpack(vm: Machine, targets: Sequence[ast.expr], value: Value) -> None:
    """Bind the members of a value to targets, one of which may be starred."""
    columns: list[list[tuple[frozenset[tuple[int, bool]], Value]]] = [[] for _ in targets]
    for guard, one in alternatives(under(value, vm.path)):
        if one == NONE:
            continue
        members = _split(vm, one, targets)
        for column, member in zip(columns, members, strict=True):
            column.append((guard, member))
    for target, column in zip(targets, columns, strict=True):
        assign(vm, target, choose(column))


def _split(vm: Machine, value: Value, targets: Sequence[ast.expr]) -> list[Value]:
    members, exact = iterate(vm, value)
    star = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
    if exact and star is None and len(members) == len(targets):
        return members
    if exact and star is not None and len(members) >= len(targets) - 1:
        after = len(targets) - star - 1
        middle = Tuple(tuple(members[star : len(members) - after]))
        return [*members[:star], middle, *members[len(members) - after :]]
    if isinstance(value, Tensor):
        return [tensors.select(vm, value, (Const(i),), value.site) for i in range(len(targets))]
    if not exact and members and len({m.key for m in members}) == 1 and not isinstance(members[0], Unknown):
        return [members[0]] * len(targets)
    return [vm.opaque("item", value.key, i) if value.key else Unknown(fresh()) for i in range(len(targets))]


def if_(vm: Machine, node: ast.If) -> str:
    known, literal = vm.condition(vm.evaluate(node.test))
    if known is not None:
        return run_body(vm, node.body if known else node.orelse)
    return vm.branch(literal, lambda: run_body(vm, node.body), lambda: run_body(vm, node.orelse))


def for_(vm: Machine, node: ast.For | ast.AsyncFor) -> str:
    members, exact = iterate(vm, vm.evaluate(node.iter))
    for member in members[:MAX_ITERATIONS]:
        assign(vm, node.target, member)
        if loop_body(vm, node.body) == STOP and exact:
            return STOP
    return run_body(vm, node.orelse)


def while_(vm: Machine, node: ast.While) -> str:
    known, _ = vm.condition(vm.evaluate(node.test))
    if known is not False and loop_body(vm, node.body) == STOP and known:
        return STOP
    return run_body(vm, node.orelse)


def loop_body(vm: Machine, body: Sequence[ast.stmt]) -> str:
    """Run a loop's body once; what was written before a `break` or `continue` joins what falls through."""
    frame, base = vm.frame, vm.path
    outer, frame.exits = frame.exits, []
    end = run_body(vm, body)
    exits, frame.exits = frame.exits, outer
    vm.path = base
    for _, _, before in exits:
        vm.store.unwatch(before)
    for guard, writes, before in exits:
        key = vm.opaque("exit", guard).key
        vm.store.join([(frozenset({(key, True)}), {**before, **writes}), (frozenset({(key, False)}), {})])
    return STOP if end == STOP and not exits else NEXT


def with_(vm: Machine, node: ast.With | ast.AsyncWith) -> str:
    for item in node.items:
        value = vm.evaluate(item.context_expr)
        if item.optional_vars is not None:
            assign(vm, item.optional_vars, value)
    return run_body(vm, node.body)


def try_(vm: Machine, node: ast.Try | ast.TryStar) -> str:
    """The body runs; each handler may have run instead of the rest of it."""
    end = run_body(vm, node.body)
    if end == NEXT:
        end = run_body(vm, node.orelse)
    for handler in node.handlers:
        body_end = end

        def handled(body: Sequence[ast.stmt] = handler.body) -> str:
            return run_body(vm, body)

        def unhandled(result: str = body_end) -> str:
            return result

        end = vm.branch((fresh(), True), handled, unhandled)
    final = run_body(vm, node.finalbody)
    return final if final != NEXT else end


def return_(vm: Machine, node: ast.Return) -> str:
    value = NONE if node.value is None else vm.evaluate(node.value)
    vm.frame.returns.append((vm.path, value))
    return STOP


def raise_(vm: Machine, node: ast.Raise) -> str:
    return STOP


def leave(vm: Machine, node: ast.Break | ast.Continue) -> str:
    return LEAVE


def delete(vm: Machine, node: ast.Delete) -> None:
    return None


def assert_(vm: Machine, node: ast.Assert) -> None:
    vm.evaluate(node.test)


def global_(vm: Machine, node: ast.Global | ast.Nonlocal) -> None:
    scope = vm.frame.scope
    target = scope
    while target.parent is not None:
        target = target.parent
        if isinstance(node, ast.Nonlocal) and not target.is_class:
            break
    for name in node.names:
        scope.outer[name] = target


def function(vm: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    bind_name(vm, node.name, known_to_users(vm, node.name) or make_function(vm, node, node.name))


def class_(vm: Machine, node: ast.ClassDef) -> None:
    bind_name(vm, node.name, known_to_users(vm, node.name) or make_class(vm, node))


def known_to_users(vm: Machine, name: str) -> Value | None:
    """What a user's catalog says of a function or class of the module that runs: it is not looked into."""
    if vm.frame.scope.parent is not None:
        return None
    dotted = vm.catalog.own_name(vm.frame.tree.source.file, name)
    return External(dotted) if dotted is not None else None


def match(vm: Machine, node: ast.Match) -> str:
    """A chain of conditions, one per case, on equality with a literal where the pattern is one."""
    return _cases(vm, vm.evaluate(node.subject), node.cases)


def _cases(vm: Machine, subject: Value, cases: list[ast.match_case]) -> str:
    if not cases:
        return NEXT
    case, rest = cases[0], cases[1:]
    pattern = case.pattern
    condition: Value = Unknown(fresh())
    if isinstance(pattern, ast.MatchValue):
        condition = _equals(vm, subject, pattern)
    elif isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            bind_name(vm, pattern.name, subject)
        if case.guard is None:
            return run_body(vm, case.body)
    elif isinstance(pattern, ast.MatchOr):
        tests = [_equals(vm, subject, one) for one in pattern.patterns if isinstance(one, ast.MatchValue)]
        truths = [vm.condition(t)[0] for t in tests]
        if len(tests) == len(pattern.patterns) and None not in truths:
            return run_body(vm, case.body) if any(truths) else _cases(vm, subject, rest)
    known, literal = vm.condition(condition)
    if known is not None:
        return run_body(vm, case.body) if known else _cases(vm, subject, rest)
    return vm.branch(literal, lambda: run_body(vm, case.body), lambda: _cases(vm, subject, rest))


def _equals(vm: Machine, subject: Value, pattern: ast.MatchValue) -> Value:
    return terms.compare(vm, "==", subject, vm.evaluate(pattern.value), vm.site(pattern))


STATEMENTS: dict[type, Callable[[Machine, Any], str | None]] = {
    ast.Expr: expression,
    ast.Assign: assignment,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.If: if_,
    ast.For: for_,
    ast.AsyncFor: for_,
    ast.While: while_,
    ast.With: with_,
    ast.AsyncWith: with_,
    ast.Try: try_,
    ast.TryStar: try_,
    ast.Return: return_,
    ast.Raise: raise_,
    ast.Break: leave,
    ast.Continue: leave,
    ast.Delete: delete,
    ast.Assert: assert_,
    ast.Global: global_,
    ast.Nonlocal: global_,
    ast.FunctionDef: function,
    ast.AsyncFunctionDef: function,
    ast.ClassDef: class_,
    ast.Import: import_module,
    ast.ImportFrom: import_from,
    ast.Match: match,
}
