"""Keras models: `compile` pairs each output with its loss and its metrics; `predict` gives the output."""

from __future__ import annotations

import ast

from ..catalog.model import Loss, Metric
from .containers import contents
from .layers import output_of
from .losses import apply_loss
from .machine import Arguments, Machine
from .tree import Site
from .values import (
    NONE,
    Const,
    DictRef,
    External,
    Function,
    Instance,
    ListRef,
    Made,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    leaves,
)

COMPILE = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
PREDICTS = frozenset({"predict", "predict_on_batch", "predict_proba", "predict_step"})


def compile_model(vm: Machine, model: Value, arguments: Arguments, node: ast.Call) -> Value:
    """`model.compile(loss=…, metrics=…)`: each loss and metric reads the output that it is given for."""
    values, sites = arguments.bind(COMPILE)
    output = output_of(vm, model, node)
    outputs = members(vm, output)
    loss = vm.settle(values.get("loss", NONE))
    where = sites.get("loss", vm.site(node))
    for number, (name, one) in enumerate(outputs.items()):
        for part, site in parts(vm, loss, where, name, number, len(outputs)):
            apply_loss(vm, part, one, site, node, target_first=True)
    for name in ("metrics", "weighted_metrics"):
        given = values.get(name)
        if given is not None:
            read_metrics(vm, given, sites.get(name, vm.site(node)), outputs, loss)
    return NONE


def members(vm: Machine, output: Value) -> dict[object, Value]:
    """The outputs of a model, one or several, by name: a key of its dict of outputs, or the name of the last layer."""
    items = contents(vm, output)
    if items is not None and items.exact:
        named = isinstance(output, DictRef)
        return {k if named else layer_name(v) or k: v for k, v in items.entries.items()}
    return {layer_name(output): output}


def layer_name(output: Value) -> str | None:
    """The name given to the layer that made an output."""
    return next((t.layer for t in leaves(output) if isinstance(t, Tensor) and t.layer), None)


def parts(vm: Machine, given: Value, site: Site, name: object, number: int, count: int) -> list[tuple[Value, Site]]:
    """What a `loss` or `metrics` argument holds for one output: all of it, or one entry of a list or dict."""
    items = contents(vm, given) if isinstance(given, (DictRef, ListRef, Tuple)) else None
    if items is None:
        return [(given, site)]
    if isinstance(given, DictRef):
        if name in items.entries:
            return [(items.entries[name], element_site(site, name))]
        return [(items.values[0], element_site(site, None, 0))] if count == 1 and len(items.entries) == 1 else []
    if items.exact and number < len(items.values) and (count > 1 or len(items.values) == 1):
        return [(items.values[number], element_site(site, None, number))]
    return []


def element_site(site: Site, name: object, number: int = 0) -> Site:
    """The place of one entry of a list or dict display; the whole argument if it is not written out."""
    node = site.node
    if isinstance(node, ast.Dict):
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            written = key.value if isinstance(key, ast.Constant) else None
            if key is not None and (written == name if name is not None else index == number):
                return site.tree.site(value, site.block)
    if isinstance(node, (ast.List, ast.Tuple)) and number < len(node.elts):
        return site.tree.site(node.elts[number], site.block)
    return site


def read_metrics(vm: Machine, given: Value, site: Site, outputs: dict[object, Value], loss: Value) -> None:
    """Every metric reads its output; the loss tells whether that output is meant as logits."""
    for number, (name, output) in enumerate(outputs.items()):
        if isinstance(given, DictRef):
            for part, where in parts(vm, given, site, name, number, len(outputs)):
                read_each(vm, part, where, output, loss)
        else:
            nested = contents(vm, given)
            inner = nested.values[number] if nested and len(outputs) > 1 and number < len(nested.values) else given
            chosen = inner if isinstance(inner, (ListRef, Tuple)) else given
            read_each(vm, chosen, element_site(site, None, number) if chosen is not given else site, output, loss)


def read_each(vm: Machine, given: Value, site: Site, output: Value, loss: Value) -> None:
    """One metric, or every metric of a list."""
    items = contents(vm, given) if isinstance(given, (ListRef, Tuple)) else None
    for number, metric in enumerate(items.values if items is not None else [given]):
        where = element_site(site, None, number) if items is not None else site
        read_metric(vm, metric, where, output, loss)


def read_metric(vm: Machine, metric: Value, site: Site, output: Value, loss: Value) -> None:
    """A metric given by name, as an object or as a function."""
    for guard, one in alternatives(metric):
        base, vm.path = vm.path, vm.path | guard
        if isinstance(one, Const) and isinstance(one.value, str):
            entry = vm.catalog.by_string.get((Metric, one.value))
            if isinstance(entry, Metric):
                vm.use("metric", site, output, entry=entry, args={"loss": loss}, detail=repr(one.value))
        elif isinstance(one, Made) and isinstance(one.entry, Metric):
            args = {**one.args, "loss": loss}
            vm.use("metric", site, output, entry=one.entry, args=args, through=(one.site,), spelled=one.spelled)
        elif isinstance(one, External) and isinstance(entry := vm.catalog.find(one.path), (Metric, Loss)):
            if isinstance(entry, Metric):
                vm.use("metric", site, output, entry=entry, args={"loss": loss}, spelled=one.path)
        elif isinstance(one, (Function, Instance)):
            vm.call(one, Arguments([Unknown(0), output]), site.node)
        vm.path = base
