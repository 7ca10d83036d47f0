"""What calling each kind of value does."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..catalog.model import Entry
from . import builtins, library, methods
from .containers import contents
from .functions import enter
from .machine import Arguments, Machine
from .objects import ancestry, class_attribute, external_base
from .runs import MAX_OBJECTS, meaning
from .scope import fresh
from .summaries import ENOUGH, kinds
from .values import (
    Bound,
    Class,
    External,
    Function,
    Instance,
    Items,
    Made,
    Method,
    Partial,
    Super,
    Tuple,
    Unknown,
    Value,
)

MAX_INSTANCES = 3
"""How many objects of one class are remembered for methods that nobody calls."""

ENTRY_METHODS = ("forward", "call", "__call__")


def apply(vm: Machine, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
    """Call a value that is no choice."""
    handler = CALLS.get(type(callee))
    if handler is None:
        library.escape(vm, arguments, node)
        return vm.opaque("call", id(node), callee.key)
    return handler(vm, callee, arguments, node)


def call_function(vm: Machine, callee: Function, arguments: Arguments, node: ast.AST) -> Value:
    return enter(vm, callee, arguments, None, None, node)


def call_bound(vm: Machine, callee: Bound, arguments: Arguments, node: ast.AST) -> Value:
    function = callee.function
    if isinstance(function, Function):
        return enter(vm, function, arguments, callee.receiver, function.owner, node)
    return vm.call(function, arguments, node)


def call_partial(vm: Machine, callee: Partial, arguments: Arguments, node: ast.AST) -> Value:
    merged = Arguments(
        [*callee.args, *arguments.positional],
        {**callee.keywords, **arguments.keywords},
        {k + len(callee.args) if isinstance(k, int) else k: s for k, s in arguments.sites.items()},
        arguments.complete,
    )
    result = vm.call(callee.callee, merged, node)
    return Tuple((result, Unknown(fresh()))) if callee.result == "value_and_grad" else result


def call_class(vm: Machine, callee: Class, arguments: Arguments, node: ast.AST) -> Value:
    """Make an object: run `__init__`, or set the annotated fields of a dataclass or flax module."""
    kind = (callee.key, kinds(vm, arguments.positional, arguments.keywords))
    alike = vm.summaries.setdefault(kind, [])
    if len(alike) >= ENOUGH:
        return alike[-1]
    given = [contents(vm, value) or value for value in (*arguments.positional, *arguments.keywords.values())]
    means = meaning(given, vm.traits, vm.catalog.words)
    similar = vm.runs.objects[callee.key, means]
    if len(similar) >= MAX_OBJECTS:
        return similar[-1]
    instance = Instance(fresh(), callee, vm.site(node))
    alike.append(instance)
    similar.append(instance)
    vm.kinds[instance.key] = kind
    vm.traits[instance.key] = means
    remembered = vm.instances.setdefault(callee.key, [])
    if len(remembered) < MAX_INSTANCES:
        remembered.append(instance)
    initialise(vm, instance, arguments, node)
    return instance


def initialise(vm: Machine, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Give a new object its attributes."""
    init = class_attribute(vm, instance.cls, "__init__")
    if isinstance(init, Function):
        enter(vm, init, arguments, instance, init.owner, node)
    else:
        names = [n for base in reversed(list(ancestry(instance.cls))) for n in annotated_fields(base)]
        values, _ = arguments.bind(dict.fromkeys(names))
        for name, value in values.items():
            if name in names:
                vm.store.set(instance.key, name, value)
        if any(isinstance(b, External) and b.path.endswith("NamedTuple") for b in ancestry(instance.cls)):
            vm.store.set(instance.key, "#items", Items(dict(enumerate(values[n] for n in names if n in values))))
        library.make_base(vm, instance, arguments, node)
    setup = class_attribute(vm, instance.cls, "setup")
    entry, _ = external_base(vm, instance.cls)
    if isinstance(setup, Function) and entry is not None and entry.name.startswith("flax"):
        enter(vm, setup, Arguments(), instance, setup.owner)


