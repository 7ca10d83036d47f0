"""Users' own catalog files, which nobody has tested: each value is checked before it becomes a row."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..files.source import shown_path
from .model import ROLES, Activation, Entry, Keep, Loss, Metric, Wrapper

FRAMEWORK: Mapping[str, Any] = {
    "name": str,
    "roots": tuple[str, ...],
    "aliases": Mapping[str, str],
    "collapse": tuple[str, ...],
}

VALUES: Mapping[tuple[type[Entry], str], tuple[str, ...]] = {
    (Entry, "kind"): ("function", "class"),
    (Activation, "space"): (
        *("softmax", "sigmoid", "log_softmax", "log_sigmoid"),
        *("rectified", "bounded", "unbounded", "linear"),
    ),
    (Activation, "recovery"): ("always", "graph", "never"),
    (Loss, "expects"): ("logits", "probabilities", "log_probabilities", "any"),
    (Loss, "family"): ("binary", "categorical", "sparse", "other"),
    (Metric, "assumes"): ("probabilities", "any"),
    (Keep, "effect"): ("same", "select", "combine", "pool", "drop"),
    (Wrapper, "result"): ("same", "value_and_grad"),
}
"""What some keys may hold."""

READ: Mapping[type[Entry], str] = {Activation: "value", Loss: "prediction", Metric: "prediction", Keep: "value"}
"""The key that names the parameter which is read."""


class CatalogError(ValueError):
    """A user's catalog file cannot be used; the message names the file and what is wrong."""


def read_rows(path: str) -> dict[str, Any]:
    """The rows of a file by role, and its `framework` table.

    Raises:
        CatalogError: it cannot be read, is no TOML, or a row has a role, a key or a value that there is not.
    """
    file, path = Path(path), shown_path(Path(path))
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"{path}: is no TOML: {error}") from None
    _check_framework(path, data.get("framework", {}))
    for role, rows in data.items():
        if role == "framework":
            continue
        if role not in ROLES:
            raise CatalogError(f"{path}: no role {role!r}{_near(role, [*ROLES, 'framework'])}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CatalogError(f"{path}: {role} must be a list of tables, [[{role}]]")
        for number, row in enumerate(rows, 1):
            try:
                _check_row(ROLES[role], row)
            except CatalogError as error:
                raise CatalogError(f"{path}: {role} {number}: {error}") from None
    return data


def _check_framework(path: str, framework: Any) -> None:
    if not isinstance(framework, dict):
        raise CatalogError(f"{path}: framework must be a table")
    for key, value in framework.items():
        if key not in FRAMEWORK:
            raise CatalogError(f"{path}: framework: no key {key!r}{_near(key, FRAMEWORK)}")
        _check_type(f"{path}: framework.{key}", FRAMEWORK[key], value)


def _check_row(role: type[Entry], row: Mapping[str, Any]) -> None:
    hints = typing.get_type_hints(role)
    for key, value in row.items():
        if key not in hints:
            raise CatalogError(f"no key {key!r}{_near(key, hints)}")
        _check_type(key, hints[key], value)
        allowed = next((VALUES[kind, key] for kind in role.__mro__ if (kind, key) in VALUES), (value,))
        if value not in allowed:
            raise CatalogError(f"{key} must be one of {', '.join(allowed)}, not {value!r}")
    for field in dataclasses.fields(role):
        if (
            field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING
            and field.name not in row
        ):
            raise CatalogError(f"{field.name} is missing")
    if not any(row.get(key) for key in ("names", "methods", "strings")):
        raise CatalogError("names must name something")
    for name in row["names"]:
        if "." not in name or not all(part.isidentifier() for part in name.split(".")):
            raise CatalogError(f"{name!r} must be a dotted name: the module, then the name in it")
    if (read := READ.get(role)) is not None:
        names = "call" if row.get("kind") == "class" else "params"
        defaults = {field.name: field.default for field in dataclasses.fields(role)}
        wanted = row.get(read, defaults[read])
        known = row.get(names, defaults[names])
        if wanted not in [name.lstrip("*") for name in known]:
            raise CatalogError(f"{names} must name {wanted!r}, the parameter that is read (or {read} another one)")


def _check_type(key: str, hint: Any, value: Any) -> None:
    if hint == tuple[str, ...]:
        words, right = "a list of strings", isinstance(value, list) and all(isinstance(one, str) for one in value)
    elif hint in (str, bool):
        words, right = ("a string" if hint is str else "true or false"), isinstance(value, hint)
    else:
        words, right = (
            "a table of strings and numbers",
            isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values()),
        )
    if not right:
        raise CatalogError(f"{key} must be {words}")


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f", did you mean {near[0]!r}?" if near else ""
