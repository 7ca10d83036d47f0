"""Taking an activation away where it is applied, in each of the forms in which it is written."""

from __future__ import annotations

import ast

from ..catalog.model import Activation, Container
from ..flow.algebra import inner
from ..flow.names import name_of, nodes
from ..flow.tree import Site
from ..flow.values import Tensor, alternatives
from .bindings import Bindings, Spot, is_scope, is_within, root_name, works_in_place
from .code import Code
from .dotted import path_of
from .draft import Draft, Refused, siblings_of
from .losses import spell_keras

ADDERS = frozenset({"add", "append", "insert", "add_module", "register_module"})
"""Methods that put one layer into a container."""


def remove(draft: Draft, value: Tensor) -> None:
    """Leave an activation out: what its layer or function gave is now what it was given.

    Raises:
        Refused: it is written in a form that cannot be taken apart.
    """
    site = value.origin
    code, node = draft.shop.at(site), site.node
    layer = layer_of(code, value)
    if layer is not None:
        if not isinstance(node, ast.Call):
            refuse_variable(draft, code, value)
        remove_layer(draft, code, layer, value)
    elif isinstance(node, ast.Call):
        unwrap_call(draft, code, node, value)
    elif isinstance(code.parent(node), ast.keyword | ast.Call):
        refuse_variable(draft, code, value)
        text = code.of(node)
        quote = text[0] if text[:1] in "'\"" else '"'
        named = is_keras(value) or isinstance(node, ast.Constant)
        draft.change(code, *code.span(node), f"{quote}linear{quote}" if named else "None")
    else:
        raise Refused("the activation is not written as a call or an argument")


def refuse_variable(draft: Draft, code: Code, value: Tensor) -> None:
    """An activation that is given through a variable may be another one at the next call.

    Raises:
        Refused: it was.
    """
    node = value.origin.node
    if isinstance(node, ast.Constant | ast.Attribute):
        return
    index = draft.shop.index
    seen = [v for carrier in index.record.carriers.values() for v in carrier.values]
    seen += [v for use in index.by_origin[value.origin] for _, v in alternatives(use.value)]
    made = {v.op for v in map(inner, seen) if isinstance(v, Tensor) and v.origin is value.origin}
    if made - {value.op}:
        raise Refused(f"{code.of(node)} chooses between activations")


def is_keras(value: Tensor) -> bool:
    """Whether a value comes out of a Keras layer, which takes activations by name."""
    return value.entry is not None and value.entry.name.startswith("keras")


def layer_of(code: Code, value: Tensor) -> ast.Call | None:
    """The expression that makes the activation layer of a value, if the layer is a member of a model."""
    node = value.origin.node
    if isinstance(node, ast.Call):
        return node if value.maker is value.origin else None
    parent = code.parent(node)
    if isinstance(parent, ast.keyword):
        parent = code.parent(parent)
    return parent if isinstance(parent, ast.Call) and name_of(parent) == "Activation" else None


def remove_layer(draft: Draft, code: Code, layer: ast.Call, value: Tensor) -> None:
    """Take an activation layer out of what holds it; where it does more than that, an identity stands in."""
    parent = code.parent(layer)
    if is_counted(code, layer) or any(keyword.arg == "dtype" for keyword in layer.keywords):
        put_identity(draft, code, layer, value)
    elif isinstance(parent, ast.Call) and parent.func is layer:
        if len(parent.args) != 1 or parent.keywords:
            raise Refused("the activation layer is called with more than its input")
        put_argument(draft, code, parent, parent.args[0])
    elif isinstance(parent, ast.Call) and name_of(parent) in ADDERS and isinstance(code.parent(parent), ast.Expr):
        draft.remove_statement(code, code.statement(layer))
    elif isinstance(parent, ast.Tuple) and isinstance(code.parent(parent), ast.List):
        draft.remove_member(code, parent, siblings_of(code, parent))
    elif isinstance(parent, ast.List) or is_container(draft, code, parent):
        members = siblings_of(code, layer)
        if len(members) == 1:
            raise Refused("the activation is the only layer there")
        draft.remove_member(code, layer, members)
    else:
        put_identity(draft, code, layer, value)


