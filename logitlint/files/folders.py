"""What is in the folders of a project."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from .source import content_digest

TOP = (".git",)
"""The name of what lies in the top folder of a checkout, beyond which nothing is looked up."""


class Seen:
    """What was seen of the disk. It is looked at once: a new one is needed where something may have changed."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}
        self._contents: dict[Path, tuple[str, str]] = {}

    def names(self, folder: Path) -> frozenset[str]:
        """What is in a folder; nothing if there is no such folder. Most names that are looked up are nowhere."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]

    def text(self, file: Path) -> str:
        """What is in a file, without regard to its encoding; nothing if it cannot be read."""
        return self._content(file)[0]

    def digest(self, file: Path) -> str:
        """The digest of a file's bytes; empty if it cannot be read."""
        return self._content(file)[1]

    def _content(self, file: Path) -> tuple[str, str]:
        if file not in self._contents:
            try:
                data = file.read_bytes()
            except OSError:
                self._contents[file] = "", ""
            else:
                self._contents[file] = data.decode("utf-8", "replace"), content_digest(data)
        return self._contents[file]


class Folders:
    """The files of a project: those on the disk, and `given` ones in place of them."""

    def __init__(self, given: Collection[Path], disk: Seen) -> None:
        self.disk = disk
        self._given = given
        self._names: dict[Path, set[str]] = {}
        for file in given:
            path = file
            while (folder := path.parent) != path:
                names = self._names.setdefault(folder, set())
                if path.name in names:
                    break
                names.add(path.name)
                path = folder

    def find(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        """The module or package of a dotted name in a folder, or the folder's `TOP`."""
        if parts == TOP:
            return folder / TOP[0] if TOP[0] in self._in(folder) else None
        if parts and not self._holds(folder, parts[0]):
            return None
        base = folder.joinpath(*parts)
        init = base / "__init__.py"
        if self.is_file(init):
            return init
        if parts and self.is_file(file := base.with_name(base.name + ".py")):
            return file
        return base if parts and base.name in self._in(base.parent) and base.is_dir() else None

    def is_file(self, file: Path) -> bool:
        """Whether there is such a file, given or on disk."""
        return file in self._given or (file.name in self._in(file.parent) and file.is_file())

    def _in(self, folder: Path) -> frozenset[str]:
        """What is in a folder; nothing if there is no such folder."""
        given = self._names.get(folder)
        return self.disk.names(folder) | given if given else self.disk.names(folder)

    def _holds(self, folder: Path, module: str) -> bool:
        """Whether a folder has a module or package of this name, or may have one."""
        names = self._in(folder)
        return module in names or f"{module}.py" in names
