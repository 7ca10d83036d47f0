"""Methods of values that are no objects of the project: lists, dicts, tensors, layers and models."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ..catalog.model import Activation, Container, Distribution, Keep, Layer, Loss, Metric, Reader
from . import keras, library, tensors
from .containers import append, contents, extend, new_list, store_item, update
from .layers import output_of
from .machine import Arguments, Machine, single
from .objects import external_base, set_attribute, text
from .scope import fresh
from .values import (
    NONE,
    Choice,
    Const,
    DictRef,
    Instance,
    Items,
    ListRef,
    Made,
    Method,
    Tensor,
    Tuple,
    Unknown,
    Value,
)

SELF_RETURNING = frozenset(
    [
        "to",
        "cuda",
        "cpu",
        "train",
        "eval",
        "double",
        "float",
        "half",
        "bfloat16",
        "type",
        "requires_grad_",
        "share_memory",
        "build",
        "to_empty",
        "bind",
        "copy",
        "clone",
    ]
)
"""Methods that give back the model, loss or layer they are called on."""


def call_method(vm: Machine, callee: Method, arguments: Arguments, node: ast.AST) -> Value:
    """Call `receiver.name(...)`."""
    receiver, name = callee.receiver, callee.name
    if isinstance(receiver, (ListRef, Tuple)):
        return list_method(vm, receiver, name, arguments, node)
    if isinstance(receiver, DictRef):
        return dict_method(vm, receiver, name, arguments)
    if isinstance(receiver, (Made, Instance)):
        return object_method(vm, receiver, name, arguments, node)
    if isinstance(receiver, (Tensor, Unknown, Choice)):
        return tensor_method(vm, receiver, name, arguments, node)
    if isinstance(receiver, Const) and isinstance(receiver.value, str):
        return string_method(receiver.value, name)
    library.escape(vm, arguments, node)
    return vm.opaque("call", receiver.key, name, id(node))


def string_method(value: str, name: str) -> Value:
    if name in ("lower", "upper", "strip", "title", "capitalize"):
        changed: str = getattr(value, name)()
        return Const(changed)
    return Unknown(0)


def tensor_method(
    vm: Machine, receiver: Tensor | Unknown | Choice, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """A tensor method is the function of that name with the receiver as its first argument."""
    entry = vm.catalog.by_method.get(name)
    if entry is None:
        if isinstance(receiver, Unknown) and name in ("train", "eval", "apply"):
            return receiver
        if name in PREPARING and any(isinstance(v, (Made, Instance)) for v in arguments.positional):
            given = arguments.positional
            return given[0] if len(given) == 1 else Tuple(tuple(given))
        library.escape(vm, Arguments([receiver, *arguments.positional], arguments.keywords), node)
        return vm.opaque("method", receiver.key or fresh(), name, *(a.key for a in arguments.positional), id(node))
    if isinstance(receiver, Unknown) and isinstance(entry, Keep) and entry.effect == "same":
        return receiver
    shifted = Arguments(
        [receiver, *arguments.positional],
        arguments.keywords,
        {k + 1 if isinstance(k, int) else k: s for k, s in arguments.sites.items()},
    )
    return library.call_entry(vm, entry, "tensor." + name, shifted, node)


PREPARING = frozenset({"prepare", "setup", "prepare_model", "setup_module"})
"""Methods of launchers (Accelerate, Fabric) that give back the models and optimizers they are given, in order."""


STORED = Keep(names=("stored",), effect="same", keeps_recovery=True)
"""A place in a list, as a step that a value has passed."""


def list_method(vm: Machine, receiver: ListRef | Tuple, name: str, arguments: Arguments, node: ast.AST) -> Value:
    given = arguments.positional
    if name in ("append", "add") and given and isinstance(receiver, ListRef):
        append(vm, receiver, vm.each(given[0], lambda one: tensors.passed(one, STORED)))
    elif name == "extend" and given and isinstance(receiver, ListRef):
        extend(vm, receiver, given[0])
    elif name == "insert" and len(given) == 2 and isinstance(receiver, ListRef):
        insert(vm, receiver, given[0], given[1])
    elif name == "pop":
        return pop(vm, receiver, given)
    elif name == "copy":
        items = contents(vm, receiver)
        return new_list(vm, items.values, items.exact) if items is not None else Unknown(0)
    elif name in ("remove", "clear", "reverse", "sort") and isinstance(receiver, ListRef):
        items = contents(vm, receiver)
        vm.store.set(receiver.key, "#items", Items(items.entries if items and name != "clear" else {}, exact=False))
    else:
        library.escape(vm, arguments, node)
    return NONE


def insert(vm: Machine, receiver: Value, index: Value, value: Value) -> None:
    """`list.insert`."""
    items = contents(vm, receiver)
    if items is None:
        return
    members = list(items.values)
    exact = items.exact and isinstance(index, Const) and isinstance(index.value, int)
    members.insert(index.value if isinstance(index, Const) and isinstance(index.value, int) else 0, value)
    vm.store.set(receiver.key, "#items", Items(dict(enumerate(members)), exact))


def pop(vm: Machine, receiver: Value, given: list[Value]) -> Value:
    """`list.pop` and `Sequential.pop`."""
    items = contents(vm, receiver)
    if items is None or not items.entries:
        return Unknown(0)
    members = list(items.values)
    index = given[0].value if given and isinstance(given[0], Const) else -1
    if not (items.exact and isinstance(index, int) and -len(members) <= index < len(members)):
        return single(members)
    taken = members.pop(index)
    if isinstance(receiver, (ListRef, Made, Instance)):
        vm.store.set(receiver.key, "#items", Items(dict(enumerate(members))))
    return taken


def dict_method(vm: Machine, receiver: DictRef, name: str, arguments: Arguments) -> Value:
    items = contents(vm, receiver)
    given = arguments.positional
    if name == "update":
        if given:
            update(vm, receiver, given[0])
        for keyword, value in arguments.keywords.items():
            store_item(vm, receiver, Const(keyword), value)
        return NONE
    if items is None:
        return Unknown(0)
    if name in ("get", "setdefault", "pop") and given:
        key = given[0].value if isinstance(given[0], Const) else given[0]
        if key in items.entries:
            return items.entries[key]
        if not items.exact or not isinstance(given[0], Const):
            return single([*items.values, Unknown(fresh())])
        return given[1] if len(given) > 1 else NONE
    if name == "values":
        return new_list(vm, items.values, items.exact)
    if name == "keys":
        return new_list(vm, [k if isinstance(k, Value) else Const(k) for k in items.entries], items.exact)
    if name == "items":
        pairs = [Tuple((k if isinstance(k, Value) else Const(k), v)) for k, v in items.entries.items()]
        return new_list(vm, pairs, items.exact)
    if name == "copy":
        copy = DictRef(fresh())
        vm.store.set(copy.key, "#items", items)
        return copy
    return Unknown(0)


def object_method(vm: Machine, receiver: Made | Instance, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method that the catalog's class gives to an object."""
    entry, path = (
        (receiver.entry, receiver.spelled) if isinstance(receiver, Made) else library.base_entry(vm, receiver.cls)
    )
    known = OBJECT_METHODS.get(name)
    if known is not None:
        result = known(vm, receiver, arguments, node)
        if result is not None:
            return result
    if name in SELF_RETURNING:
        return receiver
    if name == "apply":
        if path.startswith(("flax", "haiku")):
            rest = {k: v for k, v in arguments.keywords.items() if k not in ("rngs", "mutable", "method")}
            return vm.call(arguments.keywords.get("method", receiver), Arguments(arguments.positional[1:], rest), node)
        return receiver
    if isinstance(receiver, Made) and isinstance(entry, Distribution):
        vm.use("distribution method", vm.site(node), receiver, entry=entry, detail=name)
    if isinstance(entry, (Activation, Loss, Reader, Container, Layer, Keep)) and name in (
        "forward",
        "call",
        "__call__",
    ):
        return vm.call(receiver, arguments, node)
    if isinstance(receiver, Made) and isinstance(entry, Metric) and name in ("update_state", "__call__", "update"):
        values, _ = arguments.bind(("y_true", "y_pred"))
        if "y_pred" in values:
            facts = {"entry": entry, "args": receiver.args, "spelled": path, "through": (receiver.site,)}
            vm.use("metric", vm.site(node), values["y_pred"], **facts)
        return Unknown(0)
    library.escape(vm, arguments, node)
    return vm.opaque("method", receiver.key, name, id(node))