def is_container(draft: Draft, code: Code, parent: ast.AST | None) -> bool:
    """Whether a node is the call of a container of layers, which takes any number of them."""
    if not isinstance(parent, ast.Call):
        return False
    return isinstance(draft.shop.catalog.find(path_of(draft, code, parent.func)), Container)


def put_argument(draft: Draft, code: Code, call: ast.Call, kept: ast.expr) -> None:
    """Put what an activation is applied to in place of its call; `x = x` goes."""
    statement = code.statement(call)
    if isinstance(statement, ast.Assign) and [code.of(target) for target in statement.targets] == [code.of(kept)]:
        draft.remove_statement(code, statement)
    else:
        draft.unwrap(code, call, kept)


def put_identity(draft: Draft, code: Code, layer: ast.Call, value: Tensor) -> None:
    """Put a layer that gives what it is given in place of an activation layer, under its name and of its type."""
    given = [*layer.args, *(keyword.value for keyword in layer.keywords if keyword.arg == "activation")]
    if name_of(layer) == "Activation" and given:
        quote = code.of(given[0])[0] if isinstance(given[0], ast.Constant) else "'"
        draft.change(code, *code.span(given[0]), f"{quote}linear{quote}")
    elif is_keras(value):
        kept = [code.of(keyword) for keyword in layer.keywords if keyword.arg in ("name", "dtype")]
        arguments = ", ".join(["'linear'", *kept])
        draft.change(code, *code.span(layer), f"{spell_keras(draft, code, 'layers', 'Activation')}({arguments})")
    else:
        draft.change(code, *code.span(layer), draft.spell(code, "torch.nn.Identity", like=code.of(layer.func)) + "()")


def is_counted(code: Code, layer: ast.Call) -> bool:
    """Whether the source asks for layers by their place from the end or by name: `net[:-1]`, `model.layers[-2]`."""
    statement = code.statement(layer)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    holders = {code.of(target).rpartition(".")[2] for target in targets} | {"layers"}
    names = [k.value.value for k in layer.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)]
    if any(isinstance(name, str) and mentions(code.module, name) > 1 for name in names):
        return True
    for node in nodes(code.module):
        if isinstance(node, ast.Attribute) and node.attr in ("children", "named_children"):
            return True
        if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Constant):
            continue
        if code.of(node.value).rpartition(".")[2] in holders:
            return True
    return False


def unwrap_call(draft: Draft, code: Code, call: ast.Call, value: Tensor) -> None:
    """`softmax(x, dim=1)` becomes `x`; a layer that nothing else uses goes with its last call."""
    kept = argument(call, value)
    refuse_other_layers(draft, call, value)
    if isinstance(kept, ast.Name | ast.Attribute | ast.Subscript):
        refuse_alias(draft, code, kept)
    put_argument(draft, code, call, kept)
    if value.maker is not None and value.maker.node is not call:
        remove_unused_layer(draft, value.maker, call)


def refuse_other_layers(draft: Draft, call: ast.Call, value: Tensor) -> None:
    """A call in a loop over layers applies all of them.

    Raises:
        Refused: it has given what something else made.
    """
    record = draft.shop.index.record
    carrier = record.carriers.get(id(call))
    made = [inner(one) for one in carrier.values] if carrier is not None else []
    if id(call) in record.others or any(isinstance(one, Tensor) and one.op != value.op for one in made):
        raise Refused(f"line {call.lineno} applies other layers as well")


def refuse_alias(draft: Draft, code: Code, kept: ast.expr) -> None:
    """A new value must not become another name of an old one where the difference shows.

    Raises:
        Refused: the old value is changed in place somewhere, or the activation cuts its gradient off.
    """
    bindings, name = Bindings(draft.shop, code.tree), root_name(kept)
    home, here = bindings.home(code, kept, name), Spot(code, code.statement(kept))
    changes = [spot for spot in bindings.bound(home, name) if works_in_place(spot)]
    if not isinstance(here.node, ast.Return) and any(may_follow(spot, here) for spot in changes):
        raise Refused(f"{name} is changed in place later, so the activation cannot be taken off it")
    around = (node for node in code.ancestors(kept) if isinstance(node, ast.With))
    if any(not is_scope(block) for block in around):
        raise Refused(f"the `with` around the activation does not hold for {name}")


