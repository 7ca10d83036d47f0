"""What the catalog's names do when they are called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..catalog.model import (
    Activation,
    Container,
    Distribution,
    Entry,
    Keep,
    Layer,
    Loss,
    Metric,
    Op,
    Reader,
    Trainer,
    Wrapper,
)
from . import layers, losses, tensors, terms
from .machine import Arguments, Machine
from .objects import ancestry
from .scope import fresh
from .tree import Site
from .values import (
    ALWAYS,
    NONE,
    Class,
    Const,
    External,
    Instance,
    Made,
    Partial,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    leaves,
)


def call_entry(vm: Machine, entry: Entry, path: str, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function of the catalog, or make an object of one of its classes."""
    values, sites = arguments.bind(entry.params)
    site = vm.site(node)
    if isinstance(entry, Wrapper):
        return wrap(entry, values)
    if entry.kind == "class" or isinstance(entry, Container):
        made = Made(fresh(), entry, values, site, sites, path)
        if isinstance(entry, Container):
            vm.record.entered.add(id(node))
        layers.fill(vm, made, values, arguments)
        if isinstance(entry, Distribution):
            distribution(vm, made)
        if isinstance(entry, Trainer):
            losses.train(vm, entry, values, site, node)
        return made
    if isinstance(entry, Trainer):
        losses.train(vm, entry, values, site, node)
        return Unknown(0)
    return perform(vm, entry, values, values, sites, site, path, node)


def call_made(vm: Machine, made: Made, arguments: Arguments, node: ast.AST) -> Value:
    """Call an object of a class of the catalog."""
    values, sites = arguments.bind(made.entry.call)
    if isinstance(made.entry, (Container, Layer)):
        vm.record.layered.add(id(node))
    if isinstance(made.entry, Container):
        return layers.call_container(vm, made, arguments, node)
    site = vm.site(node)
    if isinstance(made.entry, Loss):
        return losses.call_loss(vm, made.entry, made.args, values, site, (made.site,), made.spelled)
    result = perform(vm, made.entry, made.args, values, {**made.sites, **sites}, site, made.spelled, node)
    if isinstance(made.entry, (Layer, Activation)):
        return choose([(g, made_by(v, made.site)) for g, v in alternatives(result)])
    return result


def made_by(value: Value, maker: Site) -> Value:
    """A tensor that knows where the layer was made that gave it its space."""
    return replace(value, maker=maker) if isinstance(value, Tensor) and value.space is not None else value


def perform(
    vm: Machine,
    entry: Entry,
    options: Mapping[str, Value],
    values: Mapping[str, Value],
    sites: Mapping[str, Site],
    site: Site,
    path: str,
    node: ast.AST,
) -> Value:
    """Apply a row to its operands: `options` configure it, `values` are what it is called with."""
    handler = ROLES.get(type(entry))
    return handler(vm, entry, options, values, sites, site, path, node) if handler else Unknown(0)


def first(entry: Entry, values: Mapping[str, Value], name: str) -> Value:
    """The operand of a one-operand row, by its name or as the first argument."""
    if name in values:
        return values[name]
    return next(iter(values.values()), Unknown(0))


def activation(
    vm: Machine, entry: Activation, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any
) -> Value:
    axis = options.get(entry.axis) or values.get(entry.axis) if entry.axis else None
    return tensors.activate(vm, entry, first(entry, values, entry.value), site, axis, path)


def loss(vm: Machine, entry: Loss, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any) -> Value:
    return losses.call_loss(vm, entry, options, values, site, (), path)


def metric(
    vm: Machine, entry: Metric, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any
) -> Value:
    if entry.prediction in values:
        vm.use("metric", site, values[entry.prediction], entry=entry, args=options, spelled=path)
    return Unknown(0)


CHANNELS_FIRST = (Const("channels_first"), Const("NCHW"))
"""Layouts in which the units are not on the last axis."""


def layer(vm: Machine, entry: Layer, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any) -> Value:
    where = sites.get(entry.activation, site)
    value = first(entry, values, entry.value)
    is_first = options.get("data_format") in CHANNELS_FIRST
    result = tensors.linear(vm, entry, value, site, None if is_first else options.get(entry.units))
    if isinstance(result, Tensor) and isinstance(name := options.get("name"), Const):
        result = replace(result, layer=str(name.value))
    spec = options.get(entry.activation)
    if spec is None:
        default = entry.defaults.get(entry.activation)
        spec = Const(default) if default is not None else None
    if spec is None:
        return result
    activated = layers.activate_with(vm, spec, result, where, node, path)
    if is_first and isinstance(activated, Tensor):
        activated = replace(activated, axis=Unknown(0))
    if isinstance(activated, Tensor) and isinstance(result, Tensor) and result.layer:
        return replace(activated, layer=result.layer)
    return activated


