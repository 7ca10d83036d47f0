"""The abstract machine: its state, and the few operations everything else is built from."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from .project import Project
from .runs import Meaning, Runs
from .scope import Scope, Store, Writes, fresh, under
from .tree import Site, Tree
from .uses import Carrier, Record, Use
from .values import (
    ALWAYS,
    FALSE,
    NONE,
    TRUE,
    Choice,
    Class,
    Const,
    External,
    Function,
    Guard,
    Items,
    ListRef,
    Made,
    Method,
    ModuleRef,
    Tensor,
    Tuple,
    Unknown,
    Value,
    alternatives,
    choose,
    compatible,
    intern,
)

SHOWN = frozenset({"loss", "log", "threshold", "metric", "activation", "distribution"})
"""Readers whose findings name the calls through which the value came."""

NEXT, STOP, LEAVE = "next", "stop", "leave"
"""How a block ends: it falls through, leaves the function, or leaves the loop."""

Literal = tuple[int, bool]
"""A condition, by key, and the truth it has to have."""

NEVER: Literal = (0, False)
"""Stands where a condition is known, so that no literal is needed."""

MAX_FRAMES = 40
MAX_RECURSION = 2

TRAINING = intern("training")
_TRAINING_NAMES = re.compile(r"(is_)?(train|training|train_mode|training_mode|is_train)$")


class Exhausted(Exception):
    """The step bound of one entry point was hit."""


@dataclass(eq=False)
class Frame:
    """One call in progress: `call` is its place, `received` the origins of the values given to it."""

    tree: Tree
    block: int
    scope: Scope
    function: Value | None = None
    receiver: Value | None = None
    owner: Value | None = None
    returns: list[tuple[Guard, Value]] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    exits: list[tuple[Guard, Writes, Writes]] = field(default_factory=list)
    call: Site | None = None
    received: frozenset[Site] = frozenset()
    uses: list[Use] = field(default_factory=list)


@dataclass(eq=False)
class Arguments:
    """The evaluated arguments of a call, with the places they were written at."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    sites: dict[int | str, Site] = field(default_factory=dict)
    complete: bool = True

    def bind(self, params: Iterable[str]) -> tuple[dict[str, Value], dict[str, Site]]:
        """Values and places by parameter name; `*name` takes the remaining positional ones as a tuple."""
        values: dict[str, Value] = {}
        sites: dict[str, Site] = {}
        for index, param in enumerate(params):
            if param.startswith("*"):
                values[param.lstrip("*")] = Tuple(tuple(self.positional[index:]))
                break
            if index < len(self.positional):
                values[param] = self.positional[index]
                if index in self.sites:
                    sites[param] = self.sites[index]
        for name, value in self.keywords.items():
            values[name] = value
            if name in self.sites:
                sites[name] = self.sites[name]
        return values, sites


Handlers = Mapping[type, Callable[["Machine", Any], Any]]


