"""Functions and classes of the project: how they are made and entered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .containers import contents, new_dict, new_list
from .machine import MAX_FRAMES, MAX_RECURSION, STOP, Arguments, Frame, Machine
from .runs import Outcome, meaning
from .scope import Scope, Writes, fresh
from .summaries import ENOUGH, gist, is_plain, kinds
from .tree import Site
from .uses import Use
from .values import (
    NONE,
    Bound,
    Choice,
    Class,
    Const,
    DictRef,
    External,
    Function,
    FunctionNode,
    Instance,
    Items,
    ListRef,
    Made,
    Method,
    Partial,
    Tensor,
    Tuple,
    Unknown,
    Value,
    choose,
    intern,
    leaves,
)


@dataclass(frozen=True, eq=False)
class Memory:
    """A call that was made: what it read and wrote of the older world, its result, and its uses of its arguments."""

    reads: Writes
    writes: Writes
    result: Value
    uses: list[Use]


MAX_MEMORIES = 8
"""How many results of one function with the same arguments are remembered."""


def make_function(vm: Machine, node: FunctionNode, name: str) -> Value:
    """The closure of a function definition, its defaults evaluated now; a property decorator is noted."""
    vm.frame.scope.capture()
    decorators = frozenset[str]() if isinstance(node, ast.Lambda) else frozenset(_decorators(node))
    function = Function(
        fresh(), node, name, vm.frame.scope, vm.frame.tree, vm.frame.block, _defaults(vm, node.args), decorators
    )
    if not isinstance(node, ast.Lambda):
        vm.define(function)
    return function


def _defaults(vm: Machine, args: ast.arguments) -> dict[str, Value]:
    """The values of the defaults, by parameter name."""
    positional = positional_names(args)
    given = dict(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
    keyword_only = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    given |= {arg.arg: default for arg, default in keyword_only if default is not None}
    return {name: vm.evaluate(default) for name, default in given.items()}


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        expression = decorator
        while isinstance(expression, ast.Call):
            expression = expression.func
        if isinstance(expression, ast.Attribute):
            yield expression.attr
        elif isinstance(expression, ast.Name):
            yield expression.id


def positional_names(args: ast.arguments) -> list[str]:
    """The parameters that can be given by position, in order."""
    return [arg.arg for arg in (*args.posonlyargs, *args.args)]


def make_class(vm: Machine, node: ast.ClassDef) -> Value:
    """Run a class body in a scope whose cells become the class's attributes."""
    bases = tuple(vm.evaluate(base) for base in node.bases if not isinstance(base, ast.Starred))
    scope = Scope(vm.frame.scope, is_class=True)
    scope.capture()
    cls = Class(scope.key, node, node.name, bases, vm.frame.tree, vm.frame.block)
    vm.define(cls)
    frame = vm.frame
    outer, frame.scope = frame.scope, scope
    try:
        for statement in node.body:
            vm.execute(statement)
    finally:
        frame.scope = outer
    for name in vm.store.names(cls.key):
        method = vm.store.get(cls.key, name)
        if isinstance(method, Function) and method.owner is None:
            vm.store.set(cls.key, name, replace(method, owner=cls))
    return cls


