"""Python's own callables, and a few of the standard library, that move values around."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from ..catalog.model import Activation, Keep
from . import tensors, terms
from .containers import contents, iterate, new_dict, new_list
from .machine import Arguments, Machine, single, truth
from .objects import ancestry, attribute, set_attribute, text
from .scope import fresh
from .values import (
    Bound,
    Choice,
    Class,
    Const,
    DictRef,
    External,
    Function,
    Instance,
    ListRef,
    Made,
    Partial,
    Super,
    Tensor,
    Tuple,
    Unknown,
    Value,
)

Builtin = Callable[[Machine, Arguments, ast.AST], Value]


def first(arguments: Arguments) -> Value:
    """The first positional argument."""
    return arguments.positional[0] if arguments.positional else Unknown(0)


def super_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`super()`, also with the class and the object given."""
    frame = vm.frame
    cls, receiver = frame.owner, frame.receiver
    if len(arguments.positional) == 2 and isinstance(arguments.positional[0], Class):
        cls, receiver = arguments.positional
    return Super(receiver, cls) if isinstance(cls, Class) and receiver is not None else Unknown(0)


def list_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    return new_list(vm, *iterate(vm, first(arguments))) if arguments.positional else new_list(vm, [])


def tuple_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    if not arguments.positional:
        return Tuple(())
    members, exact = iterate(vm, first(arguments))
    return Tuple(tuple(members)) if exact else new_list(vm, members, exact)


def dict_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`dict`, `OrderedDict`: from keywords, from pairs or from another dict."""
    entries: dict[object, Value] = {}
    exact = arguments.complete
    if arguments.positional:
        source = contents(vm, first(arguments))
        if source is None:
            exact = False
        elif isinstance(first(arguments), DictRef):
            entries, exact = dict(source.entries), source.exact
        else:
            exact = source.exact
            for member in source.values:
                pair = contents(vm, member)
                if pair is None or len(pair.entries) != 2:
                    exact = False
                else:
                    key, value = pair.values
                    entries[key.value if isinstance(key, Const) else key] = value
    entries.update(arguments.keywords)
    return new_dict(vm, entries, exact)


def enumerate_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    members, exact = iterate(vm, first(arguments))
    pairs = [Tuple((Const(i) if exact else Unknown(fresh()), m)) for i, m in enumerate(members)]
    return new_list(vm, pairs, exact)


def zip_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    columns = [iterate(vm, value) for value in arguments.positional]
    exact = all(whole for _, whole in columns)
    length = (min if exact else max)((len(m) for m, _ in columns), default=0)
    rows = [Tuple(tuple(m[i] if i < len(m) else single(m) for m, _ in columns)) for i in range(length)]
    return new_list(vm, rows, exact)


def map_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    if len(arguments.positional) < 2:
        return Unknown(0)
    members, exact = iterate(vm, arguments.positional[1])
    return new_list(vm, [vm.call(arguments.positional[0], Arguments([m]), node) for m in members], exact)


def reversed_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    members, exact = iterate(vm, first(arguments))
    return new_list(vm, members[::-1], exact)


def same(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """A function whose result is its argument, as far as spaces go."""
    return first(arguments)


def number(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`float(x)`: the same value, but no tensor any more."""
    return vm.each(first(arguments), lambda one: tensors.passed(one, FLOAT))


FLOAT = Keep(names=("float",), effect="same")
"""Conversion to a number of Python, as a step that a value has passed."""


def getattr_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    name = text(arguments.positional[1]) if len(arguments.positional) > 1 else None
    return attribute(vm, first(arguments), name, node) if name is not None else Unknown(fresh())


def setattr_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    if len(arguments.positional) == 3 and (name := text(arguments.positional[1])) is not None:
        set_attribute(vm, arguments.positional[0], name, arguments.positional[2])
    return Unknown(0)


def isinstance_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """Known for objects of the project and for layers, against classes that are known; else a condition."""
    if len(arguments.positional) != 2:
        return Unknown(0)
    value, cls = arguments.positional
    if isinstance(value, Choice):
        return vm.each(value, lambda one: isinstance_(vm, Arguments([one, cls]), node))
    kinds = cls.items if isinstance(cls, Tuple) else (cls,)
    known = [descends(vm, value, kind) for kind in kinds] if isinstance(value, (Instance, Made)) else [None]
    if True in known or None not in known:
        return truth(True in known)
    if isinstance(cls, External) and cls.path.startswith("builtins."):
        kinds_of: dict[type, tuple[str, ...]] = {
            ListRef: ("list",), Tuple: ("tuple",), DictRef: ("dict",), Made: (), Instance: (), Tensor: (),
        }  # fmt: skip
        if type(value) in kinds_of:
            return truth(cls.path.rpartition(".")[2] in kinds_of[type(value)])
        if isinstance(value, Const):
            return truth(type(value.value).__name__ == cls.path.rpartition(".")[2])
    if isinstance(value, Tensor) and isinstance(cls, External) and not ARRAY_TYPES.search(cls.path):
        return truth(False)
    return vm.opaque("isinstance", value.key or fresh(), cls.key)


