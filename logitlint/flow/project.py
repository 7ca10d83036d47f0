"""Which files are one program: how an import statement finds another source of the project."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files.source import Source, Unreadable, read_source
from .tree import Tree, parse

MAX_PARENTS = 6
"""How many folders above a file are searched for an absolute import."""


@dataclass(eq=False)
class Project:
    """The sources that were read so far, by file; others are read when an import asks for them.

    `outside` holds the import roots that the catalog explains: they are never read as project code. `given` holds
    sources that are taken as they are, whatever is on disk; `src` are folders in which absolute imports are looked up
    when nothing near the importing file answers them.

    `places` are the names that were looked up in a folder, with what they stand for there; `watched` are files about
    whose surroundings something was asked.
    """

    outside: frozenset[str]
    given: Mapping[Path, Source] = field(default_factory=dict)
    files: Collection[Path] = ()
    src: Sequence[Path] = ()
    trees: dict[Path, Tree | None] = field(default_factory=dict)
    places: dict[tuple[Path, tuple[str, ...]], Path | None] = field(default_factory=dict)
    watched: set[Path] = field(default_factory=set)

    def add(self, source: Source) -> Tree:
        """Parse a source that is to be checked."""
        if source.file is not None and source.file in self.trees:
            known = self.trees[source.file]
            if known is not None:
                return known
        tree = parse(source)
        if source.file is not None:
            self.trees[source.file] = tree
        return tree

    def is_main(self, source: Source) -> bool:
        """Whether a source may be run as a program itself, and is not only imported by others."""
        return source.file is None or source.file in self.files

    def read(self, file: Path) -> Tree | None:
        """The tree of a project file, or None if it cannot be read."""
        if file not in self.trees:
            try:
                self.trees[file] = parse(self.given.get(file) or read_source(file, shown(file)))
            except Unreadable:
                self.trees[file] = None
        return self.trees[file]

    def resolve(self, importer: Path | None, module: str, level: int = 0) -> Path | None:
        """The file of an imported module, or its folder if it is a namespace package; None outside the project."""
        if importer is None:
            return None
        parts = [p for p in module.split(".") if p]
        if level:
            folder = importer.parent
            for _ in range(level - 1):
                folder = folder.parent
            return self.below(folder, tuple(parts))
        if not parts or parts[0] in self.outside or parts[0] in sys.stdlib_module_names:
            return None
        folder = importer.parent
        for _ in range(MAX_PARENTS):
            found = self.below(folder, tuple(parts)) or self.below(folder / "src", tuple(parts))
            if found is not None and found != importer:
                return found
            if folder.parent == folder or (folder / ".git").exists():
                break
            folder = folder.parent
        return next(
            (found for root in self.src if (found := self.below(root, tuple(parts))) not in (None, importer)), None
        )

    def below(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        """The module or package of a dotted name in a folder."""
        key = (folder, parts)
        if key not in self.places:
            self.places[key] = self._module_file(folder, parts)
        return self.places[key]

    def _module_file(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        base = folder.joinpath(*parts)
        init = base / "__init__.py"
        if self.is_file(init):
            return init
        if parts and self.is_file(file := base.with_name(base.name + ".py")):
            return file
        return base if base.is_dir() and parts else None

    def path(self, text: str) -> Path:
        """The path of a project file, of the kind that those of the given sources are: they need not be on disk."""
        return next(iter(self.given), Path()) / text

    def is_file(self, file: Path) -> bool:
        """Whether there is such a file, given or on disk."""
        return file in self.given or file.is_file()


def shown(file: Path) -> str:
    """A file's path as reported: relative to the working directory where possible, with `/`."""
    try:
        return file.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()