def enter(
    vm: Machine,
    function: Function,
    arguments: Arguments,
    receiver: Value | None,
    owner: Class | None,
    call: ast.AST | None = None,
) -> Value:
    """Run a function's body with these arguments; what it returns.

    A call that was made before, with the same arguments and in a world that looks the same to it, is not run again.
    """
    depth = sum(f.function is not None and f.function.key == function.key for f in vm.frames)
    if len(vm.frames) >= MAX_FRAMES or depth >= MAX_RECURSION:
        return Unknown(0)
    start = fresh()
    bound = bind(vm, function, arguments, receiver)
    site = vm.site(call) if call is not None else None
    if call is not None:
        vm.record.entered.add(id(call))
        vm.record.called.add(id(function.node))
    given = tuple(packed(vm, value, start) for value in bound.values())
    key = (id(function.node), function.scope.key, owner and owner.key, vm.path, given)
    for memory in vm.memo.get(key, ()):
        if vm.store.matches(memory.reads):
            return recall(vm, memory, site)
    alike = vm.summaries.setdefault((key[0], function.scope.key, kinds(vm, given, {})), [])
    if len(alike) >= ENOUGH:
        return alike[-1]
    means = meaning((contents(vm, value) or value for value in given), vm.traits, vm.catalog.words)
    history = vm.runs.enough(key[0], means, is_own=vm.project.is_own(function.tree.source))
    if history is not None and call is not None and function.name != "__init__":
        return another(vm, history.usual, intern(("over", key[0], *(value.key or fresh() for value in given))))
    frame = Frame(function.tree, function.block, Scope(_closure(function)), function, receiver, owner)
    frame.call, frame.received = site, origins(bound)
    news, steps = vm.news, vm.steps
    trace = vm.store.start_trace(start)
    result = run(vm, function, bound, frame)
    writes = vm.store.stop_trace(trace)
    changed = (result, *(value for value in writes.values() if value is not None))
    gists = [None if is_plain(vm, value) else gist(vm, value) for value in changed]
    is_news = vm.runs.is_news(key[0], filter(None, gists)) or vm.news > news
    vm.runs.add(key[0], means, Outcome(result, gists[0], vm.steps - steps, is_news))
    if max(youngest(vm, value) for value in changed) < trace.start:
        memories = vm.memo.setdefault(key, [])
        if len(memories) < MAX_MEMORIES:
            memories.append(Memory(trace.reads, writes, result, frame.uses))
    elif not writes:
        alike.append(result)
    return result


def packed(vm: Machine, value: Value, start: int) -> Value:
    """The contents of what was packed for this call, `*args` or `**kwargs`; any other argument is itself."""
    if isinstance(value, (ListRef, DictRef)) and value.key > start:
        return contents(vm, value) or value
    return value


def another(vm: Machine, value: Value | None, call: int) -> Value:
    """What a call gives that is not run, of the same kind as what others gave, but not the same; unknown if None."""
    if isinstance(value, Tensor):
        unknown = tuple(vm.opaque("operand", call, number) for number in range(len(value.args)))
        return replace(value, args=unknown, key=intern(("another", value.key, call)))
    if isinstance(value, Tuple):
        return Tuple(tuple(another(vm, item, intern((call, place))) for place, item in enumerate(value.items)))
    if isinstance(value, Choice):
        return choose([(guard, another(vm, one, call)) for guard, one in value.alternatives])
    return Unknown(call) if value is None else value


def recall(vm: Machine, memory: Memory, call: Site | None) -> Value:
    """Do again what a remembered call did: its writes, and its uses of what it was given."""
    vm.store.replay(memory.writes)
    for use in memory.uses:
        if call is not None:
            use.passed[call] = None
        vm.trace_calls(use)
    return memory.result


def origins(bound: dict[str, Value]) -> frozenset[Site]:
    """The origins of the tensors among arguments."""
    return frozenset(v.origin for value in bound.values() for v in leaves(value) if isinstance(v, Tensor))


def run(vm: Machine, function: Function, bound: dict[str, Value], frame: Frame) -> Value:
    """Run a function's body in a new frame."""
    receiver = frame.receiver
    entry = (id(function.node), receiver.cls.key if isinstance(receiver, Instance) else 0)
    vm.entered.add(entry)
    vm.frames.append(frame)
    for name, value in bound.items():
        vm.store.set(frame.scope.key, name, value)
    base = vm.path
    try:
        if isinstance(function.node, ast.Lambda):
            return vm.evaluate(function.node.body)
        end = None
        for statement in function.node.body:
            end = vm.execute(statement)
            if end == STOP:
                break
        if end == STOP and not frame.returns:
            vm.entered.discard(entry)  # it can only raise with these arguments, which says nothing about others
        if end != STOP and frame.returns and not frame.yields:
            frame.returns.append((vm.path, NONE))
    finally:
        vm.frames.pop()
        vm.path = base
        vm.store.drop(frame.scope)
    if frame.yields:
        return new_list(vm, frame.yields, exact=False)
    return choose([(path - base, value) for path, value in frame.returns]) if frame.returns else NONE


