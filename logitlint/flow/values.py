"""The abstract values that the interpreter computes with.

Every value carries a `key`: two values with one key are the same computation on the same inputs, so that
`exp(x) / sum(exp(x))` can be told from `exp(x) / sum(exp(y))`. Keys are interned structures.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from ..catalog.model import Entry
    from .scope import Scope
    from .tree import Site, Tree

FunctionNode: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda"

LOGITS = "logits"
SOFTMAX = "softmax"
SIGMOID = "sigmoid"
LOG_SOFTMAX = "log_softmax"
LOG_SIGMOID = "log_sigmoid"
RECTIFIED = "rectified"
PROBABILITIES = frozenset({SOFTMAX, SIGMOID})
LOG_PROBABILITIES = frozenset({LOG_SOFTMAX, LOG_SIGMOID})

MAX_DEPTH = 14
MAX_ALTERNATIVES = 48

_interned: dict[Hashable, int] = {}


def intern(structure: Hashable) -> int:
    """A small integer that stands for a structure."""
    return _interned.setdefault(structure, len(_interned) + 1)


@contextmanager
def interning() -> Iterator[None]:
    """Forget in the end what is interned from now on."""
    before = len(_interned)
    try:
        yield
    finally:
        while len(_interned) > before:
            _interned.popitem()
        _opposite.cache_clear()


Guard = frozenset[tuple[int, bool]]
"""Conditions, by key, under which an alternative holds."""

ALWAYS: Guard = frozenset()


class Value:
    """Anything an expression can evaluate to; equal when type and key agree."""

    __slots__ = ()
    key: int

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.key == other.key)

    def __hash__(self) -> int:
        return self.key


@dataclass(eq=False, slots=True)
class Unknown(Value):
    """A value that could not be followed; it never makes a finding.

    `settled` marks configuration (parameters, attributes of arguments), on which two branches may agree;
    `likely` is the default of a parameter that nobody passes.
    """

    key: int
    name: str = ""
    settled: bool = False
    likely: Value | None = None


@dataclass(eq=False, slots=True)
class Const(Value):
    """A literal: number, string, bool or None."""

    value: object
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Const, type(self.value), repr(self.value)))


NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)


@dataclass(eq=False, slots=True)
class Tensor(Value):
    """A term: `op` applied to `args`, in a space or in none that is known.

    Attributes:
        space: one of the spaces, or None.
        origin: the place that gave the value its space.
        site: the place that made this term.
        units: size of the last axis where it is known.
        axis: the axis of an activation or a reduction (Const), if given.
        via: names of the space-keeping operations passed since the origin.
        entry: the catalog row of the activation or layer.
        maker: where the layer object that made it was made.
        layer: name given to the Keras layer that made it.
        spelled: the dotted name as the source imports it.
    """

    op: str
    args: tuple[Value, ...]
    site: Site
    origin: Site
    space: str | None = None
    units: int | None = None
    axis: Value | None = None
    via: tuple[Entry, ...] = ()
    entry: Entry | None = None
    maker: Site | None = None
    layer: str = ""
    spelled: str = ""
    depth: int = 1
    key: int = 0

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Tensor) and self.key == other.key and self.origin is other.origin)

    def __hash__(self) -> int:
        return self.key


@dataclass(eq=False, slots=True)
class Tuple(Value):
    """A tuple of values."""

    items: tuple[Value, ...]
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Tuple, tuple(i.key for i in self.items)))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Tuple) and self.items == other.items)

    def __hash__(self) -> int:
        return self.key


@dataclass(eq=False, slots=True)
class Items(Value):
    """The contents of a list, or of a dict by constant key. Not `exact`: some are missing or repeated."""

    entries: Mapping[object, Value]
    exact: bool = True
    key: int = 0

    def __post_init__(self) -> None:
        parts = tuple((k.key if isinstance(k, Value) else repr(k), v.key) for k, v in self.entries.items())
        self.key = intern((Items, hash(parts), self.exact))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Items) and self.exact == other.exact and dict(self.entries) == dict(other.entries)
        )

    def __hash__(self) -> int:
        return self.key

    @property
    def values(self) -> tuple[Value, ...]:
        """The members in order."""
        return tuple(self.entries.values())


@dataclass(eq=False, slots=True)
class ListRef(Value):
    """A mutable list; its `Items` are in the store."""

    key: int


@dataclass(eq=False, slots=True)
class DictRef(Value):
    """A mutable dict; its `Items` are in the store."""

    key: int


@dataclass(eq=False, slots=True)
class External(Value):
    """A name of a package outside the project, as a dotted path."""

    path: str
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((External, self.path))


@dataclass(eq=False, slots=True)
class ModuleRef(Value):
    """A module of the analysed project."""

    key: int
    name: str


@dataclass(eq=False, slots=True)
class Imported(Value):
    """`from module import name` of a project module, resolved when it is read."""

    module: str
    file: Path
    name: str
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Imported, self.file, self.name))


@dataclass(eq=False, slots=True)
class Function(Value):
    """A function or lambda of the project, with the scope it closes over."""

    key: int
    node: FunctionNode
    name: str
    scope: Scope
    tree: Tree
    block: int
    defaults: Mapping[str, Value] = field(default_factory=dict)
    decorators: frozenset[str] = frozenset()
    owner: Class | None = None


@dataclass(eq=False, slots=True)
class Class(Value):
    """A class of the project; its attributes are in the store under its key."""

    key: int
    node: ast.ClassDef
    name: str
    bases: tuple[Value, ...]
    tree: Tree
    block: int


@dataclass(eq=False, slots=True)
class Instance(Value):
    """An object of a project class; its attributes are in the store under its key."""

    key: int
    cls: Class
    site: Site | None = None


@dataclass(eq=False, slots=True)
class Super(Value):
    """`super()` inside a method of `cls`, bound to `receiver`."""

    receiver: Value
    cls: Class
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Super, self.receiver.key, self.cls.key))


@dataclass(eq=False, slots=True)
class Made(Value):
    """An object made from a class of the catalog: a layer, a loss, a metric, a container."""

    key: int
    entry: Entry
    args: Mapping[str, Value]
    site: Site
    sites: Mapping[str, Site] = field(default_factory=dict)
    spelled: str = ""


@dataclass(eq=False, slots=True)
class Bound(Value):
    """A function with its receiver."""

    receiver: Value
    function: Value
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Bound, self.receiver.key, self.function.key))


@dataclass(eq=False, slots=True)
class Method(Value):
    """A method, by name, of a value that is no object of the project."""

    receiver: Value
    name: str
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Method, self.receiver.key, self.name))


@dataclass(eq=False, slots=True)
class Partial(Value):
    """`functools.partial`, or a function transformed by `jax.value_and_grad`."""

    callee: Value
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]
    result: str = "same"
    key: int = 0

    def __post_init__(self) -> None:
        keywords = tuple((k, v.key) for k, v in self.keywords.items())
        self.key = intern((Partial, self.callee.key, tuple(a.key for a in self.args), keywords, self.result))


@dataclass(eq=False, slots=True)
class Choice(Value):
    """One of several values, each under the conditions of its guard."""

    alternatives: tuple[tuple[Guard, Value], ...]
    key: int = 0

    def __post_init__(self) -> None:
        self.key = intern((Choice, hash(tuple((g, v.key) for g, v in self.alternatives))))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Choice) and self.alternatives == other.alternatives)

    def __hash__(self) -> int:
        return self.key


def alternatives(value: Value) -> tuple[tuple[Guard, Value], ...]:
    """The guarded alternatives of a value; one, without a guard, if it is no choice."""
    return value.alternatives if isinstance(value, Choice) else ((ALWAYS, value),)


def compatible(guard: Guard, path: Guard) -> bool:
    """Whether two sets of conditions can hold together."""
    return not guard or not path or _opposite(guard).isdisjoint(path)


@functools.lru_cache(maxsize=65536)
def _opposite(guard: Guard) -> Guard:
    return frozenset((key, not truth) for key, truth in guard)


def choose(options: list[tuple[Guard, Value]]) -> Value:
    """The join of guarded values: flattened, equal ones merged, bounded."""
    flat: dict[Value, Guard] = {}
    for guard, value in options:
        for inner, alternative in alternatives(value):
            if not compatible(inner, guard):
                continue
            known = flat.get(alternative)
            flat[alternative] = guard | inner if known is None else known & (guard | inner)
    if not flat:
        return Unknown(0)
    if len(flat) == 1:
        return next(iter(flat))
    if len(flat) > MAX_ALTERNATIVES:
        return Unknown(0)
    return Choice(tuple((g, v) for v, g in flat.items()))


def leaves(value: Value, path: Guard = ALWAYS) -> Iterator[Value]:
    """The alternatives that are possible under a path."""
    for guard, alternative in alternatives(value):
        if compatible(guard, path):
            yield alternative
