"""What is put around the program's own code: loops that end after some steps, functions that leave their variables.

The code runs as it is written except for that: `for x in items` iterates over `probe.limited(items)`, the test of a
`while` asks `probe.goes_on` too, and the body of a function ends with `probe.keep`. Generators are left as they are, so
that they never end early.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROBE = "__logitlint_probe__"
"""The builtin name of the record."""

COMPILED = frozenset({"compile", "function", "guvectorize", "jit", "njit", "script", "vectorize"})
"""Decorators whose functions are compiled: they are left as they are."""

INTERNAL = frozenset({"__call__", "call", "forward"})
"""Methods that compute inside a model: they are left as they are."""


def instrumented(source: str | bytes, path: str) -> types.CodeType:
    """The code of a source of the program.

    Raises:
        SyntaxError: it is no Python.
    """
    tree = _Instrument().visit(ast.parse(source, path))
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


class _Instrument(ast.NodeTransformer):
    def __init__(self) -> None:
        self.names: list[str] = []
        self.loops = 0

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Its methods are known by its name."""
        return self._below(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """What its variables hold is noted when it returns."""
        compiled = any(_last_name(one) in COMPILED for one in node.decorator_list)
        if compiled or node.name in INTERNAL or _is_generator(node):
            return node
        name = ".".join([*self.names, node.name])
        self._below(node)
        keep = _parsed(f"{PROBE}.keep({name!r}, locals())")
        words = 0 if ast.get_docstring(node, clean=False) is None else 1
        body = node.body[words:] or [ast.Pass()]
        node.body = [*node.body[:words], ast.Try(body=body, handlers=[], orelse=[], finalbody=keep)]
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """The loop ends after the steps that were asked for."""
        self.generic_visit(node)
        node.iter = ast.Call(_expression(f"{PROBE}.limited"), [node.iter], [])
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """The same."""
        self.generic_visit(node)
        self.loops += 1
        begun = f"__logitlint_begun_{self.loops}__"
        node.test = ast.BoolOp(ast.And(), [node.test, _expression(f"{PROBE}.goes_on({begun})")])
        return [*_parsed(f"{begun} = {PROBE}.taken"), node]

    def _below(self, node: ast.ClassDef | ast.FunctionDef) -> ast.AST:
        self.names.append(node.name)
        self.generic_visit(node)
        self.names.pop()
        return node


def _parsed(statement: str) -> list[ast.stmt]:
    return ast.parse(statement).body


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _last_name(decorator: ast.expr) -> str:
    """The name behind the last dot of a decorator, or of what `partial` is given."""
    if isinstance(decorator, ast.Call):
        name = _last_name(decorator.func)
        return _last_name(decorator.args[0]) if name == "partial" and decorator.args else name
    return ast.unparse(decorator).rpartition(".")[2]


def _is_generator(function: ast.FunctionDef) -> bool:
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending += ast.iter_child_nodes(node)
    return False


def watch_imports(root: Path, hooks: Mapping[str, Callable[[Any], None]]) -> None:
    """Instrument modules below a folder when they are imported, and call the hooks of others once they are loaded."""
    loader: Any = importlib.machinery.SourceFileLoader
    compiled, executed = loader.source_to_code, loader.exec_module
    prefix = f"{root}{os.sep}"

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
        if str(path).startswith(prefix):
            return instrumented(data, str(path))
        return compiled(self, data, path, **options)

    def exec_module(self: Any, module: types.ModuleType) -> None:
        executed(self, module)
        if module.__name__ in hooks:
            hooks[module.__name__](module)

    loader.source_to_code, loader.exec_module = source_to_code, exec_module