def may_follow(spot: Spot, here: Spot) -> bool:
    """Whether a place can be reached after another one: it comes later, or both are in one loop."""
    loops = [n for n in here.code.ancestors(here.node) if isinstance(n, ast.For | ast.While)]
    return spot.start > here.end or any(is_within(spot, Spot(here.code, loop)) for loop in loops)


def argument(call: ast.Call, value: Tensor) -> ast.expr:
    """What an activation is applied to, in the call that applies it.

    Raises:
        Refused: the call does not say it in one argument.
    """
    entry = value.entry
    if value.maker is None and isinstance(entry, Activation):
        if value.spelled.startswith("tensor.") and isinstance(call.func, ast.Attribute):
            return call.func.value
        position = entry.params.index(entry.value) if entry.value in entry.params else 0
        named = [keyword.value for keyword in call.keywords if keyword.arg == entry.value]
        if named:
            return named[0]
        if position < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args):
            return call.args[position]
    elif len(call.args) == 1 and not isinstance(call.args[0], ast.Starred):
        return call.args[0]
    raise Refused("what the activation is applied to is not written in its call")


def remove_unused_layer(draft: Draft, maker: Site, call: ast.Call) -> None:
    """Drop `self.softmax = nn.Softmax(dim=1)` where the call was the only one that read it."""
    code = draft.shop.at(maker)
    statement = code.statement(maker.node)
    if not (isinstance(statement, ast.Assign) and statement.value is maker.node and len(statement.targets) == 1):
        return
    target, func = statement.targets[0], call.func
    if isinstance(target, ast.Attribute) and isinstance(func, ast.Attribute) and target.attr == func.attr:
        name = target.attr
    elif isinstance(target, ast.Name) and isinstance(func, ast.Name) and target.id == func.id:
        name = target.id
    else:
        return
    if sum(mentions(block.module, name) for block in draft.shop.codes(code.tree)) == 2:
        draft.remove_statement(code, statement)


def mentions(root: ast.AST, name: str) -> int:
    """How often a tree names something: as a variable, an attribute or a string."""
    found = 0
    for node in nodes(root):
        if isinstance(node, ast.Name):
            found += node.id == name
        elif isinstance(node, ast.Attribute):
            found += node.attr == name
        elif isinstance(node, ast.Constant):
            found += node.value == name
    return found


def is_named(draft: Draft, value: Tensor, code: Code, call: ast.Call) -> bool:
    """Whether a call names the library's function itself, as imported."""
    if value.spelled.startswith("tensor."):
        return True
    return draft.shop.catalog.find(path_of(draft, code, call.func)) is value.entry


def to_log(draft: Draft, value: Tensor) -> None:
    """Make a softmax a log_softmax, with the same arguments.

    Raises:
        Refused: it is not one of the library's functions or layers.
    """
    site = value.origin if value.maker is None else value.maker
    code, node = draft.shop.at(site), site.node
    entry = value.entry
    if not isinstance(entry, Activation) or not isinstance(node, ast.Call) or not is_named(draft, value, code, node):
        raise Refused("the softmax is not a call of a library function")
    if value.spelled.startswith("tensor.") and isinstance(node.func, ast.Attribute):
        end = code.span(node.func)[1]
        draft.change(code, end - len(node.func.attr), end, "log_softmax")
    elif entry.short == "Softmax":
        draft.rename(code, node, "torch.nn.LogSoftmax")
    elif entry.short == "softmax":
        draft.rename(code, node, value.spelled.replace(".softmax", ".log_softmax"))
    else:
        raise Refused("this activation has no logarithmic form")
