"""Losses: which space they expect with the arguments given, and the calls that hide in trainers and `compile`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..catalog.model import Loss, Trainer
from .layers import output_of
from .machine import Arguments, Machine
from .tree import Site
from .values import Choice, Class, Const, External, Function, Instance, Made, Unknown, Value


def call_loss(
    vm: Machine,
    entry: Loss,
    options: Mapping[str, Value],
    values: Mapping[str, Value],
    site: Site,
    through: tuple[Site, ...],
    spelled: str,
) -> Value:
    """A loss reads its prediction at the call."""
    prediction = values.get(entry.prediction)
    if prediction is not None:
        read(vm, entry, options, prediction, site, through, spelled)
    return vm.opaque("loss", id(site))


def read(
    vm: Machine,
    entry: Loss,
    options: Mapping[str, Value],
    prediction: Value,
    site: Site,
    through: tuple[Site, ...],
    spelled: str,
    given: str = "",
) -> None:
    """Record that a loss reads a prediction, in the space that `from_logits` and its like select."""

    def record(flag: Value) -> Value:
        expects = entry.expects
        if isinstance(flag, Const):
            expects = "logits" if flag.value else entry.expects
        elif flag is not missing:
            expects = "unknown"
        vm.use(
            "loss",
            site,
            prediction,
            entry=entry,
            expects=expects,
            args=options,
            through=through,
            spelled=spelled,
            detail=given,
        )
        return flag

    missing = Const(None)
    vm.each(vm.settle(options.get(entry.from_logits, missing)), record)


def apply_loss(vm: Machine, loss: Value, output: Value, site: Site, node: ast.AST, target_first: bool) -> None:
    """Give a model's output to a loss in any of the forms that trainers take it in."""
    loss = vm.settle(loss)
    if isinstance(loss, Choice):

        def one(alternative: Value) -> Value:
            apply_loss(vm, alternative, output, site, node, target_first)
            return alternative

        vm.each(loss, one)
    elif isinstance(loss, Const) and isinstance(loss.value, str):
        entry = vm.catalog.by_string.get((Loss, loss.value))
        if isinstance(entry, Loss):
            read(vm, entry, {}, output, site, (), entry.name, loss.value)
    elif isinstance(loss, Made) and isinstance(loss.entry, Loss):
        read(vm, loss.entry, loss.args, output, site, (loss.site,), loss.spelled)
    elif isinstance(loss, External):
        entry = vm.catalog.find(loss.path)
        if isinstance(entry, Loss):
            read(vm, entry, {}, output, site, (), loss.path)
    elif isinstance(loss, (Function, Instance)) or not isinstance(loss, (Class, Unknown, Const)):
        values = [Unknown(0), output] if target_first else [output, Unknown(0)]
        vm.call(loss, Arguments(values), node)


def train(vm: Machine, entry: Trainer, values: Mapping[str, Value], site: Site, node: ast.AST) -> None:
    """A trainer gives its model's output to its loss."""
    model, loss = values.get(entry.model, Unknown(0)), values.get(entry.loss)
    if loss is None:
        if not entry.loss_default:
            return
        loss = Const(entry.loss_default) if entry.loss_default in entry.named else External(entry.loss_default)
    if isinstance(loss, Const) and entry.named:
        loss = External(entry.named.get(str(loss.value), ""))
    if entry.instantiate and isinstance(model, Class):
        model = vm.call(model, Arguments(), node)
    found = vm.catalog.find(loss.path) if isinstance(loss, External) else None
    if entry.takes_log and isinstance(found, Loss) and found.expects == "log_probabilities":
        return
    apply_loss(vm, loss, output_of(vm, model, node), site, node, target_first=False)
