"""What is in the folders of a project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Seen:
    """What was seen of the disk. It is looked at once: a new one is needed where something may have changed."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}
        self._texts: dict[Path, str] = {}

    def names(self, folder: Path) -> frozenset[str]:
        """What is in a folder; nothing if there is no such folder. Most names that are looked up are nowhere."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(entry.name for entry in folder.iterdir())
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]

    def text(self, file: Path) -> str:
        """What is in a file, without regard to its encoding; nothing if it cannot be read."""
        if file not in self._texts:
            try:
                self._texts[file] = file.read_text("utf-8", errors="replace")
            except OSError:
                self._texts[file] = ""
        return self._texts[file]


class Folders:
    """The names in folders: those on the disk, and those of files that are given in place of it."""

    def __init__(self, given: Iterable[Path], disk: Seen) -> None:
        self._disk = disk
        self._given: dict[Path, set[str]] = {}
        for file in given:
            path = file
            while path.name not in self._given.setdefault(path.parent, set()) and path.parent != path:
                self._given[path.parent].add(path.name)
                path = path.parent

    def names(self, folder: Path) -> frozenset[str]:
        """What is in a folder; nothing if there is no such folder."""
        given = self._given.get(folder)
        return self._disk.names(folder) | given if given else self._disk.names(folder)

    def holds(self, folder: Path, module: str) -> bool:
        """Whether a folder has a module or package of this name, or may have one."""
        names = self.names(folder)
        return module in names or f"{module}.py" in names
