"""Operations that take a whole tensor: those that keep its space, activations, linear layers."""

from __future__ import annotations

from dataclasses import replace

from ..catalog.model import Activation, Entry, Keep, Layer
from .machine import Machine
from .scope import fresh, under
from .terms import term
from .tree import Site
from .values import (
    LOGITS,
    RECTIFIED,
    Choice,
    Const,
    Items,
    ListRef,
    Made,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    intern,
)


def keep(vm: Machine, entry: Keep, value: Value, site: Site, detail: tuple[Value, ...] = ()) -> Value:
    """Pass a value through an operation that keeps its space."""
    if entry.effect == "combine" or isinstance(value, (ListRef, Tuple)):
        return combine(vm, entry, value, site)
    if isinstance(value, Choice):
        return vm.each(value, lambda one: keep(vm, entry, one, site, detail))
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and not 0 <= value.value <= 1:
        return vm.opaque("data", value.key)
    if not isinstance(value, Tensor):
        if entry.effect == "select" and isinstance(value, Unknown):
            return vm.opaque(entry.name, value.key or fresh(), *(d.key for d in detail))
        return value
    if entry.effect == "select":
        return select(vm, value, detail or (Unknown(fresh()),), site, entry)
    if entry.effect == "pool":
        if value.space not in (RECTIFIED, LOGITS):
            return Unknown(0)
        return replace(value, op="keep", args=(value,), site=site, via=(*value.via, entry), units=None)
    if value.op == "keep" and value.via and value.via[-1] is entry and len(value.via) > 1:
        return value
    if value.space is None and not value.via:
        return value
    units = value.units if entry.short in ELEMENTWISE else None
    return replace(value, op="keep", args=(value,), site=site, via=(*value.via, entry), units=units)


ELEMENTWISE = frozenset(
    [
        "detach",
        "cpu",
        "cuda",
        "to",
        "float",
        "double",
        "half",
        "numpy",
        "clone",
        "Dropout",
        "dropout",
        "contiguous",
        "identity",
        "Identity",
        "stop_gradient",
        "cast",
        "item",
        "type",
        "astype",
    ]
)
"""Operations that leave the last axis as it is."""


def filled(value: Value) -> Value:
    """A tensor made of zeros, after other values were written into it."""
    return (
        replace(value, op="keep", args=(value,), units=None, via=(*value.via, INDEX))
        if isinstance(value, Tensor)
        else value
    )


def passed(value: Value, entry: Entry) -> Value:
    """A tensor that has passed through something that leaves its space as it is."""
    return replace(value, via=(*value.via, entry)) if isinstance(value, Tensor) else value


def select(vm: Machine, value: Tensor, indices: tuple[Value, ...], site: Site, entry: Entry | None = None) -> Tensor:
    """Some elements of a tensor: the space stays, the term is another one."""
    key = intern(("select", value.key, tuple(i.key for i in indices)))
    via = value.via if entry is None else (*value.via, entry)
    return replace(
        value, op="select", args=(value,), site=site, key=key, via=via or (INDEX,), units=None, depth=value.depth
    )


INDEX = Keep(names=("index",), effect="select")
"""Indexing and slicing, as a step that a value has passed."""


def combine(vm: Machine, entry: Keep, value: Value, site: Site) -> Value:
    """Concatenate or stack the members of a list: the space they all have."""
    if isinstance(value, Choice):
        return vm.each(value, lambda one: combine(vm, entry, one, site))
    items: Value | None = value
    if isinstance(value, ListRef):
        items = vm.store.get(value.key, "#items")
    members = items.items if isinstance(items, Tuple) else items.values if isinstance(items, Items) else ()
    leaves = [leaf for member in members for _, leaf in alternatives(under(member, vm.path))]
    tensors = [t for t in leaves if isinstance(t, Tensor) and t.space is not None]
    if leaves and len(tensors) == len(leaves) and len({t.space for t in tensors}) == 1:
        one, *others = tensors
        step = entry if all(other.origin is one.origin for other in others) else MIXED
        key = intern((entry.name, *(t.key for t in tensors)))
        return replace(one, op="keep", args=(one,), site=site, via=(*one.via, step), units=None, key=key)
    if isinstance(value, Tensor):
        return keep(vm, replace(entry, effect="same"), value, site)
    return vm.opaque(entry.name, id(site))


MIXED = Keep(names=("mixed",), effect="combine")
"""Putting together what several origins made, as a step that the first of them has passed."""

ACTIVATED = ("softmax", "sigmoid", "log_softmax", "log_sigmoid")


def activate(
    vm: Machine, entry: Activation, value: Value, site: Site, axis: Value | None = None, spelled: str = ""
) -> Value:
    """Apply an activation."""
    value = under(value, vm.path)
    if entry.space in ACTIVATED:
        args = {"axis": axis} if axis is not None else {}
        vm.use("activation", site, value, entry=entry, detail=entry.space, args=args, spelled=spelled)
    return choose([(g, activated(vm, entry, v, site, axis, spelled)) for g, v in alternatives(value)])


def activated(vm: Machine, entry: Activation, value: Value, site: Site, axis: Value | None, spelled: str) -> Value:
    """The result of an activation on one alternative."""
    space: str | None = entry.space
    if space == "linear":
        return value
    if isinstance(value, (ListRef, Tuple, Made)):
        value = Unknown(fresh())
    if space == "bounded" and isinstance(value, Tensor) and value.space == RECTIFIED:
        return replace(value, op="keep", args=(value,), site=site)
    result_space = space if space in ACTIVATED or space == RECTIFIED else None
    units = value.units if isinstance(value, Tensor) else None
    return term(
        vm, entry.space, (value,), site, space=result_space, units=units, axis=axis, entry=entry, spelled=spelled
    )


def linear(vm: Machine, entry: Layer, value: Value, site: Site, units: Value | None) -> Value:
    """Apply a linear layer: logits, as many as it has units."""
    size = units.value if isinstance(units, Const) and isinstance(units.value, int) else None
    source = Unknown(value.key) if isinstance(value, Choice) else value
    return term(vm, "linear", (source, Const(id(site))), site, space=LOGITS, units=size, entry=entry)