class Machine:
    """Runs trees over abstract values.

    `expressions` and `statements` map types of syntax nodes to handlers; `apply` calls a value that is no choice.
    """

    def __init__(
        self,
        catalog: Catalog,
        project: Project,
        expressions: Handlers,
        statements: Handlers,
        apply: Callable[[Machine, Value, Arguments, ast.AST], Value],
        load: Callable[[Machine, Tree], None],
    ) -> None:
        self.catalog = catalog
        self.project = project
        self.store = Store()
        self.record = Record(assumed={TRAINING: True})
        self.frames: list[Frame] = []
        self.path: Guard = ALWAYS
        self.entered: set[tuple[int, int]] = set()
        self.instances: dict[int, list[Value]] = {}
        self.memo: dict[Any, list[Any]] = {}
        self.summaries: dict[Any, list[Value]] = {}
        self.kinds: dict[int, Any] = {}
        self.runs = Runs()
        self.traits: dict[int, Meaning] = {}
        self.news = 0
        self.module_scopes: dict[int, Scope] = {}
        self.modules: dict[Path, ModuleRef | None] = {}
        self.defined: dict[Tree, list[Function | Class]] = {}
        self.inherited: Counter[int] = Counter()
        self.starred: set[tuple[int, str]] = set()
        self.stacks: dict[int, Made] = {}
        self.called: set[int] = set()
        self.seen: set[int] = set()
        self.ages: dict[int, int] = {}
        self.asked: dict[int, frozenset[str]] = {}
        self.steps = 0
        self.limit = 0
        self.truncated = 0
        self._expressions = expressions
        self._statements = statements
        self._apply = apply
        self.load = load

    @property
    def frame(self) -> Frame:
        """The innermost call in progress."""
        return self.frames[-1]

    def define(self, value: Function | Class) -> None:
        """Remember a definition, to be run if nothing calls it; one that is made again and again, once."""
        if id(value.node) not in self.seen:
            self.seen.add(id(value.node))
            self.defined.setdefault(value.tree, []).append(value)

    def defined_in(self, tree: Tree) -> Iterator[Function | Class]:
        """What a tree defines, also what is defined while this goes on."""
        definitions = self.defined.setdefault(tree, [])
        number = 0
        while number < len(definitions):
            yield definitions[number]
            number += 1

    def site(self, node: ast.AST) -> Site:
        """The place of a node of the running code."""
        return self.frame.tree.site(node, self.frame.block)

    def evaluate(self, node: ast.AST) -> Value:
        """The value of an expression here and now."""
        self.steps += 1
        if self.steps > self.limit:
            raise Exhausted
        handler = self._expressions.get(type(node))
        if handler is None:
            return Unknown(0)
        value: Value = handler(self, node)
        if type(value) is Tensor or type(value) is Choice:
            self.note(node, value)
        else:
            self.record.others.add(id(node))
        return value

    def note(self, node: ast.AST, value: Value) -> None:
        """Remember that an expression had this value: whoever changes a tensor must know all that carries it."""
        for _, one in alternatives(value):
            if isinstance(one, Tensor):
                known = self.record.carriers.get(id(node))
                if known is None:
                    known = self.record.carriers[id(node)] = Carrier(self.site(node))
                known.values[one] = None
            else:
                self.record.others.add(id(node))

    def execute(self, node: ast.AST) -> str:
        """Run a statement; how it ends."""
        self.steps += 1
        if self.steps > self.limit:
            raise Exhausted
        handler = self._statements.get(type(node))
        if handler is None:
            return NEXT
        outcome: str | None = handler(self, node)
        return outcome or NEXT

    def call(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        """Call a value; a choice is called alternative by alternative."""
        return self.each(present(callee), lambda one: self._apply(self, one, arguments, node))

    def each(self, value: Value, do: Callable[[Value], Value]) -> Value:
        """Apply `do` to every alternative of a value, each under its own conditions, and join."""
        if not isinstance(value, Choice):
            return do(value)
        options = [(g, v) for g, v in value.alternatives if compatible(g, self.path)]
        if not options:
            return Unknown(0)
        base, results, branches = self.path, [], []
        self.steps += len(options)
        for guard, alternative in options:
            self.store.fork()
            self.path = base | guard
            results.append((guard, do(alternative)))
            branches.append((guard, self.store.rollback()))
        self.path = base
        self.store.join(branches)
        return choose(results)

    def branch(self, literal: Literal, then: Callable[[], str], other: Callable[[], str]) -> str:
        """Run both sides of a condition and join what they wrote."""
        base, (key, positive) = self.path, literal
        ends: list[tuple[str, Guard, Writes]] = []
        for truth, side in ((positive, then), (not positive, other)):
            self.store.fork()
            self.path = base | {(key, truth)}
            end = side()
            ends.append((end, self.path, self.store.rollback()))
        self.path = base
        going = [(path, writes) for end, path, writes in ends if end == NEXT]
        for end, path, writes in ends:
            if end == LEAVE:
                self.frame.exits.append((path - base, writes, self.store.watch()))
            elif end == STOP:
                self.store.adopt(writes)
        if len(going) == 2:
            truths = (positive, not positive)
            self.store.join([(frozenset({(key, t)}), w) for t, (_, w) in zip(truths, going, strict=True)])
        elif going:
            self.path, writes = going[0]
            self.store.replay(writes)
        else:
            return LEAVE if any(end == LEAVE for end, _, _ in ends) else STOP
        return NEXT

    def use(self, reader: str, site: Site, value: Value, **facts: Any) -> None:
        """Record a read of a value at a place."""
        function = self.frame.function
        number = function.key if function is not None else 0
        use = self.record.add(Use(reader, site, under(value, self.path), self.path, function=number, **facts))
        if reader in SHOWN:
            self.trace_calls(use)
        if reader not in ("other", "argmax"):
            read = frozenset((v.space, id(v.origin)) if isinstance(v, Tensor) else None for _, v in alternatives(value))
            self.news += self.runs.is_news(id(site), [(reader, use.expects, read)])

    def trace_calls(self, use: Use) -> None:
        """Note the calls in progress that were given what a use reads."""
        origins = {v.origin for _, v in alternatives(use.value) if isinstance(v, Tensor)}
        for frame in reversed(self.frames):
            if frame.call is None or not origins & frame.received:
                break
            use.passed[frame.call] = None
            frame.uses.append(use)

    def condition(self, value: Value) -> tuple[bool | None, Literal]:
        """Whether a value is true here, if that is known, else the literal that says so."""
        value = under(value, self.path)
        if isinstance(value, Const):
            return bool(value.value), NEVER
        if isinstance(value, External) and self.catalog.find(value.path) is not None:
            return True, NEVER
        if isinstance(value, (Unknown, Tensor, Method, External)):
            key = value.key or fresh()
            if isinstance(value, Unknown):
                if _TRAINING_NAMES.match(value.name):
                    key = TRAINING
                elif isinstance(value.likely, Const):
                    self.record.assumed.setdefault(key, bool(value.likely.value))
            for truth in (True, False):
                if (key, truth) in self.path:
                    return truth, NEVER
            return None, (key, True)
        if isinstance(value, Choice):
            truths = [(g, self.condition(v)[0]) for g, v in value.alternatives]
            known = {t for _, t in truths}
            if len(known) == 1 and None not in known:
                return known.pop(), NEVER
            if len(truths) == 2 and None not in known and len(truths[0][0]) == 1:
                ((key, holds),) = truths[0][0]
                return None, (key, holds == truths[0][1])
            return None, (value.key, True)
        if isinstance(value, ListRef):
            items = self.store.get(value.key, "#items")
            if not (isinstance(items, Items) and items.exact):
                return None, (fresh(), True)
            return bool(items.entries), NEVER
        if isinstance(value, Tuple):
            return bool(value.items), NEVER
        return True, NEVER

    def settle(self, value: Value) -> Value:
        """A parameter that nobody passes becomes a choice between its default and anything else."""
        if not isinstance(value, Unknown) or value.likely is None:
            return value
        key = intern(("default", value.key))
        self.record.assumed.setdefault(key, True)
        return choose(
            [(frozenset({(key, True)}), value.likely), (frozenset({(key, False)}), Unknown(value.key, value.name))]
        )

    def opaque(self, *structure: Any, name: str = "", settled: bool = False) -> Unknown:
        """An unknown value that is the same wherever the same structure is computed."""
        return Unknown(intern(structure), name, settled)


def truth(value: bool | None) -> Value:
    """A constant for a known truth, or unknown."""
    return Unknown(0) if value is None else TRUE if value else FALSE


def present(value: Value) -> Value:
    """A value without the alternative None, which cannot be called, indexed or read from."""
    if not isinstance(value, Choice):
        return value
    options = [(g, v) for g, v in value.alternatives if v != NONE]
    return value if len(options) == len(value.alternatives) else choose(options)


def single(values: Iterable[Value]) -> Value:
    """What all values agree on, as a choice without conditions if they differ."""
    distinct = list(dict.fromkeys(values))
    if not distinct:
        return Unknown(0)
    if len(distinct) == 1:
        return distinct[0]
    return choose([(frozenset({(fresh(), True)}), v) for one in distinct for _, v in alternatives(one)])
