"""Lists, tuples, dicts and containers of layers: members, indices, iteration."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..catalog.model import Container
from . import tensors
from .machine import Machine, single
from .scope import fresh, under
from .values import (
    Choice,
    Const,
    DictRef,
    External,
    Guard,
    Instance,
    Items,
    ListRef,
    Made,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    compatible,
)

EMPTY = Items({})

MAX_MEMBERS = 128
"""To how many members a container grows; those that are written out in one display are all kept."""


def grown(items: Items, more: Mapping[object, Value], exact: bool = True) -> Items:
    """Contents with more members; those past the bound are missing from it."""
    entries = {**items.entries, **more}
    if len(entries) > max(MAX_MEMBERS, len(items.entries)):
        return Items(items.entries, exact=False)
    return Items(entries, exact and items.exact)


def new_list(vm: Machine, values: Sequence[Value], exact: bool = True) -> ListRef:
    """A list object with these members."""
    ref = ListRef(fresh())
    vm.store.set(ref.key, "#items", Items(dict(enumerate(values)), exact))
    return ref


def new_dict(vm: Machine, entries: dict[object, Value], exact: bool = True) -> DictRef:
    """A dict object; keys are constants, or values where they are unknown."""
    ref = DictRef(fresh())
    vm.store.set(ref.key, "#items", Items(entries, exact))
    return ref


def contents(vm: Machine, value: Value) -> Items | None:
    """The members of a container, or None if it has none or several alternatives."""
    if isinstance(value, Tuple):
        return Items(dict(enumerate(value.items)))
    if isinstance(value, (ListRef, DictRef, Made, Instance)):
        found = vm.store.get(value.key, "#items")
        found = under(found, vm.path) if found is not None else None
        return found if isinstance(found, Items) else None
    return None


def item_alternatives(vm: Machine, value: Value) -> Value | None:
    """The `Items` of a container as stored: perhaps a choice, one per history of appends."""
    if isinstance(value, Tuple):
        return Items(dict(enumerate(value.items)))
    found = vm.store.get(value.key, "#items") if isinstance(value, (ListRef, DictRef, Made, Instance)) else None
    return under(found, vm.path) if found is not None else None


def append(vm: Machine, owner: Value, value: Value, name: str | None = None) -> None:
    """Add a member at the end, on every alternative of the container's contents."""
    current = vm.store.get(owner.key, "#items") or EMPTY
    options: list[tuple[Guard, Value]] = []
    for guard, items in alternatives(under(current, vm.path)):
        if isinstance(items, Items):
            key: object = len(items.entries) if name is None else name
            options.append((guard, grown(items, {key: value})))
        else:
            options.append((guard, items))
    vm.store.set(owner.key, "#items", choose(options))


def extend(vm: Machine, owner: Value, more: Value) -> None:
    """Add all members of another container."""
    members, exact = iterate(vm, more)
    for member in members:
        append(vm, owner, member)
    current = contents(vm, owner)
    if not exact and current is not None:
        vm.store.set(owner.key, "#items", Items(current.entries, exact=False))


def update(vm: Machine, owner: Value, more: Value) -> None:
    """`dict.update`."""
    current, other = contents(vm, owner) or EMPTY, contents(vm, more)
    gained = grown(current, other.entries, other.exact) if other else Items(current.entries, exact=False)
    vm.store.set(owner.key, "#items", gained)


def store_item(vm: Machine, owner: Value, key: Value, value: Value) -> None:
    """`owner[key] = value`."""
    if not isinstance(owner, (ListRef, DictRef, Made, Instance)):
        return
    current = contents(vm, owner) or EMPTY
    name: object = key.value if isinstance(key, Const) else key
    if isinstance(name, int) and name < 0 and isinstance(owner, (ListRef, Made)) and current.exact:
        name += len(current.entries)
    if isinstance(name, slice):
        vm.store.set(owner.key, "#items", Items(current.entries, exact=False))
        return
    exact = isinstance(key, Const) or isinstance(owner, DictRef)
    vm.store.set(owner.key, "#items", grown(current, {name: value}, exact))


