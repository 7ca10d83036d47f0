"""What is in force for a file, as plain data that can be hashed and sent to another process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..select import Selection, chosen, enabled
from .patterns import matches

EXCLUDE = (
    ".*/",
    "__pycache__/",
    "__pypackages__/",
    "_build/",
    "build/",
    "buck-out/",
    "CVS/",
    "dist/",
    "node_modules/",
    "site-packages/",
    "venv/",
)
"""Folders that are not entered unless named; virtual environments never are."""


@dataclass(frozen=True)
class Settings:
    """The values of all keys.

    Attributes:
        root: the folder that patterns are relative to, absolute.
        selections: what the configuration files and the command line say about rules, in turn.
        per_file_ignores: patterns, each with the prefixes of the codes that are off in what it matches.
        catalog: absolute paths of TOML files with rows for the catalog.
        src: absolute paths of folders in which absolute imports are looked up.

    The other attributes are what `keys.KEYS` says of them.
    """

    root: str = ""
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    force_exclude: bool = False
    min_severity: str = "note"
    fixable: tuple[str, ...] = ("",)
    unfixable: tuple[str, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    output_format: str = "text"
    keras_backend: str | None = None
    catalog: tuple[str, ...] = ()
    src: tuple[str, ...] = ()

    def rules(self, path: str) -> frozenset[str]:
        """The codes that are on in a file, given by its path from the working directory."""
        codes = enabled(self.selections)
        file = Path(os.path.abspath(path))
        off = [prefix for pattern, given in self.per_file_ignores if self._covers(pattern, file) for prefix in given]
        return frozenset(code for code in codes if not chosen(code, off)) if off else codes

    def excludes(self, path: Path, is_folder: bool) -> bool:
        """Whether a file or folder is left out for its own name or place; those around it are not looked at."""
        return any(self.excluded_by(pattern, path, is_folder) for pattern in (*self.exclude, *self.extend_exclude))

    def excluded_by(self, pattern: str, path: Path, is_folder: bool) -> bool:
        """Whether one pattern leaves it out."""
        return matches(pattern, path, self.root, is_folder)

    def excludes_somewhere(self, file: Path) -> bool:
        """Whether a file or a folder on the way to it from the root is left out."""
        folders = [folder for folder in file.parents if folder.is_relative_to(self.root) and folder != Path(self.root)]
        return self.excludes(file, False) or any(self.excludes(folder, True) for folder in folders)

    def _covers(self, pattern: str, file: Path) -> bool:
        if pattern.startswith("!"):
            return not self._covers(pattern[1:], file)
        return matches(pattern, file, self.root, False) or any(
            matches(pattern, folder, self.root, True) for folder in file.parents if folder.is_relative_to(self.root)
        )
