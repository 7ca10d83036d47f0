"""Which names a piece of code uses, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def nodes(root: ast.AST) -> Iterator[ast.AST]:
    """A node and everything below it, in no particular order."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        for field in _fields.get(type(node)) or _fields_of(type(node)):
            value = getattr(node, field, None)
            if type(value) is list:
                stack += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                stack.append(value)


_fields: dict[type, tuple[str, ...]] = {}


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of node that hold code: no names, operators or contexts."""
    found = () if kind is ast.Constant else tuple(field for field in kind._fields if field not in PLAIN)
    return _fields.setdefault(kind, found)


PLAIN = frozenset({"attr", "ctx", "id", "kind", "level", "module", "op", "ops", "type_comment", "type_ignores"})
"""Fields that hold no code."""


def name_of(call: ast.Call) -> str:
    """The last part of the name of what is called; empty if it has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def names_in(function: ast.AST, words: frozenset[str]) -> frozenset[str]:
    """The names in a function, and the strings among `words`: those that the catalog gives a meaning.

    An object that has the name of a word, such as the logger in `log.info`, is not what the word means.
    """
    found: set[str] = set()
    names: set[str] = set()
    objects: set[str] = set()
    for node in nodes(function):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
            if isinstance(node.value, ast.Name):
                objects.add(node.value.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in words:
            found.add(node.value)
    return frozenset(found | (names - (objects & words)))


def asked_of_self(function: ast.AST) -> frozenset[str]:
    """The attributes that a method reads from `self`; calling `self` reads `forward`."""
    found: set[str] = set()
    for node in nodes(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            found.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "self":
            found.update(("forward", "call", "__call__"))
    return frozenset(found)