def annotated_fields(cls: Value) -> list[str]:
    """The annotated names in a class body, in order."""
    if not isinstance(cls, Class):
        return []
    statements = [s for s in cls.node.body if isinstance(s, ast.AnnAssign)]
    return [s.target.id for s in statements if isinstance(s.target, ast.Name)]


def call_instance(vm: Machine, callee: Instance, arguments: Arguments, node: ast.AST) -> Value:
    """Calling an object calls its `forward`, `call` or `__call__`, or what its base class does."""
    for name in ENTRY_METHODS:
        written = vm.store.get(callee.key, name)
        found = written if written is not None else class_attribute(vm, callee.cls, name)
        if isinstance(found, Function) and written is None:
            return enter(vm, found, arguments, callee, found.owner, node)
        if found is not None:
            return vm.call(found, arguments, node)
    entry, path = library.base_entry(vm, callee.cls)
    if entry is not None:
        return library.call_made(vm, stand_in(callee, entry, path), arguments, node)
    library.escape(vm, arguments, node)
    return vm.opaque("call", id(node), callee.key)


def stand_in(instance: Instance, entry: Entry, path: str) -> Made:
    """An object of a class derived from one of the catalog's, seen as an object of that one."""
    assert instance.site is not None
    return Made(instance.key, entry, {}, instance.site, {}, path)


def call_made(vm: Machine, callee: Made, arguments: Arguments, node: ast.AST) -> Value:
    return library.call_made(vm, callee, arguments, node)


def call_external(vm: Machine, callee: External, arguments: Arguments, node: ast.AST) -> Value:
    builtin = builtins.BUILTINS.get(callee.path) or builtins.BUILTINS.get(vm.catalog.canonical(callee.path))
    if builtin is not None:
        return builtin(vm, arguments, node)
    entry = vm.catalog.find(callee.path)
    if entry is not None:
        return library.call_entry(vm, entry, callee.path, arguments, node)
    return call_class_method(vm, callee, arguments, node)


def call_class_method(vm: Machine, callee: External, arguments: Arguments, node: ast.AST) -> Value:
    """`torch.Tensor.log(x)`, `nn.Module.__init__(self)`: a method called through its class; else unknown."""
    owner, _, name = callee.path.rpartition(".")
    if owner.endswith("Tensor") and arguments.positional:
        rest = Arguments(arguments.positional[1:], arguments.keywords, {}, arguments.complete)
        return methods.call_method(vm, Method(arguments.positional[0], name), rest, node)
    library.escape(vm, arguments, node)
    if arguments.positional and isinstance(arguments.positional[0], Instance) and name == "__init__":
        rest = Arguments(arguments.positional[1:], arguments.keywords, {}, arguments.complete)
        library.make_base(vm, arguments.positional[0], rest, node)
    return vm.opaque("call", callee.path, *(a.key or fresh() for a in arguments.positional), id(node))


def call_method(vm: Machine, callee: Method, arguments: Arguments, node: ast.AST) -> Value:
    receiver = callee.receiver
    if isinstance(receiver, Super):
        if callee.name == "__init__" and isinstance(receiver.receiver, Instance):
            library.make_base(vm, receiver.receiver, arguments, node)
        if callee.name in ENTRY_METHODS and isinstance(receiver.receiver, Instance):
            entry, path = library.base_entry(vm, receiver.cls)
            if entry is not None:
                return library.call_made(vm, stand_in(receiver.receiver, entry, path), arguments, node)
        return Unknown(0)
    if isinstance(receiver, Instance) and callee.name in ENTRY_METHODS:
        return vm.call(receiver, arguments, node)
    return methods.call_method(vm, callee, arguments, node)


CALLS: dict[type, Callable[[Machine, Any, Arguments, ast.AST], Value]] = {
    Function: call_function,
    Bound: call_bound,
    Partial: call_partial,
    Class: call_class,
    Instance: call_instance,
    Made: call_made,
    External: call_external,
    Method: call_method,
}
