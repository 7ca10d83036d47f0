"""Which files are one program: how an import statement finds another source of the project."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files.folders import TOP, Folders, Seen
from ..files.source import Source, Unreadable, read_source, shown_path
from ..screen import text_of
from .tree import Tree, parse, parse_once

_STARS = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\*", re.M)

MAX_PARENTS = 6
"""How many folders above a file are searched for an absolute import."""


@dataclass(eq=False)
class Project:
    """The sources that were read so far, by file; others are read when an import asks for them.

    `outside` holds the import roots that the catalog explains: they are never read as project code. `given` holds
    sources that are taken as they are, whatever is on disk; `src` are folders in which absolute imports are looked up
    when nothing near the importing file answers them. `files` are all that are looked at in the run, `elsewhere` those
    of them that are looked at apart from this program although they belong to it.

    `places` are the names that were looked up in a folder, with what they stand for there; `watched` are files about
    whose surroundings something was asked, `searched` are files whose text was searched for a name.
    """

    outside: frozenset[str]
    given: Mapping[Path, Source] = field(default_factory=dict)
    files: Collection[Path] = ()
    elsewhere: Collection[Path] = ()
    src: Sequence[Path] = ()
    trees: dict[Path, Tree | None] = field(default_factory=dict)
    places: dict[tuple[Path, tuple[str, ...]], Path | None] = field(default_factory=dict)
    watched: set[Path] = field(default_factory=set)
    searched: set[Path] = field(default_factory=set)
    _nearest: dict[tuple[Path, str], Path | None] = field(default_factory=dict)
    _bringing: dict[tuple[Path, str], bool] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    _folders: Folders = field(init=False)

    def __post_init__(self) -> None:
        self._folders = Folders(self.given, self.seen)

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

    def is_own(self, source: Source) -> bool:
        """Whether a source belongs to this program, and is not only read by it."""
        return self.is_main(source) and source.file not in self.elsewhere

    @property
    def followed(self) -> set[Path]:
        """The files of which it is known how they use this program."""
        return {*self.files}.difference(self.elsewhere).union(self.trees)

    def read(self, file: Path) -> Tree | None:
        """The tree of a project file, or None if it cannot be read."""
        if file not in self.trees:
            try:
                self.trees[file] = parse_once(self.given.get(file) or read_source(file, shown_path(file)))
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
        key = (importer.parent, module)
        if key not in self._nearest:
            self._nearest[key] = next(self._near(*key), None)
        if self._nearest[key] != importer:
            return self._nearest[key]
        return next((found for found in self._near(*key) if found != importer), None)

    def _near(self, folder: Path, module: str) -> Iterator[Path]:
        """What an absolute import in a folder may mean, the nearest first."""
        parts = tuple(p for p in module.split(".") if p)
        for _ in range(MAX_PARENTS):
            if (found := self.below(folder, parts) or self.below(folder / "src", parts)) is not None:
                yield found
            if folder.parent == folder or self.below(folder, TOP) is not None:
                break
            folder = folder.parent
        for root in self.src:
            if (found := self.below(root, parts)) is not None:
                yield found

    def below(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        """The module or package of a dotted name in a folder."""
        key = (folder, parts)
        if key not in self.places:
            self.places[key] = self._folders.find(folder, parts)
        return self.places[key]

    def may_bring(self, file: Path, name: str) -> bool:
        """Whether `from module import *` may bring a name, from the text of the module and of those it imports so."""
        key = (file, name)
        if key not in self._bringing:
            self._bringing[key] = False  # an import cycle brings nothing more
            text = self._text(file)
            self._bringing[key] = may_bind(text, name) or any(
                self.may_bring(found, name)
                for dots, module in _STARS.findall(text)
                if (found := self.resolve(file, module, len(dots))) is not None
            )
        return self._bringing[key]

    def digest(self, file: Path) -> str:
        """The digest of a file that is not given, as it was when it was read."""
        tree = self.trees.get(file)
        return tree.source.digest if tree is not None else self.seen.digest(file)

    def _text(self, file: Path) -> str:
        tree = self.trees.get(file)
        source = tree.source if tree is not None else self.given.get(file)
        if source is None:
            self.searched.add(file)
            return self.seen.text(file)
        return text_of(source)

    def is_file(self, file: Path) -> bool:
        """Whether there is such a file, given or on disk."""
        return self._folders.is_file(file)


def may_bind(text: str, name: str) -> bool:
    """Whether the text of a module may give a name to others: listed in `__all__`, or else bound on some line."""
    if name not in text:
        return False
    if "__all__" in text and ".__all__" not in text:
        return f'"{name}"' in text or f"'{name}'" in text
    binds = re.compile(
        rf"(def|class)\s+{name}\b|.*\bimport\b.*\b{name}\b|([\w ]+,)*\s*{name}\s*([=:,)#]|$)|.*\bas\s+{name}\b"
    )
    return any(name in line and binds.match(line.lstrip()) for line in text.splitlines())
