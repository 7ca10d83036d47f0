"""How each kind of statement is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from . import tensors, terms
from .containers import iterate, store_item
from .functions import make_class, make_function
from .imports import import_from, import_module
from .machine import LEAVE, NEXT, STOP, Machine
from .objects import set_attribute
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


def suite(vm: Machine, node: cst.BaseSuite | None) -> str:
    return NEXT if node is None else run_body(vm, node.body)


def simple_line(vm: Machine, node: cst.SimpleStatementLine) -> str:
    return run_body(vm, node.body)


def expression(vm: Machine, node: cst.Expr) -> None:
    vm.evaluate(node.value)


def assignment(vm: Machine, node: cst.Assign) -> None:
    value = vm.evaluate(node.value)
    for target in node.targets:
        assign(vm, target.target, value)


def annotated(vm: Machine, node: cst.AnnAssign) -> None:
    if node.value is not None:
        assign(vm, node.target, vm.evaluate(node.value))


AUGMENTED: dict[type, str] = {
    cst.AddAssign: "add",
    cst.SubtractAssign: "sub",
    cst.MultiplyAssign: "mul",
    cst.DivideAssign: "div",
    cst.PowerAssign: "pow",
}


def augmented(vm: Machine, node: cst.AugAssign) -> None:
    left, right = vm.evaluate(node.target), vm.evaluate(node.value)
    assign(vm, node.target, terms.binary(vm, AUGMENTED.get(type(node.operator), "other"), left, right, vm.site(node)))


def assign(vm: Machine, target: cst.CSTNode, value: Value) -> None:
    """Bind a value to a name, an attribute, an item, or to each part of a tuple of these."""
    if isinstance(target, cst.Name):
        scope = vm.frame.scope.outer.get(target.value, vm.frame.scope)
        vm.store.set(scope.key, target.value, value)
    elif isinstance(target, cst.Attribute):
        set_attribute(vm, vm.evaluate(target.value), target.attr.value, value)
    elif isinstance(target, cst.Subscript):
        assign_item(vm, target, value)
    elif isinstance(target, cst.Tuple | cst.List):
        unpack(vm, target.elements, value)
    elif isinstance(target, cst.StarredElement):
        assign(vm, target.value, value)


def assign_item(vm: Machine, target: cst.Subscript, value: Value) -> None:
    base = vm.evaluate(target.value)
    index = target.slice[0].slice
    key = vm.evaluate(index.value) if len(target.slice) == 1 and isinstance(index, cst.Index) else Unknown(0)
    if base == ENVIRONMENT and key == BACKEND:
        select_backend(vm, value)
    elif isinstance(base, Unknown) and base.name == "blank" and isinstance(target.value, cst.Name):
        assign(vm, target.value, tensors.filled(value))
    elif isinstance(base, Tensor) and isinstance(target.value, cst.Name):
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


def unpack(vm: Machine, targets: Sequence[cst.BaseElement], value: Value) -> None:
    """Bind the members of a value to targets, one of which may be starred."""
    columns: list[list[tuple[frozenset[tuple[int, bool]], Value]]] = [[] for _ in targets]
    for guard, one in alternatives(under(value, vm.path)):
        if one == NONE:
            continue
        members = _split(vm, one, targets)
        for column, member in zip(columns, members, strict=True):
            column.append((guard, member))
    for target, column in zip(targets, columns, strict=True):
        assign(vm, target if isinstance(target, cst.StarredElement) else target.value, choose(column))


def _split(vm: Machine, value: Value, targets: Sequence[cst.BaseElement]) -> list[Value]:
    members, exact = iterate(vm, value)
    star = next((i for i, t in enumerate(targets) if isinstance(t, cst.StarredElement)), None)
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


def if_(vm: Machine, node: cst.If) -> str:
    known, literal = vm.condition(vm.evaluate(node.test))
    if known is not None:
        return suite(vm, node.body) if known else other_side(vm, node.orelse)
    return vm.branch(literal, lambda: suite(vm, node.body), lambda: other_side(vm, node.orelse))


def other_side(vm: Machine, node: cst.If | cst.Else | None) -> str:
    if isinstance(node, cst.If):
        return vm.execute(node)
    return suite(vm, node.body) if node is not None else NEXT


def for_(vm: Machine, node: cst.For) -> str:
    members, exact = iterate(vm, vm.evaluate(node.iter))
    for member in members[:MAX_ITERATIONS]:
        assign(vm, node.target, member)
        if loop_body(vm, node.body) == STOP and exact:
            return STOP
    return other_side(vm, node.orelse)


def while_(vm: Machine, node: cst.While) -> str:
    known, _ = vm.condition(vm.evaluate(node.test))
    if known is not False and loop_body(vm, node.body) == STOP and known:
        return STOP
    return other_side(vm, node.orelse)


def loop_body(vm: Machine, body: cst.BaseSuite) -> str:
    """Run a loop's body once; what was written before a `break` or `continue` joins what falls through."""
    frame, base = vm.frame, vm.path
    outer, frame.exits = frame.exits, []
    end = suite(vm, body)
    exits, frame.exits = frame.exits, outer
    vm.path = base
    for _, _, before in exits:
        vm.store.unwatch(before)
    for guard, writes, before in exits:
        key = vm.opaque("exit", guard).key
        vm.store.join([(frozenset({(key, True)}), {**before, **writes}), (frozenset({(key, False)}), {})])
    return STOP if end == STOP and not exits else NEXT