def _closure(function: Function) -> Scope:
    scope = function.scope
    return (scope.enclosing() or scope) if scope.is_class else scope


def bind(vm: Machine, function: Function, arguments: Arguments, receiver: Value | None) -> dict[str, Value]:
    """Values by parameter name; what is not passed takes its default, or is unknown."""
    args = function.node.args
    positional = list(arguments.positional)
    if receiver is not None and "staticmethod" not in function.decorators:
        positional.insert(0, receiver)
    keywords = dict(arguments.keywords)
    bound: dict[str, Value] = {}
    for name in positional_names(args):
        if positional:
            bound[name] = _passed(function, name, positional.pop(0))
        elif name in keywords:
            bound[name] = _passed(function, name, keywords.pop(name))
        else:
            bound[name] = _missing(function, name, arguments.complete)
    for name in (arg.arg for arg in args.kwonlyargs):
        bound[name] = keywords.pop(name) if name in keywords else _missing(function, name, arguments.complete)
    if args.vararg is not None:
        bound[args.vararg.arg] = new_list(vm, positional, arguments.complete)
    if args.kwarg is not None:
        rest: dict[object, Value] = dict(keywords.items())
        bound[args.kwarg.arg] = new_dict(vm, rest, arguments.complete)
    return bound


def _passed(function: Function, name: str, value: Value) -> Value:
    """Unknown data is passed under the parameter's own name, so that calls on different data are one call."""
    if isinstance(value, Unknown) and not value.settled:
        return symbol(function, name)
    return value


def _missing(function: Function, name: str, complete: bool) -> Value:
    default = function.defaults.get(name)
    return default if default is not None and complete else symbol(function, name)


def symbol(function: Function, name: str, settled: bool = False) -> Unknown:
    """The unknown value of a parameter."""
    return Unknown(intern(("param", id(function.node), name)), name, settled)


def unknown_arguments(function: Function, receivers: int = 0) -> Arguments:
    """Arguments for an entry point that nobody calls: unknown, a callable or constant default remembered.

    `receivers` is 1 for a method, whose first parameter is bound.
    """
    arguments = Arguments()
    args = function.node.args
    names = [*positional_names(args), *(arg.arg for arg in args.kwonlyargs)]
    for name in names[0 if "staticmethod" in function.decorators else receivers :]:
        default = function.defaults.get(name)
        if isinstance(default, (External, Function, Class, Made, Bound, Partial)):
            arguments.keywords[name] = default
        elif isinstance(default, Const) and default != NONE:
            arguments.keywords[name] = Unknown(symbol(function, name).key, name, True, default)
        else:
            arguments.keywords[name] = symbol(function, name, settled=True)
    return arguments


def youngest(vm: Machine, value: Value) -> int:
    """The largest object number in a value, 0 if it holds none; parts that values share are looked at once."""
    if isinstance(value, (Instance, ListRef, DictRef, Made, Function, Class)):
        return value.key
    parts = parts_of(value)
    if not parts:
        return 0
    if value.key not in vm.ages:
        vm.ages[value.key] = max(youngest(vm, part) for part in parts)
    return vm.ages[value.key]


def parts_of(value: Value) -> tuple[Value, ...]:
    """The values that a value holds; those that a tensor was computed from do not count."""
    if isinstance(value, Tuple):
        return value.items
    if isinstance(value, Choice):
        return tuple(one for _, one in value.alternatives)
    if isinstance(value, Bound):
        return value.receiver, value.function
    if isinstance(value, Method):
        return (value.receiver,)
    if isinstance(value, Partial):
        return value.callee, *value.args, *value.keywords.values()
    return value.values if isinstance(value, Items) else ()
