"""Expressions under full dotted names that exist in the frameworks of today, and which framework runs them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from ..catalog.stable import framework_of
from .code import Code, expression
from .draft import Draft


class Unclear(Exception):
    """An expression cannot be written as calls of a framework with literal arguments; the message says why."""


def constant(value: Any) -> ast.expr:
    """A value as source."""
    return ast.Constant(value)


def literal(node: ast.expr) -> Any:
    """The value of a literal; None for what is none."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None
    return value


def dumped(text: str) -> str:
    """The tree of a text, to be compared with others."""
    try:
        return ast.dump(expression(text))
    except SyntaxError:
        return ""


def path_of(draft: Draft, code: Code, node: ast.expr) -> str:
    """The dotted name that an expression is under the imports of a source and those that a fix adds."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    names = dict(draft.shop.spelling(code.tree).imported)
    for statement in draft.needs.get(code, ()):
        module, _, alias = statement.partition(" import ") if statement.startswith("from ") else (statement, "", "")
        if alias:
            names[alias] = f"{module.removeprefix('from ')}.{alias}"
        else:
            path, _, short = module.removeprefix("import ").partition(" as ")
            names[short or path.split(".")[0]] = path if short else path.split(".")[0]
    root = names.get(node.id)
    if root is None:
        starred = [f"{module}.{node.id}" for module in draft.shop.spelling(code.tree).starred]
        root = next((path for path in starred if draft.shop.catalog.find(path) is not None), None)
    return ".".join([root, *reversed(parts)]) if root else ""


def dotted(draft: Draft, path: str) -> ast.expr:
    """A function under a name that exists in the frameworks of today."""
    catalog = draft.shop.catalog
    name, entry = catalog.canonical(path), catalog.find(path)
    if path.startswith("tensorflow.experimental.numpy."):
        name = path
    elif name.startswith("keras.backend."):
        name = f"tensorflow.{name}"
    elif entry is not None and entry.gone and name.startswith("tensorflow."):
        name = f"tensorflow.compat.v1.{name.removeprefix('tensorflow.')}"
    elif name.startswith("math."):
        name = f"numpy.{name.removeprefix('math.')}"
    elif name.startswith("flax.") and entry is not None and entry.name.startswith("jax.nn."):
        name = entry.name
    return ast.parse(name, mode="eval").body


def framework_in(sources: Iterable[str]) -> tuple[str, str]:
    """The framework whose functions expressions call, and the backend that Keras must have; of methods alone, PyTorch.

    Raises:
        Unclear: it is none that is run.
    """
    names = [
        ast.unparse(node)
        for source in sources
        for node in ast.walk(ast.parse(source, mode="eval"))
        if isinstance(node, ast.Attribute)
    ]
    on_jax = any(".substrates.jax." in name for name in names)
    run = RUN | {"tensorflow_probability": "jax" if on_jax else "tensorflow"}
    found = {run.get(name.split(".")[0]) or framework_of(name).name for name in names} - {""}
    unknown = sorted(name.split(".")[0] for name in names if name.split(".")[0] in OTHERS)
    if unknown:
        raise Unclear(f"{unknown[0]} is not run")
    found -= {"numpy"} if len(found) > 1 else set()
    backends = found - {"keras"}
    if len(backends) > 1:
        raise Unclear(f"{' and '.join(sorted(found))} meet in it")
    if "keras" in found:
        return "keras", next(iter(backends), "")
    return next(iter(found), "torch"), ""


RUN = {"optax": "jax", "distrax": "jax"}
"""By package that has no stable functions, the framework that runs it."""

OTHERS = frozenset({"torchvision", "tflearn", "kornia", "monai", "sklearn", "haiku", "flax"})
"""Packages that are known to the catalog and not run."""
