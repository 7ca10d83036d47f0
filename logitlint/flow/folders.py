"""What is in the folders of a project, asked of the disk once for each: most names that are looked up are nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Folders:
    """The names in folders: those on the disk, and those of files that are given in place of it."""

    def __init__(self, given: Iterable[Path]) -> None:
        self._given: dict[Path, set[str]] = {}
        self._listed: dict[Path, frozenset[str]] = {}
        for file in given:
            path = file
            while path.name not in self._given.setdefault(path.parent, set()) and path.parent != path:
                self._given[path.parent].add(path.name)
                path = path.parent

    def names(self, folder: Path) -> frozenset[str]:
        """What is in a folder; nothing if there is no such folder."""
        if folder not in self._listed:
            try:
                on_disk = frozenset(entry.name for entry in folder.iterdir())
            except OSError:
                on_disk = frozenset()
            self._listed[folder] = on_disk.union(self._given.get(folder, ()))
        return self._listed[folder]

    def holds(self, folder: Path, module: str) -> bool:
        """Whether a folder has a module or package of this name, or may have one."""
        names = self.names(folder)
        return module in names or f"{module}.py" in names
