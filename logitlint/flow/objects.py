"""Names and attributes: scopes, modules, classes, instances, and what others write on them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..catalog.model import Container, Distribution
from .functions import enter
from .imports import force, star_value
from .machine import Arguments, Machine, present
from .scope import Scope, under
from .values import (
    Bound,
    Choice,
    Class,
    Const,
    External,
    Function,
    Imported,
    Instance,
    ListRef,
    Made,
    Method,
    ModuleRef,
    Super,
    Tensor,
    Unknown,
    Value,
    intern,
)


def lookup(vm: Machine, name: str) -> Value:
    """The value of a name as seen from the running code."""
    scope: Scope | None = vm.frame.scope
    assert scope is not None
    if name in scope.outer:
        scope = scope.outer[name]
    while scope is not None:
        value = vm.store.get(scope.key, name)
        if value is not None:
            value = under(value, vm.path)
            return force(vm, value) if isinstance(value, Imported) else value
        if scope.stars and (value := star_value(vm, scope, name)) is not None:
            return value
        scope = scope.enclosing()
    return External("builtins." + name)


def attribute(vm: Machine, value: Value, name: str, node: ast.AST) -> Value:
    """`value.name`."""
    value = present(value)
    if isinstance(value, Choice):
        if name in vm.catalog.by_method and all(isinstance(v, (Tensor, Unknown)) for _, v in value.alternatives):
            return Method(value, name)
        return vm.each(value, lambda one: attribute(vm, one, name, node))
    written = written_attribute(vm, value, name)
    if written is not None and not isinstance(value, Class):
        return force(vm, written) if isinstance(written, Imported) else written
    if isinstance(value, External):
        return External(f"{value.path}.{name}")
    if isinstance(value, Instance):
        return instance_attribute(vm, value, value.cls, name, node)
    if isinstance(value, Super):
        for base in value.cls.bases:
            found = class_attribute(vm, base, name)
            if found is not None:
                return bind_attribute(vm, found, value.receiver, name, node)
        return Method(value, name)
    if isinstance(value, Class):
        found = class_attribute(vm, value, name)
        if isinstance(found, Function) and "classmethod" in found.decorators:
            return Bound(value, found)
        return found if found is not None else Method(value, name)
    if isinstance(value, ModuleRef):
        return module_attribute(vm, value, name)
    if isinstance(value, (Tensor, Unknown)) and name in SAME_TENSOR:
        return value
    if name == "module" and isinstance(value, Made):
        return value
    if isinstance(value, Made) and name in value.args:
        if isinstance(value.entry, Distribution):
            vm.use("distribution method", vm.site(node), value, entry=value.entry, detail=name)
        return value.args[name]
    if isinstance(value, Unknown):
        if not value.settled or name in vm.catalog.by_method:
            return Method(value, name)
        return Unknown(intern(("attribute", value.key, name)), name, settled=True)
    return Method(value, name)


def written_attribute(vm: Machine, value: Value, name: str) -> Value | None:
    """What the program itself has written to an attribute."""
    owner = owner_of(value)
    found = vm.store.get(owner, name) if owner is not None else None
    return under(found, vm.path) if found is not None else None


SAME_TENSOR = frozenset({"data", "T", "mT", "values", "real"})
"""Attributes of a tensor that hold the same elements."""


def owner_of(value: Value) -> object | None:
    """Under which number a value's attributes are in the store, None if it cannot have any."""
    if isinstance(value, (Instance, Made, Class, ModuleRef, ListRef)):
        return value.key
    if isinstance(value, External):
        return value.path
    if isinstance(value, Unknown) and value.key:
        return ("unknown", value.key)
    return None


def set_attribute(vm: Machine, value: Value, name: str, new: Value) -> None:
    """`value.name = new`."""
    if isinstance(value, Choice):
        for _, one in value.alternatives:
            set_attribute(vm, one, name, new)
        return
    owner = owner_of(value)
    if owner is not None:
        vm.store.set(owner, name, new)


def module_attribute(vm: Machine, module: ModuleRef, name: str) -> Value:
    """A name of a project module, or one of its submodules."""
    found = vm.store.get(module.key, name)
    if found is None:
        found = vm.store.get(module.key, "#submodule " + name)
    if found is None:
        return Unknown(intern(("attribute", module.key, name)), name)
    return force(vm, found) if isinstance(found, Imported) else found


def ancestry(cls: Value, seen: frozenset[int] = frozenset()) -> Iterator[Value]:
    """A class and its bases, depth first; classes outside the project as they are named."""
    if isinstance(cls, Choice):
        for _, one in cls.alternatives:
            yield from ancestry(one, seen)
    elif isinstance(cls, Class):
        if cls.key not in seen:
            yield cls
            for base in cls.bases:
                yield from ancestry(base, seen | {cls.key})
    else:
        yield cls


def external_base(vm: Machine, cls: Value) -> tuple[Container | None, str]:
    """The first base class that the catalog explains, and its dotted name."""
    for base in ancestry(cls):
        if isinstance(base, External):
            entry = vm.catalog.find(base.path)
            if isinstance(entry, Container):
                return entry, base.path
    return None, ""


def class_attribute(vm: Machine, cls: Value, name: str) -> Value | None:
    """An attribute of a class or of its bases."""
    for base in ancestry(cls):
        if isinstance(base, Class):
            found = vm.store.get(base.key, name)
            if found is not None:
                return found
    return None


def instance_attribute(vm: Machine, value: Instance, cls: Value, name: str, node: ast.AST) -> Value:
    """An attribute of an object that nobody wrote on the object itself."""
    if name == "__class__":
        return value.cls
    found = class_attribute(vm, cls, name)
    if found is None:
        entry, _ = external_base(vm, cls)
        if name == "training" and (entry is not None or all(isinstance(b, Class) for b in ancestry(cls))):
            return Unknown(intern(("attribute", value.key, name)), name, settled=True)
        return value if name == "module" else Method(value, name)
    return bind_attribute(vm, found, value, name, node)


def bind_attribute(vm: Machine, found: Value, receiver: Value, name: str, node: ast.AST) -> Value:
    """Bind a function found on a class to its receiver; a property is called."""
    if isinstance(found, Choice):
        return vm.each(found, lambda one: bind_attribute(vm, one, receiver, name, node))
    if not isinstance(found, Function):
        return found
    if found.decorators & {"property", "cached_property", "lazy_property", "define_scope"}:
        return enter(vm, found, Arguments(), receiver, found.owner)
    if "staticmethod" in found.decorators:
        return found
    if "classmethod" in found.decorators and isinstance(receiver, Instance):
        return Bound(receiver.cls, found)
    return Bound(receiver, found)


def text(value: Value | None) -> str | None:
    """The string that a value is, or None."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None