def descends(vm: Machine, value: Instance | Made, kind: Value) -> bool | None:
    """Whether an object is of a class, if that is certain: no activation of a library is the base of another class."""
    entry = vm.catalog.find(kind.path) if isinstance(kind, External) else None
    if isinstance(value, Made):
        named = isinstance(kind, External) and value.spelled.rpartition(".")[2] == kind.path.rpartition(".")[2]
        return True if named and entry is value.entry else False if isinstance(entry, Activation) else None
    ancestors = {ancestor.key: ancestor for ancestor in ancestry(value.cls)}
    outside = {ancestor.path for ancestor in ancestors.values() if isinstance(ancestor, External)}
    if kind.key in ancestors:
        return True
    return False if isinstance(kind, Class) or (entry is not None and outside <= MODULES) else None


MODULES = frozenset({"torch.nn.Module", "builtins.object"})
"""Bases that say nothing of what a class does."""

ARRAY_TYPES = re.compile(r"(?i)tensor|array|variable|parameter|typing|collections|numbers")
"""What classes of which a tensor may be an instance have in their names."""


def pure(name: str) -> Builtin:
    """A function that gives the same wherever its arguments are the same."""

    def call(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
        return vm.opaque(name, *(a.key or fresh() for a in arguments.positional), settled=True)

    return call


def len_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    items = contents(vm, first(arguments))
    if items is not None and items.exact:
        return Const(len(items.entries))
    return vm.opaque("len", first(arguments).key or fresh(), settled=True)


def partial(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    return Partial(first(arguments), tuple(arguments.positional[1:]), arguments.keywords)


def extreme(op: str) -> Builtin:
    """`max`, `min` of two values is the elementwise operation on scalars."""

    def call(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
        if len(arguments.positional) == 2:
            return terms.operation(vm, op + "imum", tuple(arguments.positional), vm.site(node))
        return terms.operation(vm, op, (first(arguments),), vm.site(node))

    return call


def fold(op: str) -> Builtin:
    """`sum`, `abs`: the tensor operation of that name."""

    def call(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
        members = contents(vm, first(arguments))
        if members is not None and op == "sum":
            found = single(members.values)
            return terms.operation(vm, op, (found,), vm.site(node))
        return terms.operation(vm, op, (first(arguments),), vm.site(node))

    return call


def new_object(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`type(x)`: the class of an object."""
    value = first(arguments)
    return value.cls if isinstance(value, Instance) else Unknown(fresh())


def named_activation(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`keras.activations.get("softmax")`: the function of that name."""
    entry = vm.catalog.by_string.get((Activation, text(first(arguments)) or ""))
    return External(entry.name) if entry is not None else first(arguments)


def namedtuple(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """`collections.namedtuple`: a class with those fields."""
    fields = arguments.positional[1] if len(arguments.positional) > 1 else Unknown(0)
    joined = text(fields)
    members = contents(vm, fields)
    names = joined.replace(",", " ").split() if joined else [text(v) or "" for v in members.values] if members else []
    if not names or not all(name.isidentifier() for name in names):
        return Unknown(0)
    body = "".join(f"\n    {name}: object" for name in names)
    (definition,) = ast.parse("class made(NamedTuple):" + body).body
    assert isinstance(definition, ast.ClassDef)
    return Class(fresh(), definition, "made", (External("typing.NamedTuple"),), vm.frame.tree, vm.frame.block)


def calling(inputs: slice) -> Builtin:
    """A function that calls its first argument with some of the others: `data_parallel(module, inputs)`."""

    def call(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
        return vm.call(first(arguments), Arguments(arguments.positional[inputs]), node)

    return call


def callable_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """Known for functions, classes and layers."""
    value = first(arguments)
    if isinstance(value, (Function, Class, Made, Bound, Partial)) or terms.is_known(vm, value):
        return truth(True)
    return truth(False) if isinstance(value, Const) else vm.opaque("callable", value.key or fresh())


def next_(vm: Machine, arguments: Arguments, node: ast.AST) -> Value:
    members, _ = iterate(vm, first(arguments))
    return members[0] if members else Unknown(0)


BUILTINS: dict[str, Builtin] = {
    "builtins.super": super_,
    "builtins.list": list_,
    "builtins.sorted": pure("sorted"),
    "builtins.set": list_,
    "builtins.tuple": tuple_,
    "builtins.dict": dict_,
    "collections.OrderedDict": dict_,
    "builtins.enumerate": enumerate_,
    "builtins.zip": zip_,
    "builtins.map": map_,
    "builtins.reversed": reversed_,
    "builtins.iter": same,
    "builtins.float": number,
    "builtins.identity": same,
    "collections.namedtuple": namedtuple,
    "copy.deepcopy": same,
    "copy.copy": same,
    "builtins.getattr": getattr_,
    "builtins.setattr": setattr_,
    "builtins.isinstance": isinstance_,
    "builtins.len": len_,
    "builtins.next": next_,
    "builtins.type": new_object,
    "keras.activations.get": named_activation,
    "builtins.int": pure("int"),
    "builtins.str": pure("str"),
    "builtins.bool": pure("bool"),
    "builtins.hasattr": pure("hasattr"),
    "builtins.callable": callable_,
    "torch.nn.parallel.data_parallel": calling(slice(1, 2)),
    "torch.utils.checkpoint.checkpoint": calling(slice(1, None)),
    "builtins.max": extreme("max"),
    "builtins.min": extreme("min"),
    "builtins.sum": fold("sum"),
    "builtins.abs": fold("abs"),
    "functools.partial": partial,
    "itertools.chain": pure("chain"),
}