def iterate(vm: Machine, value: Value) -> tuple[list[Value], bool]:
    """The members that iterating over a value gives, and whether they are all there, once each."""
    value = under(value, vm.path)
    if isinstance(value, Choice):
        return _iterate_choice(vm, value)
    if isinstance(value, DictRef):
        items = contents(vm, value)
        if items is not None:
            return [k if isinstance(k, Value) else Const(k) for k in items.entries], items.exact
    items = contents(vm, value)
    if items is not None and (items.exact or items.entries):
        return list(items.values), items.exact
    stored = item_alternatives(vm, value)
    if isinstance(stored, Choice):
        return _iterate_choice(vm, stored)
    if isinstance(value, Items):
        return list(value.values), value.exact
    if isinstance(value, Const) and isinstance(value.value, str):
        return [Unknown(0)], False
    if isinstance(value, Tensor) and value.space is not None:
        return [tensors.select(vm, value, (Unknown(fresh()),), value.site)], False
    return [vm.opaque("element", value.key) if value.key else Unknown(fresh())], False


def _iterate_choice(vm: Machine, value: Choice) -> tuple[list[Value], bool]:
    """Members position by position from the end, where the alternatives differ in length."""
    options = [(g, iterate(vm, v)) for g, v in value.alternatives if compatible(g, vm.path)]
    options = [(g, (m, e)) for g, (m, e) in options if m or len(options) > 1]
    if not options:
        return [Unknown(0)], False
    longest = max(len(m) for _, (m, _) in options)
    columns = []
    for position in range(longest):
        column = [(g, m[position - longest]) for g, (m, _) in options if longest - position <= len(m)]
        columns.append(choose(column))
    return columns, all(exact for _, (_, exact) in options)


def subscript(vm: Machine, base: Value, indices: list[Value], node: ast.AST) -> Value:
    """`base[i]` or `base[i, j]`."""
    stored = item_alternatives(vm, base)
    if isinstance(stored, Choice) and len(indices) == 1:
        return vm.each(stored, lambda items: _member(vm, base, items, indices[0], node))
    if isinstance(stored, Items) and len(indices) == 1:
        return _member(vm, base, stored, indices[0], node)
    if isinstance(base, Tensor):
        return tensors.select(vm, base, tuple(indices), vm.site(node))
    if isinstance(base, External):
        return base
    name = next((i.value for i in indices[:1] if isinstance(i, Const) and isinstance(i.value, str)), "")
    return vm.opaque("index", base.key, *(i.key for i in indices), name=name) if base.key else Unknown(fresh(), name)


def _member(vm: Machine, base: Value, items: Value, index: Value, node: ast.AST) -> Value:
    if not isinstance(items, Items):
        return Unknown(0)
    if isinstance(index, Const):
        name = index.value
        if isinstance(name, slice):
            members = list(items.values)[name] if items.exact else list(items.values)
            return _slice(vm, base, members, items.exact)
        values = list(items.values)
        if isinstance(name, int) and not isinstance(base, DictRef) and items.exact:
            return values[name] if -len(values) <= name < len(values) else Unknown(0)
        if name in items.entries and (items.exact or not isinstance(name, int)):
            return items.entries[name]
        if name == -1 and values and not isinstance(base, DictRef):
            return values[-1]
    if index in items.entries:
        return items.entries[index]
    if isinstance(base, DictRef) and isinstance(index, Const):
        return Unknown(fresh())
    return single(items.values) if items.entries else Unknown(fresh())


def _slice(vm: Machine, base: Value, members: list[Value], exact: bool) -> Value:
    if isinstance(base, Tuple):
        return Tuple(tuple(members))
    if isinstance(base, Made) and isinstance(base.entry, Container):
        part = Made(fresh(), base.entry, base.args, base.site, base.sites, base.spelled)
        vm.store.set(part.key, "#items", Items(dict(enumerate(members)), exact))
        return part
    return new_list(vm, members, exact)