def with_(vm: Machine, node: cst.With) -> str:
    for item in node.items:
        value = vm.evaluate(item.item)
        if item.asname is not None:
            assign(vm, item.asname.name, value)
    return suite(vm, node.body)


def try_(vm: Machine, node: cst.Try | cst.TryStar) -> str:
    """The body runs; each handler may have run instead of the rest of it."""
    end = suite(vm, node.body)
    if end == NEXT and node.orelse is not None:
        end = suite(vm, node.orelse.body)
    for handler in node.handlers:
        body_end = end

        def handled(body: cst.BaseSuite = handler.body) -> str:
            return suite(vm, body)

        def unhandled(result: str = body_end) -> str:
            return result

        end = vm.branch((fresh(), True), handled, unhandled)
    if node.finalbody is not None:
        final = suite(vm, node.finalbody.body)
        end = final if final != NEXT else end
    return end


def return_(vm: Machine, node: cst.Return) -> str:
    value = NONE if node.value is None else vm.evaluate(node.value)
    vm.frame.returns.append((vm.path, value))
    return STOP


def raise_(vm: Machine, node: cst.Raise) -> str:
    return STOP


def leave(vm: Machine, node: cst.Break | cst.Continue) -> str:
    return LEAVE


def delete(vm: Machine, node: cst.Del) -> None:
    return None


def assert_(vm: Machine, node: cst.Assert) -> None:
    vm.evaluate(node.test)


def global_(vm: Machine, node: cst.Global | cst.Nonlocal) -> None:
    scope = vm.frame.scope
    target = scope
    while target.parent is not None:
        target = target.parent
        if isinstance(node, cst.Nonlocal) and not target.is_class:
            break
    for item in node.names:
        scope.outer[item.name.value] = target


def function(vm: Machine, node: cst.FunctionDef) -> None:
    assign(vm, node.name, make_function(vm, node, node.name.value))


def class_(vm: Machine, node: cst.ClassDef) -> None:
    assign(vm, node.name, make_class(vm, node))


def match(vm: Machine, node: cst.Match) -> str:
    """A chain of conditions, one per case, on equality with a literal where the pattern is one."""
    subject = vm.evaluate(node.subject)
    return _cases(vm, subject, list(node.cases))


def _cases(vm: Machine, subject: Value, cases: list[cst.MatchCase]) -> str:
    if not cases:
        return NEXT
    case, rest = cases[0], cases[1:]
    condition: Value = Unknown(fresh())
    if isinstance(case.pattern, cst.MatchValue):
        condition = terms.compare(vm, "==", subject, vm.evaluate(case.pattern.value), vm.site(case.pattern))
    elif isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None:
        if case.pattern.name is not None:
            assign(vm, case.pattern.name, subject)
        if case.guard is None:
            return suite(vm, case.body)
    elif isinstance(case.pattern, cst.MatchOr):
        tests = [
            terms.compare(vm, "==", subject, vm.evaluate(p.pattern.value), vm.site(p.pattern))
            for p in case.pattern.patterns
            if isinstance(p.pattern, cst.MatchValue)
        ]
        truths = [vm.condition(t)[0] for t in tests]
        if len(tests) == len(case.pattern.patterns) and None not in truths:
            return suite(vm, case.body) if any(truths) else _cases(vm, subject, rest)
    known, literal = vm.condition(condition)
    if known is not None:
        return suite(vm, case.body) if known else _cases(vm, subject, rest)
    return vm.branch(literal, lambda: suite(vm, case.body), lambda: _cases(vm, subject, rest))


STATEMENTS: dict[type, Callable[[Machine, Any], str | None]] = {
    cst.SimpleStatementLine: simple_line,
    cst.SimpleStatementSuite: simple_line,
    cst.Expr: expression,
    cst.Assign: assignment,
    cst.AnnAssign: annotated,
    cst.AugAssign: augmented,
    cst.If: if_,
    cst.For: for_,
    cst.While: while_,
    cst.With: with_,
    cst.Try: try_,
    cst.TryStar: try_,
    cst.Return: return_,
    cst.Raise: raise_,
    cst.Break: leave,
    cst.Continue: leave,
    cst.Del: delete,
    cst.Assert: assert_,
    cst.Global: global_,
    cst.Nonlocal: global_,
    cst.FunctionDef: function,
    cst.ClassDef: class_,
    cst.Import: import_module,
    cst.ImportFrom: import_from,
    cst.Match: match,
}
