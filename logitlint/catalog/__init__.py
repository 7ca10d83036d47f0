"""What the frameworks' names mean, as data: one TOML file per framework, and this loader."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from .model import ROLES, Activation, Entry, Loss, Op

__all__ = ["Catalog", "load"]


@dataclass(frozen=True)
class Catalog:
    """All rows, by dotted name, by tensor-method name and by Keras string.

    `aliases` maps module prefixes to the canonical one (`tensorflow.keras` to `keras`), longest first; below a prefix
    in `collapse`, intermediate modules do not matter (`keras.layers.core.Dense` is `keras.layers.Dense`).
    """

    roots: frozenset[str]
    aliases: tuple[tuple[str, str], ...]
    collapse: tuple[str, ...]
    by_name: Mapping[str, Entry]
    by_method: Mapping[str, Entry]
    by_string: Mapping[tuple[type[Entry], str], Entry]
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


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(file).read_text("utf-8"))


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


@functools.cache
def load() -> Catalog:
    """Read the TOML files that ship with the package.

    Raises:
        TypeError: a row has an unknown key or lacks a required one.
        ValueError: two rows claim the same name.
    """
    by_name: dict[str, Entry] = {}
    by_method: dict[str, Entry] = {}
    by_string: dict[tuple[type[Entry], str], Entry] = {}
    roots: set[str] = set()
    aliases: list[tuple[str, str]] = []
    collapse: list[str] = []
    files = sorted(f.name for f in resources.files(__package__).iterdir() if f.name.endswith(".toml"))
    for file in files:
        data = _read(file)
        framework = data.pop("framework")
        roots.update(framework["roots"])
        aliases.extend(framework.get("aliases", {}).items())
        collapse.extend(framework.get("collapse", ()))
        for role, rows in data.items():
            for row in rows:
                entry = ROLES[role](**_frozen(row))
                for table, keys in ((by_name, entry.names), (by_method, entry.methods)):
                    for key in keys:
                        if key in table:
                            raise ValueError(f"{file}: {key} has two rows")
                        table[key] = entry
                for key in entry.strings:
                    by_string[type(entry), key] = entry
    aliases.sort(key=lambda pair: -len(pair[0]))
    return Catalog(frozenset(roots), tuple(aliases), tuple(collapse), by_name, by_method, by_string)