def add_layer(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    """`Sequential.add(layer)`, `ModuleList.append(layer)`; both give nothing or the container."""
    if not arguments.positional or not holds_layers(vm, receiver):
        return None
    append(vm, receiver, arguments.positional[0])
    return receiver


def add_named(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    """`add_module(name, module)`: a member of a container, an attribute of any module."""
    values, _ = arguments.bind(("name", "module"))
    name, module = text(values.get("name")), values.get("module", Unknown(0))
    if holds_layers(vm, receiver):
        append(vm, receiver, module, name or f"#{fresh()}")
    elif name is not None:
        set_attribute(vm, receiver, name, module)
    return NONE


def extend_layers(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    if not arguments.positional or not holds_layers(vm, receiver):
        return None
    extend(vm, receiver, arguments.positional[0])
    return receiver


def insert_layer(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    if len(arguments.positional) == 2 and holds_layers(vm, receiver):
        insert(vm, receiver, *arguments.positional)
    return NONE


def pop_layer(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    return pop(vm, receiver, arguments.positional) if holds_layers(vm, receiver) else None


def holds_layers(vm: Machine, receiver: Made | Instance) -> bool:
    """Whether an object is a container with members."""
    return vm.store.get(receiver.key, "#items") is not None


def compile_(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    """`compile` of a Keras model; of anything else it is unknown."""
    if not is_keras_model(vm, receiver) or not isinstance(node, ast.Call):
        return None
    return keras.compile_model(vm, receiver, arguments, node)


def predict(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    if not is_keras_model(vm, receiver):
        return None
    return vm.each(output_of(vm, receiver, node), lambda one: tensors.passed(one, PREDICT))


def stateless_call(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    """Keras on JAX: the output, and the new state."""
    if not is_keras_model(vm, receiver):
        return None
    return Tuple((output_of(vm, receiver, node), Unknown(fresh())))


PREDICT = Keep(names=("predict",), effect="same")
"""Prediction, as a step that a value has passed: what it gives is an array."""


def is_keras_model(vm: Machine, receiver: Made | Instance) -> bool:
    """Whether an object is a Keras model or derived from one."""
    entry = receiver.entry if isinstance(receiver, Made) else external_base(vm, receiver.cls)[0]
    return isinstance(entry, Container) and entry.name.startswith("keras")


def members_of(vm: Machine, receiver: Made | Instance, arguments: Arguments, node: ast.AST) -> Value | None:
    """`children()`, `modules()`: the members of a container."""
    items = contents(vm, receiver)
    return new_list(vm, items.values, items.exact) if items is not None else None


OBJECT_METHODS: dict[str, Callable[[Machine, Made | Instance, Arguments, ast.AST], Value | None]] = {
    "add": add_layer,
    "append": add_layer,
    "add_module": add_named,
    "register_module": add_named,
    "extend": extend_layers,
    "insert": insert_layer,
    "pop": pop_layer,
    "compile": compile_,
    "children": members_of,
    "values": members_of,
    "stateless_call": stateless_call,
    **dict.fromkeys(keras.PREDICTS, predict),
}
