"""When two calls are alike: their arguments differ at most in sizes and in unknown data.

Constructors and factories are called hundreds of times in a large model, each time with other numbers. The first few
calls of a kind are run; after that the last result stands for all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from .machine import Machine
from .values import (
    Bound,
    Choice,
    Const,
    DictRef,
    External,
    Function,
    Instance,
    Items,
    ListRef,
    Made,
    Partial,
    Tensor,
    Tuple,
    Unknown,
    Value,
)

ENOUGH = 3
"""How many calls of one kind are run."""

MAX_DEPTH = 4


def kind(vm: Machine, value: Value, depth: int = 0) -> Hashable:
    """A value without what does not decide where values go: sizes other than 0 and 1, and unknown data."""
    if isinstance(value, Const):
        plain = isinstance(value.value, (int, float)) and value.value not in (0, 1)
        return "number" if plain else (type(value.value).__name__, repr(value.value))
    if isinstance(value, Unknown):
        return "unknown" if value.likely is None else kind(vm, value.likely)
    if depth >= MAX_DEPTH:
        return type(value).__name__
    if isinstance(value, Tuple):
        return ("tuple", *(kind(vm, v, depth + 1) for v in value.items[:8]))
    if isinstance(value, (ListRef, DictRef)):
        items = vm.store.get(value.key, "#items")
        return kind(vm, items, depth) if items is not None else "empty"
    if isinstance(value, Items):
        return tuple((repr(k), kind(vm, v, depth + 1)) for k, v in list(value.entries.items())[:12])
    if isinstance(value, Made):
        return (value.entry.name, *((k, kind(vm, v, depth + 1)) for k, v in value.args.items()))
    if isinstance(value, Instance):
        known: Hashable = vm.kinds.get(value.key, value.key)
        return known
    if isinstance(value, Partial):
        return (kind(vm, value.callee, depth + 1), *((k, kind(vm, v, depth + 1)) for k, v in value.keywords.items()))
    if isinstance(value, Bound):
        return (kind(vm, value.receiver, depth + 1), value.function.key)
    if isinstance(value, Choice):
        return frozenset(kind(vm, v, depth + 1) for _, v in value.alternatives)
    return value.key


def kinds(vm: Machine, positional: Sequence[Value], keywords: dict[str, Value]) -> Hashable:
    """The kind of a call's arguments."""
    return (*(kind(vm, v) for v in positional), *((k, kind(vm, keywords[k])) for k in sorted(keywords)))


def gist(vm: Machine, value: Value, depth: int = 0) -> Hashable:
    """What of a value decides where values go from there; of logits and probabilities, where they are from."""
    if isinstance(value, Tensor):
        return value.space, id(value.origin)
    if isinstance(value, Function):
        return id(value.node)
    if depth >= MAX_DEPTH:
        return type(value).__name__
    if isinstance(value, Choice):
        return frozenset(gist(vm, one, depth + 1) for _, one in value.alternatives)
    if isinstance(value, (ListRef, DictRef)):
        items = vm.store.get(value.key, "#items")
        return gist(vm, items, depth) if items is not None else "empty"
    if isinstance(value, (Tuple, Items)):
        parts: Sequence[Value] = value.items if isinstance(value, Tuple) else value.values
        return tuple(gist(vm, part, depth + 1) for part in parts[:8])
    return kind(vm, value)


def is_plain(vm: Machine, value: Value, depth: int = 0) -> bool:
    """Whether a value is nothing worth following: data, computed or not, a number, a name without a meaning."""
    if isinstance(value, Unknown):
        return value.likely is None or is_plain(vm, value.likely, depth)
    if isinstance(value, Const):
        return not isinstance(value.value, str) or value.value not in vm.catalog.words
    if isinstance(value, Tensor):
        return value.space is None
    if isinstance(value, External):
        return vm.catalog.find(value.path) is None
    if depth >= MAX_DEPTH:
        return False
    if isinstance(value, (Tuple, Items)):
        parts: Sequence[Value] = value.items if isinstance(value, Tuple) else value.values
        return all(is_plain(vm, part, depth + 1) for part in parts)
    if isinstance(value, Choice):
        return all(is_plain(vm, one, depth + 1) for _, one in value.alternatives)
    if isinstance(value, (ListRef, DictRef)):
        items = vm.store.get(value.key, "#items")
        return items is None or is_plain(vm, items, depth)
    return False
