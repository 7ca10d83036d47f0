"""Which files to read: named ones always, folders without what git ignores and what nobody wrote by hand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pathspec import GitIgnoreSpec

from ..finding import Skipped
from .source import shown_path

SUFFIXES = (".py", ".ipynb")
"""What is looked for in folders; a file that is named may have any suffix."""

EXCLUDED = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "_build",
        "build",
        "buck-out",
        "CVS",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
"""Folders that are not entered unless named, beside hidden ones and virtual environments."""


@dataclass(frozen=True)
class _Ignore:
    """One `.gitignore`: its patterns and the folder that they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(relative + "/" if is_folder else relative).include


def discover(paths: Iterable[Path]) -> tuple[list[Path], list[Skipped]]:
    """The files below `paths` in the order of their names, each once, and the folders that could not be searched.

    Links to files are followed, links to folders only if they are named.

    Raises:
        FileNotFoundError: one of `paths` does not exist; the error's `filename` is that path.
    """
    skipped: list[Skipped] = []
    found: dict[str, Path] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise FileNotFoundError(2, "does not exist", str(path))
        named = Path(os.path.abspath(path))
        if os.path.isdir(named):
            below = list(_walk(named, skipped))
            if not below:
                skipped.append(Skipped(shown_path(named), "is a directory without Python files or notebooks"))
        else:
            below = [named]
        for file in below:
            found.setdefault(os.path.realpath(file), file)
    return sorted(found.values()), skipped


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    pending = [(root, _above(root))]
    while pending:
        folder, ignores = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Skipped(shown_path(folder), f"cannot be searched: {error.strerror or error}"))
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and folder != root:
            continue
        if ".gitignore" in names:
            ignores = (*ignores, *_read_ignore(folder))
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                hidden = entry.name.startswith(".") or entry.name in EXCLUDED
                if not hidden and not _ignored(path, True, ignores):
                    pending.append((path, ignores))
            elif entry.name.endswith(SUFFIXES) and not os.path.isdir(path) and not _ignored(path, False, ignores):
                yield path


def _above(root: Path) -> tuple[_Ignore, ...]:
    """The `.gitignore` files between the top of the git checkout and a folder, unless they ignore the folder itself."""
    way = [root]
    while not os.path.exists(way[-1] / ".git"):
        if way[-1].parent == way[-1]:
            return ()
        way.append(way[-1].parent)
    ignores: tuple[_Ignore, ...] = ()
    for child, folder in reversed(list(pairwise(way))):
        ignores = (*ignores, *_read_ignore(folder))
        if _ignored(child, True, ignores):
            return ()
    return ignores


def _read_ignore(folder: Path) -> Iterator[_Ignore]:
    """The `.gitignore` of a folder, if there is one that can be read."""
    try:
        lines = (folder / ".gitignore").read_text("utf-8", errors="replace").splitlines()
        yield _Ignore(folder, GitIgnoreSpec.from_lines(lines))
    except (OSError, ValueError):
        return


def _ignored(path: Path, is_folder: bool, ignores: tuple[_Ignore, ...]) -> bool:
    """Whether git ignores a path: the deepest `.gitignore` with an opinion decides."""
    for ignore in reversed(ignores):
        if (verdict := ignore.verdict(path, is_folder)) is not None:
            return verdict
    return False
