"""Running a program: module bodies in order, then everything that nothing called, with unknown arguments."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import libcst as cst

from ..catalog import Catalog
from .calls import apply
from .expressions import EXPRESSIONS
from .functions import enter, unknown_arguments
from .imports import module_key, run_module
from .machine import Arguments, Exhausted, Frame, Machine
from .objects import ancestry, class_attribute
from .project import Project
from .statements import STATEMENTS, run_body
from .tree import Tree
from .uses import Record
from .values import Class, Function, Instance, Unknown

MODULE_STEPS = 200_000
ENTRY_STEPS = 50_000
RECURSION = 15_000


def run_program(catalog: Catalog, project: Project, trees: Sequence[Tree]) -> tuple[Record, int]:
    """Run the trees as main programs; the record of uses, and how many entry points hit a bound."""
    vm = Machine(catalog, project, EXPRESSIONS, STATEMENTS, apply, load)
    with deep_recursion():
        for tree in trees:
            run_module(vm, tree)
        for tree in trees:
            run_uncalled(vm, tree)
        for tree in trees:
            run_stacks(vm, tree)
    return vm.record, vm.truncated


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow the recursion that nested expressions in nested calls need."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def load(vm: Machine, tree: Tree) -> None:
    """Run the body of a module, block by block."""
    with bounded(vm, MODULE_STEPS):
        for block, (_, module) in enumerate(tree.modules):
            vm.frame.block = block
            run_body(vm, module.body)


@contextmanager
def bounded(vm: Machine, steps: int) -> Iterator[None]:
    """Run an entry point for at most so many steps; what was learned until then stays."""
    outer, start = vm.limit, vm.steps
    vm.limit = start + steps
    frames, path = list(vm.frames), vm.path
    with vm.store.apart():
        try:
            yield
        except (Exhausted, RecursionError):
            vm.truncated += 1
            vm.frames, vm.path = frames, path
        finally:
            vm.limit = outer + (vm.steps - start) if outer else 0


def run_uncalled(vm: Machine, tree: Tree) -> None:
    """Enter every function and method of a tree that nothing has called."""
    base = Frame(tree, 0, vm.module_scopes[module_key(tree)])
    vm.frames = [base]
    done = 0
    while done < len(vm.defined):
        value = vm.defined[done]
        done += 1
        if value.tree is not tree:
            continue
        base.block = value.block
        if isinstance(value, Class):
            run_class(vm, value)
        elif not value.scope.is_class and (id(value.node), 0) not in vm.entered:
            with bounded(vm, ENTRY_STEPS):
                enter(vm, value, unknown_arguments(value), None, None)
    vm.frames = []


def run_stacks(vm: Machine, tree: Tree) -> None:
    """Call every Keras `Sequential` that is made in a tree and never called: what it stacks may be wrong in itself."""
    vm.frames = [Frame(tree, 0, vm.module_scopes[module_key(tree)])]
    for key, made in list(vm.stacks.items()):
        if key not in vm.called and made.site.tree is tree and made.entry.name.startswith("keras"):
            vm.frame.block = made.site.block
            with bounded(vm, ENTRY_STEPS):
                vm.call(made, Arguments([Unknown(0)]), made.site.node)
    vm.frames = []


def run_class(vm: Machine, cls: Class) -> None:
    """Enter the methods of a class that nothing has called, on an object of it."""
    if cls.key not in vm.instances:
        init = class_attribute(vm, cls, "__init__")
        arguments = unknown_arguments(init, receivers=1) if isinstance(init, Function) else Arguments()
        with bounded(vm, ENTRY_STEPS):
            vm.call(cls, arguments, cls.node)
    instance = vm.instances.get(cls.key, [None])[0]
    if not isinstance(instance, Instance):
        return
    for method in methods(vm, cls):
        if (id(method.node), cls.key) not in vm.entered:
            with bounded(vm, ENTRY_STEPS):
                enter(vm, method, unknown_arguments(method, receivers=1), instance, method.owner)


def methods(vm: Machine, cls: Class) -> Iterator[Function]:
    """A class's own methods, and inherited ones that call something which the class defines itself."""
    own = {name for name in vm.store.names(cls.key)}
    seen: set[str] = set()
    for base in ancestry(cls):
        if not isinstance(base, Class):
            continue
        for name in vm.store.names(base.key):
            found = class_attribute(vm, cls, name)
            if name in seen or not isinstance(found, Function) or not isinstance(found.node, cst.FunctionDef):
                continue
            seen.add(name)
            if base is cls or own & asked_of_self(found.node):
                yield found


@functools.lru_cache(maxsize=16384)
def asked_of_self(function: cst.FunctionDef) -> frozenset[str]:
    """The attributes that a method reads from `self`; calling `self` reads `forward`."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
            found.add(node.attr.value)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "self":
            found.update(("forward", "call", "__call__"))
        stack.extend(node.children)
    return frozenset(found)


