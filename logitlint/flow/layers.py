"""Containers of layers, functional models, and layers that are configured with an activation."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from ..catalog.model import Activation, Container
from . import tensors
from .containers import contents, extend, item_alternatives
from .machine import Arguments, Machine
from .scope import fresh
from .tree import Site
from .values import (
    NONE,
    Choice,
    Class,
    Const,
    DictRef,
    External,
    Instance,
    Items,
    ListRef,
    Made,
    Tensor,
    Tuple,
    Unknown,
    Value,
)


def fill(vm: Machine, made: Made, values: Mapping[str, Value], arguments: Arguments) -> None:
    """Put the layers given to a container's constructor in it."""
    entry = made.entry
    if not isinstance(entry, Container):
        return
    for name in (entry.outputs, entry.outputs.removesuffix("s")):
        if name in values:
            vm.store.set(made.key, "#outputs", lone(vm, values[name]))
    if entry.form not in ("sequential", "list", "dict"):
        return
    members = values.get(entry.layers.lstrip("*")) if entry.layers else None
    if entry.layers.startswith("*") and isinstance(members, Tuple):
        if len(members.items) == 1 and isinstance(members.items[0], (DictRef, ListRef)):
            members = members.items[0]
        elif not arguments.complete:
            vm.store.set(made.key, "#items", Items(dict(enumerate(members.items)), exact=False))
            return
    if entry.form == "sequential":
        vm.stacks[made.key] = made
    vm.store.set(made.key, "#items", Items({}))
    if isinstance(members, DictRef):
        items = contents(vm, members)
        vm.store.set(made.key, "#items", items or Items({0: Unknown(0)}, exact=False))
    elif members is not None:
        stored = item_alternatives(vm, members)
        if isinstance(stored, (Choice, Items)):
            vm.store.set(made.key, "#items", stored)
        else:
            extend(vm, made, members)


def lone(vm: Machine, outputs: Value) -> Value:
    """The outputs of a model; one in a list is given back on its own, as Keras did before version 3."""
    items = contents(vm, outputs) if isinstance(outputs, (ListRef, Tuple)) else None
    return items.values[0] if items is not None and items.exact and len(items.values) == 1 else outputs


def call_container(vm: Machine, made: Made, arguments: Arguments, node: ast.AST) -> Value:
    """Call a container of layers, or a layer that is configured by other layers."""
    entry = made.entry
    assert isinstance(entry, Container)
    value = arguments.positional[0] if arguments.positional else next(iter(arguments.keywords.values()), Unknown(0))
    outputs = vm.store.get(made.key, "#outputs")
    if outputs is not None:
        return outputs
    if entry.form == "sequential":
        return run_layers(vm, made, value, node)
    if entry.form == "activation":
        where = made.sites.get("activation", made.site)
        activated = activate_with(vm, made.args.get("activation", NONE), value, where, node, made.spelled)
        return named(activated, made)
    if entry.form == "lambda":
        function = next(iter(made.args.values()), Unknown(0))
        return vm.call(function, Arguments([value]), node)
    if entry.form == "time_distributed":
        inner = vm.call(made.args.get("layer", Unknown(0)), Arguments([value]), node)
        return vm.each(inner, lambda one: tensors.passed(one, entry))
    if entry.form == "backbone":
        for head in entry.heads:
            written = vm.store.get(made.key, head)
            if written is not None:
                return vm.call(written, Arguments([Unknown(0)]), node)
    return vm.opaque("call", made.key, value.key or fresh())


def named(value: Value, made: Made) -> Value:
    """The output of a layer that was given a name."""
    name = made.args.get("name")
    return replace(value, layer=str(name.value)) if isinstance(value, Tensor) and isinstance(name, Const) else value


def run_layers(vm: Machine, made: Value, value: Value, node: ast.AST) -> Value:
    """Call the members of a `Sequential` one after the other."""
    vm.called.add(made.key)
    stored = item_alternatives(vm, made)

    def run(items: Value) -> Value:
        result = value
        if not isinstance(items, Items):
            return Unknown(0)
        for member in items.values:
            if isinstance(member, Made) and isinstance(member.entry, Container) and member.entry.form == "input":
                continue
            result = call_layer(vm, member, result, node)
        return result

    return vm.each(stored, run) if stored is not None else Unknown(0)


def call_layer(vm: Machine, layer: Value, value: Value, node: ast.AST) -> Value:
    """Call a member of a container: what it makes was made where the layer is written."""
    if isinstance(layer, Choice):
        return vm.each(layer, lambda one: call_layer(vm, one, value, node))
    if layer == NONE:
        return value
    if isinstance(layer, Made):
        frame = vm.frame
        outer = frame.tree, frame.block
        frame.tree, frame.block = layer.site.tree, layer.site.block
        try:
            return vm.call(layer, Arguments([value]), layer.site.node)
        finally:
            frame.tree, frame.block = outer
    if isinstance(layer, Class):
        return Unknown(0)
    return vm.call(layer, Arguments([value]), node)


def activate_with(vm: Machine, spec: Value, value: Value, site: Site, node: ast.AST, path: str) -> Value:
    """Apply what stands in an `activation=` argument: a name, a function, a layer, or nothing."""
    spec = vm.settle(spec)
    if isinstance(spec, Choice):
        return vm.each(spec, lambda one: activate_with(vm, one, value, site, node, path))
    if spec == NONE:
        return value
    if isinstance(spec, Const):
        entry = vm.catalog.by_string.get((Activation, str(spec.value)))
        return tensors.activate(vm, entry, value, site, None, path) if isinstance(entry, Activation) else Unknown(0)
    if isinstance(spec, External):
        entry = vm.catalog.find(spec.path)
        if isinstance(entry, Activation) and entry.kind == "function":
            return tensors.activate(vm, entry, value, site, None, spec.path)
    return vm.call(spec, Arguments([value]), node)


def output_of(vm: Machine, model: Value, node: ast.AST) -> Value:
    """What a model gives for unknown inputs; a tensor is its own output."""
    if isinstance(model, Choice):
        return vm.each(model, lambda one: output_of(vm, one, node))
    if isinstance(model, (Made, Instance)):
        return vm.call(model, Arguments([Unknown(0)]), node)
    return model if isinstance(model, Tensor) else Unknown(0)