def keep(vm: Machine, entry: Keep, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any) -> Value:
    value = first(entry, values, entry.value)
    rest = tuple(v for k, v in values.items() if k != entry.value)
    return tensors.keep(vm, entry, value, site, rest)


def op(vm: Machine, entry: Op, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any) -> Value:
    """An operation of a formula; a two-operand `max` is `maximum`."""
    operands: list[Value] = []
    if entry.op == "clip":
        values = {name: value for name, value in values.items() if value != NONE}
    for name in entry.operands:
        found = values.get(name.lstrip("*"))
        if found is not None and name.startswith("*") and isinstance(found, Tuple):
            operands += found.items
        elif found is not None:
            operands.append(found)
    if entry.op == "matmul":
        operands = [v for v in values.values() if isinstance(v, (Tensor, Unknown))] or operands
    name, axis = entry.op, values.get(entry.axis) if entry.axis else None
    if name in ("max", "min") and isinstance(axis, Tensor):
        name, operands, axis = name + "imum", [*operands, axis], None
    if name == "blank":
        return vm.opaque("blank", id(site), name="blank")
    if name == "epsilon":
        return Const(1e-7)
    if name == "clip" and "min" not in values and "max" in values and len(operands) == 2:
        name = "minimum"
    return terms.operation(vm, name, tuple(operands), site, axis, path)


def reader(
    vm: Machine, entry: Reader, options: Any, values: Any, sites: Any, site: Site, path: str, node: Any
) -> Value:
    """A reader; what it gives has no space, but is the same wherever it reads the same."""
    value = first(entry, values, entry.value)
    level = values.get(entry.level) if entry.level else None
    if entry.reads == "round" and len(values) == 1:
        vm.use("threshold", site, value, entry=entry, detail="round", spelled=path)
    elif entry.reads == "compare" and level is not None:
        return terms.compare(vm, ">", value, level, site)
    elif entry.reads in ("argmax", "rank", "score"):
        vm.use("argmax", site, value, entry=entry)
    else:
        vm.use("other", site, value, entry=entry, spelled=path)
    return vm.opaque(entry.name, value.key or fresh())


def distribution(vm: Machine, made: Made) -> None:
    """A distribution reads its `probs` or its `logits` where it is made."""
    entry = made.entry
    assert isinstance(entry, Distribution)
    for name, expects in ((entry.probs, "probabilities"), (entry.logits, "logits")):
        if name in made.args:
            vm.use("distribution", made.site, made.args[name], entry=entry, expects=expects, spelled=made.spelled)


def wrap(entry: Wrapper, values: Mapping[str, Value]) -> Value:
    """A wrapper stands for what it wraps."""
    inner = values.get(entry.value)
    if inner is None:
        return External("builtins.identity")
    return inner if entry.result == "same" else Partial(inner, (), {}, entry.result)


def base_entry(vm: Machine, cls: Value) -> tuple[Entry | None, str]:
    """The first base class that the catalog explains in any role."""
    for base in ancestry(cls):
        if isinstance(base, External) and (entry := vm.catalog.find(base.path)) is not None:
            return entry, base.path
    return None, ""


def make_base(vm: Machine, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """`super().__init__(...)` of a class derived from one of the catalog's."""
    cls: Value = instance.cls
    entry, path = base_entry(vm, cls) if isinstance(cls, Class) else (None, "")
    if isinstance(entry, Container):
        values, sites = arguments.bind(entry.params)
        made = Made(instance.key, entry, values, vm.site(node), sites, path)
        layers.fill(vm, made, values, arguments)
    elif isinstance(entry, Trainer):
        losses.train(vm, entry, arguments.bind(entry.params)[0], vm.site(node), node)


def escape(vm: Machine, arguments: Arguments, node: ast.AST) -> None:
    """Values given to a call that cannot be followed are used there."""
    for value in (*arguments.positional, *arguments.keywords.values()):
        if any(isinstance(v, Tensor) and v.space is not None for v in leaves(value, ALWAYS)):
            vm.use("other", vm.site(node), value)


ROLES: dict[type[Entry], Callable[..., Value]] = {
    Activation: activation,
    Loss: loss,
    Metric: metric,
    Layer: layer,
    Keep: keep,
    Op: op,
    Reader: reader,
}
