"""What the frameworks' names mean, as data: one TOML file per framework, and this loader."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ..files.source import shown_path
from . import stable
from .model import ROLES, Activation, Entry, Loss, Op
from .own import CatalogError, read_rows

__all__ = ["Catalog", "CatalogError", "load"]


@dataclass(frozen=True)
class Catalog:
    """All rows, by dotted name, by tensor-method name and by Keras string.

    `aliases` maps module prefixes to the canonical one (`tensorflow.keras` to `keras`), longest first; below a prefix
    in `collapse`, intermediate modules do not matter (`keras.layers.core.Dense` is `keras.layers.Dense`). `own` are the
    names of rows that the user has added; they may be names of project code.
    """

    roots: frozenset[str]
    aliases: tuple[tuple[str, str], ...]
    collapse: tuple[str, ...]
    by_name: Mapping[str, Entry]
    by_method: Mapping[str, Entry]
    by_string: Mapping[tuple[type[Entry], str], Entry]
    own: frozenset[str] = frozenset()
    _canonical: dict[str, str] = field(default_factory=dict)
    _found: dict[str, Entry | None] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        """The catalog's spelling of a dotted name as imported; a name with a row of its own is already canonical."""
        if name not in self._canonical:
            self._canonical[name] = self._without_alias(name)
        return self._canonical[name]

    def find(self, name: str) -> Entry | None:
        """The row of a dotted name in any spelling, or None."""
        if name not in self._found:
            self._found[name] = self._search(self.canonical(name))
        return self._found[name]

    def _without_alias(self, name: str) -> str:
        if name not in self.by_name:
            for prefix, target in self.aliases:
                if name == prefix or name.startswith(prefix + "."):
                    return self._without_alias(target + name[len(prefix) :])
        return name

    def _search(self, name: str) -> Entry | None:
        found = self.by_name.get(name)
        if found is None:
            for prefix in self.collapse:
                if name.startswith(prefix + "."):
                    return self.by_name.get(prefix + "." + name.rsplit(".", 1)[1])
        return found

    def own_name(self, file: Path | None, name: str) -> str | None:
        """The dotted name under which a user's row knows what a project file defines, None if none does."""
        if name not in self._own_shorts or file is None:
            return None
        parts = file.parent.parts if file.name == "__init__.py" else file.with_suffix("").parts
        for dotted in sorted(self.own, key=len, reverse=True):
            *module, short = dotted.split(".")
            if short == name and module and parts[-len(module) :] == tuple(module):
                return dotted
        return None

    @functools.cached_property
    def _own_shorts(self) -> frozenset[str]:
        return frozenset(name.rsplit(".", 1)[-1] for name in self.own)

    @functools.cached_property
    def marks(self) -> frozenset[str]:
        """Words of which a program that matters names one: frameworks, and what users have rows for."""
        return (self.roots - {"builtins"}) | self._own_shorts

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Every word that can name an activation, a loss, `exp` or `log` in a program."""
        found: set[str] = set()
        for entry in self.entries:
            if _is_telling(entry):
                found.update((*(n.rsplit(".", 1)[-1] for n in entry.names), *entry.methods, *entry.strings))
        return frozenset(found)

    @functools.cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every row once."""
        return tuple({id(e): e for e in (*self.by_name.values(), *self.by_method.values())}.values())


def _is_telling(entry: Entry) -> bool:
    if isinstance(entry, Activation):
        return entry.space in ("softmax", "sigmoid", "log_softmax", "log_sigmoid")
    if isinstance(entry, Loss):
        return entry.expects != "any"
    return isinstance(entry, Op) and entry.op in ("exp", "log", "log1p", "logsumexp")


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


@functools.cache
def load(more: tuple[str, ...] = ()) -> Catalog:
    """Read the TOML files that ship with the package, and those at the paths `more`.

    Raises:
        TypeError: a row that ships has an unknown key or lacks a required one.
        ValueError: two rows that ship claim the same name.
        CatalogError: a file of `more` cannot be read or has rows that mean nothing.
    """
    builder = _Builder()
    for shipped in sorted(resources.files(__package__).iterdir(), key=lambda file: file.name):
        if shipped.name.endswith(".toml") and shipped.name != stable.FILE:
            builder.add(tomllib.loads(shipped.read_text("utf-8")), shipped.name)
    if not more:
        return builder.catalog(frozenset())
    names = frozenset(builder.by_name)
    added: dict[str, frozenset[str]] = {}
    for path in map(shown_path, map(Path, more)):
        builder.add(read_rows(path), path)
        added[path] = frozenset(builder.by_name) - names.union(*added.values())
    catalog = builder.catalog(frozenset(builder.by_name) - names)
    _require_whole(catalog, added)
    return catalog


def _require_whole(catalog: Catalog, added: Mapping[str, Collection[str]]) -> None:
    """Check that the rows of users, whose names are given by file, lead somewhere.

    Raises:
        CatalogError: a twin that there is not, or aliases that stand for themselves.
    """
    for alias, _ in catalog.aliases:
        try:
            catalog.canonical(alias)
        except RecursionError:
            raise CatalogError(f"the alias {alias!r} in `catalog` leads back to itself") from None
    for path, names in added.items():
        for name in sorted(names):
            entry = catalog.by_name[name]
            if isinstance(entry, Loss) and entry.twin and not isinstance(catalog.find(entry.twin), Loss):
                raise CatalogError(f"{path}: {name}: its twin {entry.twin!r} is no loss that a catalog has")


class _Builder:
    """A catalog in the making."""

    def __init__(self) -> None:
        self.by_name: dict[str, Entry] = {}
        self.by_method: dict[str, Entry] = {}
        self.by_string: dict[tuple[type[Entry], str], Entry] = {}
        self.roots: set[str] = set()
        self.aliases: list[tuple[str, str]] = []
        self.collapse: list[str] = []

    def add(self, data: Mapping[str, Any], file: str) -> None:
        """Add the rows of a file."""
        framework = data.get("framework", {})
        self.roots.update(framework.get("roots", ()))
        self.aliases.extend(framework.get("aliases", {}).items())
        self.collapse.extend(framework.get("collapse", ()))
        for role, rows in data.items():
            for row in rows if role != "framework" else ():
                entry = ROLES[role](**_frozen(row))
                for table, keys in ((self.by_name, entry.names), (self.by_method, entry.methods)):
                    for key in keys:
                        if key in table:
                            raise CatalogError(f"{file}: {key} has two rows")
                        table[key] = entry
                for key in entry.strings:
                    self.by_string[type(entry), key] = entry

    def catalog(self, own: frozenset[str]) -> Catalog:
        """The catalog with all rows that were added."""
        aliases = sorted(self.aliases, key=lambda pair: -len(pair[0]))
        return Catalog(
            frozenset(self.roots),
            tuple(aliases),
            tuple(self.collapse),
            self.by_name,
            self.by_method,
            self.by_string,
            own,
        )
