"""Which files to read: named ones always, folders without what git ignores and what the configuration leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.resolve import Configurations
from ..config.settings import Settings
from ..finding import Skipped
from .source import shown_path

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")
"""What is looked for in folders; a file that is named may have any suffix."""


@dataclass(frozen=True)
class _Ignore:
    """One `.gitignore`: its patterns and the folder that they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(relative + "/" if is_folder else relative).include


def discover(
    paths: Iterable[Path], configurations: Configurations | None = None
) -> tuple[dict[Path, Settings], list[Skipped]]:
    """The files below `paths` in the order of their names, each once and with what is in force for it.

    Beside them the folders that could not be searched. Links to files are followed, links to folders only if they are
    named. Without `configurations`, no configuration file is read.

    Raises:
        FileNotFoundError: one of `paths` does not exist; the error's `filename` is that path.
        ConfigurationError: a configuration file cannot be used.
    """
    known = configurations or Configurations(isolated=True)
    skipped: list[Skipped] = []
    found: dict[str, tuple[Path, Settings]] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise FileNotFoundError(2, "does not exist", str(path))
        named = Path(os.path.abspath(path))
        folder = os.path.isdir(named)
        settings = known.of_folder(named if folder else named.parent).settings
        if settings.force_exclude and (
            settings.excludes_somewhere(named) or (folder and settings.excludes(named, True))
        ):
            below = []
        elif folder:
            below = list(_Walk(named, known, skipped))
            if not below:
                skipped.append(Skipped(shown_path(named), "is a directory without Python files or notebooks"))
        else:
            below = [(named, os.path.realpath(named), settings)]
        for file, real, settings in below:
            found.setdefault(real, (file, settings))
    return dict(sorted(found.values(), key=lambda one: one[0].parts)), skipped


@dataclass
class _Walk:
    """The files below a folder, where each really is, and what is in force for it."""

    root: Path
    configurations: Configurations
    skipped: list[Skipped]
    _patterns: dict[Settings, tuple[list[str], list[str]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[Path, str, Settings]]:
        pending = [(self.root, _above(self.root))]
        while pending:
            folder, ignores = pending.pop()
            real = os.path.realpath(folder)
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.skipped.append(Skipped(shown_path(folder), f"cannot be searched: {error.strerror or error}"))
                continue
            names = {entry.name for entry in entries}
            if "pyvenv.cfg" in names and folder != self.root:
                continue
            settings = self.configurations.of_folder(folder).settings
            if ".gitignore" in names:
                ignores = (*ignores, *_read_ignore(folder))
            patterns = self._excluding(settings)
            for entry in entries:
                is_folder, is_link = entry.is_dir(follow_symlinks=False), entry.is_symlink()
                if not is_folder and (not entry.name.endswith(SUFFIXES) or (is_link and os.path.isdir(entry.path))):
                    continue
                path = Path(entry.path)
                if any(settings.excluded_by(pattern, path, is_folder) for pattern in patterns[is_folder]):
                    continue
                if settings.respect_gitignore and _ignored(path, is_folder, ignores):
                    continue
                if is_folder:
                    pending.append((path, ignores))
                else:
                    yield path, os.path.realpath(path) if is_link else os.path.join(real, entry.name), settings

    def _excluding(self, settings: Settings) -> tuple[list[str], list[str]]:
        """The patterns that can leave out files, and those for folders, but for any that does the named folder."""
        if settings not in self._patterns:
            patterns = (*settings.exclude, *settings.extend_exclude)
            every = [p for p in patterns if "/" not in p.rstrip("/") or not self._leads_in(settings, p)]
            self._patterns[settings] = [p for p in every if not p.endswith("/")], every
        return self._patterns[settings]

    def _leads_in(self, settings: Settings, pattern: str) -> bool:
        return any(settings.excluded_by(pattern, folder, True) for folder in (self.root, *self.root.parents))


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
    from pathspec import GitIgnoreSpec

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
