"""What lies around the files of a run: code that may use what they define without being looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator
from pathlib import Path

from ..files.source import Unreadable, read_source

MAX_FILES = 2000
"""How many files of a project are searched for imports."""

SKIPPED = frozenset({"node_modules", "site-packages", "build", "dist", "__pycache__"})
"""Folders that hold no code of the project."""


def published_package(file: Path | None) -> str | None:
    """The name of the installable package that a file belongs to, None if it is part of no such package."""
    folder = file.parent if file is not None else None
    while folder is not None and (folder / "__init__.py").is_file():
        base = folder.parent.parent if folder.parent.name == "src" else folder.parent
        if any((base / name).is_file() for name in ("setup.py", "pyproject.toml", "setup.cfg")):
            return folder.name
        folder = folder.parent
    return None


def unseen_importers(file: Path, known: Container[Path]) -> Iterator[Path]:
    """The files around a module that import it and are not `known`."""
    name = file.parent.name if file.name == "__init__.py" else file.stem
    imports = re.compile(rf"^[ \t]*(?:from|import)\b[^#\n]*\b{re.escape(name)}\b", re.MULTILINE)
    for number, candidate in enumerate(python_files(above(file))):
        if number >= MAX_FILES:
            return
        if candidate not in known and candidate != file:
            try:
                source = read_source(candidate, candidate.name)
            except Unreadable:
                continue
            if any(imports.search(block.text) for block in source.blocks):
                yield candidate


def above(file: Path) -> Path:
    """The folder that holds a file and the packages that it is in."""
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def python_files(folder: Path) -> Iterator[Path]:
    """The scripts below a folder, without hidden folders and those of installed packages."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            hidden = entry.name.startswith(".") or entry.name in SKIPPED
            if not hidden and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
                yield from python_files(Path(entry.path))
        elif entry.name.endswith(".py"):
            yield Path(entry.path)
