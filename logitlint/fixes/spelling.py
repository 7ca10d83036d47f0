"""How a file spells a library function: by the imports that it has, or by one that is added."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..flow.names import nodes
from .code import Code

MODULE_ALIASES = {
    "torch.nn.functional": "F",
    "torch.nn": "nn",
    "tensorflow": "tf",
    "jax.numpy": "jnp",
    "numpy": "np",
}
"""The names under which people import modules."""


@dataclass(frozen=True)
class Spelled:
    """A name as the file writes it, and the import statement that it needs, if any."""

    text: str
    needs: str = ""


@dataclass(eq=False)
class Spelling:
    """The names that the import statements of a source bind, by what they stand for.

    Only imports at the level of the module count, and names that nothing else binds.
    """

    codes: list[Code]
    imported: dict[str, str] = field(default_factory=dict)
    starred: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for code in self.codes:
            for statement in imports(code.module.body):
                self._add(statement)
            self.bound.update(bound_names(code.module))
        self.bound.update(self.imported)

    def _add(self, statement: ast.Import | ast.ImportFrom) -> None:
        for alias in statement.names:
            if isinstance(statement, ast.Import):
                path = alias.name if alias.asname else alias.name.split(".")[0]
                self.imported[alias.asname or path] = path
            elif alias.name == "*":
                self.starred.append(statement.module or "")
            elif not statement.level:
                self.imported[alias.asname or alias.name] = f"{statement.module}.{alias.name}"

    def spell(self, *paths: str, like: str = "") -> Spelled:
        """A way to write one of several equivalent dotted paths, the best one first.

        A name that is in scope wins, above all one that begins as `like`, the name that is used at the place.
        """
        head = like.rpartition(".")[0]
        usable = [
            (text.rpartition(".")[0] != head, rank, text.count("."), len(text), text)
            for rank, path in enumerate(paths)
            for text in self._in_scope(path)
        ]
        if usable:
            return Spelled(min(usable)[-1])
        module, _, name = paths[0].rpartition(".")
        alias = MODULE_ALIASES.get(module)
        if alias is not None and alias not in self.bound and "." in like:
            parent, _, last = module.rpartition(".")
            plain = alias == last
            return Spelled(
                f"{alias}.{name}", f"from {parent} import {last}" if plain else f"import {module} as {alias}"
            )
        if name not in self.bound and name not in dir(sys.modules["builtins"]):
            return Spelled(name, f"from {module} import {name}")
        root = module.split(".")[0]
        return Spelled(
            paths[0], f"import {module}" if root not in self.bound or self.imported.get(root) == root else ""
        )

    def _in_scope(self, path: str) -> Iterator[str]:
        for name, stands_for in self.imported.items():
            if path == stands_for:
                yield name
            elif path.startswith(stands_for + "."):
                yield name + path[len(stands_for) :]
        module, _, last = path.rpartition(".")
        if module in self.starred and last not in self.bound:
            yield last


def imports(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements of a module body, also those under `try` and `if`."""
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.Try):
            yield from imports(statement.body)
        elif isinstance(statement, ast.If):
            yield from imports(statement.body)
            yield from imports(statement.orelse)


def bound_names(root: ast.AST) -> set[str]:
    """Every name that something in a tree binds, imports apart."""
    found: set[str] = set()
    for node in nodes(root):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found
