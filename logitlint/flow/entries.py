"""What nothing in the program calls is run all the same, with unknown arguments."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Hashable, Iterator

from .bounds import FILE_STEPS, INHERITED_STEPS, TELLING_STEPS, Budget
from .functions import enter, unknown_arguments
from .imports import module_key
from .machine import Arguments, Frame, Machine
from .names import asked_of_self, names_in
from .objects import ancestry, class_attribute
from .summaries import ENOUGH
from .tree import Tree
from .values import Class, Function, Unknown


def run_uncalled(vm: Machine, tree: Tree) -> None:
    """Enter every function and method of a tree that nothing has called.

    First what names an activation, a loss or a logarithm itself; then the rest, of functions that use the same names a
    few. Both as far as the bounds of the file allow.
    """
    base = Frame(tree, 0, vm.module_scopes[module_key(tree)])
    vm.frames = [base]
    telling = Budget(vm, TELLING_STEPS)
    others: list[Function | Class] = []
    shapes: Counter[Hashable] = Counter()
    for value in vm.defined_in(tree):
        if is_entered(vm, value):
            continue
        shape = names_in(value.node, vm.catalog.words)
        shapes[shape] += 1
        if shape & vm.catalog.words:
            base.block = value.block
            run_entry(vm, value, telling)
        elif shapes[shape] <= ENOUGH:
            others.append(value)
    rest = Budget(vm, FILE_STEPS)
    for value in others:
        base.block = value.block
        run_entry(vm, value, rest)
    vm.frames = []


def is_entered(vm: Machine, value: Function | Class) -> bool:
    """Whether a function has been called; a method belongs to its class."""
    return isinstance(value, Function) and (value.scope.is_class or (id(value.node), 0) in vm.entered)


def run_entry(vm: Machine, value: Function | Class, budget: Budget) -> None:
    """Enter a function with unknown arguments, unless it was called; of a class its methods."""
    if isinstance(value, Class):
        run_class(vm, value, budget)
    elif not is_entered(vm, value):
        budget.spend(enter, vm, value, unknown_arguments(value), None, None)


def run_instances(vm: Machine, tree: Tree) -> None:
    """Enter the uncalled methods of classes of which the program has made objects."""
    base = Frame(tree, 0, vm.module_scopes[module_key(tree)])
    vm.frames = [base]
    budget = Budget(vm, FILE_STEPS)
    for value in vm.defined_in(tree):
        if isinstance(value, Class) and value.key in vm.instances:
            base.block = value.block
            run_class(vm, value, budget)
    vm.frames = []


def run_stacks(vm: Machine, tree: Tree) -> None:
    """Call every Keras `Sequential` that is made in a tree and never called: what it stacks may be wrong in itself."""
    vm.frames = [Frame(tree, 0, vm.module_scopes[module_key(tree)])]
    budget = Budget(vm, FILE_STEPS)
    for key, made in list(vm.stacks.items()):
        if key not in vm.called and made.site.tree is tree and made.entry.name.startswith("keras"):
            vm.frame.block = made.site.block
            budget.spend(vm.call, made, Arguments([Unknown(0)]), made.site.node)
    vm.frames = []


def run_class(vm: Machine, cls: Class, budget: Budget) -> None:
    """Enter the methods of a class that nothing has called, on the objects of it that are known."""
    if cls.key not in vm.instances:
        init = class_attribute(vm, cls, "__init__")
        arguments = unknown_arguments(init, receivers=1) if isinstance(init, Function) else Arguments()
        budget.spend(vm.call, cls, arguments, cls.node)
    uncalled = [method for method in methods(vm, cls) if (id(method.node), cls.key) not in vm.entered]
    for instance in vm.instances.get(cls.key, []):
        for method in uncalled:
            if method.owner is cls or vm.inherited[id(method.node)] < INHERITED_STEPS:
                before = vm.steps
                budget.spend(enter, vm, method, unknown_arguments(method, receivers=1), instance, method.owner)
                if method.owner is not cls:
                    vm.inherited[id(method.node)] += vm.steps - before


def methods(vm: Machine, cls: Class) -> Iterator[Function]:
    """A class's own methods, and inherited ones that call something which the class defines itself."""
    own = set(vm.store.names(cls.key))
    seen: set[str] = set()
    for base in ancestry(cls):
        if not isinstance(base, Class):
            continue
        for name in vm.store.names(base.key):
            found = class_attribute(vm, cls, name)
            if name in seen or not isinstance(found, Function) or isinstance(found.node, ast.Lambda):
                continue
            seen.add(name)
            if base is cls or own & _asked(vm, found):
                yield found


def _asked(vm: Machine, method: Function) -> frozenset[str]:
    """What a method asks of `self`, looked up once for all classes that inherit it."""
    key = id(method.node)
    if key not in vm.asked:
        vm.asked[key] = asked_of_self(method.node)
    return vm.asked[key]
