"""Which sources are one program, and which of them can matter: read off their import statements."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .catalog import Catalog
from .files.source import Source, is_notebook, length
from .flow.project import Project
from .screen import MAX_TEXTS, names_something, text_of

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\(?[^#\n]*)|import[ \t]+([\w., \t]+))", re.M)

MAX_TOGETHER = 1_000_000
"""Characters of code above which a program is analysed in parts."""

MAX_HOPS = 2
"""How many files between a file and one that names something still connect them."""

Names = frozenset[str] | None
"""What is asked of an imported file; None if it may be anything."""


@dataclass(frozen=True)
class Import:
    """One import statement; `names` are None where whole modules are imported."""

    level: int
    modules: tuple[str, ...]
    names: Names
    star: bool

    def brings(self, wanted: Names) -> bool:
        """Whether it may bring one of these names."""
        return wanted is None or self.names is None or self.star or not self.names.isdisjoint(wanted)


@functools.lru_cache(MAX_TEXTS)
def imports_in(text: str) -> tuple[Import, ...]:
    """The import statements of a text; of one over several lines the first line."""
    found = []
    for dots, module, names, plain in _IMPORT.findall(text):
        modules = (module,) if names else tuple(m.split()[0] for m in plain.split(",") if m.split())
        found.append(Import(len(dots), modules, frozenset(re.findall(r"\w+", names)) or None, "*" in names))
    return tuple(found)


@dataclass(frozen=True)
class Part:
    """A program, or what of a large one is analysed together.

    Attributes:
        sources: its sources.
        beside: given sources that it may import: they do not matter themselves, or cannot be read from the disk.
        elsewhere: the files of the program that are in other parts.
    """

    sources: Sequence[Source]
    beside: Sequence[Source]
    elsewhere: frozenset[Path]


@dataclass(frozen=True)
class Text:
    """What a text says: whether it names something, and what it imports."""

    names: bool
    imports: tuple[Import, ...]


Texts = dict[str, Text]
"""Texts that are known, by the digests of their files and by how these were read."""


@dataclass(eq=False)
class Programs:
    """The files of a project, and how they hang together. Each is read once; `texts` may know it, or will then."""

    project: Project
    catalog: Catalog
    texts: Texts
    _files: dict[Path, Text] = field(default_factory=dict)
    _found: dict[tuple[Path, Names], list[tuple[Path, Names]]] = field(default_factory=dict)
    _known: dict[tuple[Path, Names, int], bool] = field(default_factory=dict)

    def relevant(self, targets: Sequence[Source]) -> list[Source]:
        """The sources that name something, and those that connect others which do."""
        return [s for s in targets if self._said(s).names or self._connects(s)]

    def apart(self, sources: Sequence[Source]) -> list[Part]:
        """The sources, in their order, by program: those of two share no import that matters.

        Large programs come in parts.
        """
        groups = Groups()
        beside: dict[Path, list[Path]] = {}
        pending = [source.file for source in sources if source.file is not None]
        targets = set(pending)
        while pending:
            file = pending.pop()
            if file in beside:
                continue
            beside[file] = []
            for found, names in self._imported(file, None):
                if found in targets or self._matters(found, names, MAX_HOPS):
                    groups.join(file, found)
                elif found in self.project.given:
                    beside[file].append(found)
                else:
                    continue
                pending.append(found)
        programs: dict[object, list[Source]] = {}
        for source in sources:
            programs.setdefault(groups.of(source.file or source.path), []).append(source)
        return [part for program in programs.values() for part in self._parts(program, beside)]

    def _parts(self, program: Sequence[Source], beside: Mapping[Path, Sequence[Path]]) -> Iterator[Part]:
        """A program, whole or cut between files; what a part imports from the others, it reads on demand."""
        imported = self._beside(program, beside)
        parts = cut(program, MAX_TOGETHER)
        for part in parts:
            others = [source for other in parts if other is not part for source in other]
            unsaved = [source for source in others if not source.digest]
            yield Part(part, imported + unsaved, frozenset(source.file for source in others if source.file is not None))

    def _beside(self, program: Sequence[Source], beside: Mapping[Path, Sequence[Path]]) -> list[Source]:
        """The sources that a program reaches through `beside`."""
        pending = [source.file for source in program if source.file is not None]
        seen = set(pending)
        for file in pending:
            more = [found for found in beside.get(file, ()) if found not in seen]
            seen.update(more)
            pending += more
        return [self.project.given[file] for file in pending[len(program) :]]

    def _connects(self, source: Source) -> bool:
        """Whether a source imports something of a project file that names something."""
        file = source.file
        return file is not None and any(self._matters(*one, MAX_HOPS) for one in self._imported(file, None))

    def _matters(self, file: Path, names: Names, hops: int) -> bool:
        """Whether a file names something or leads to one that does; of a package only what is asked for counts."""
        key = (file, names, hops)
        if key not in self._known:
            is_package = file.name == "__init__.py"
            self._known[key] = (self._read(file).names and not is_package) or (
                hops > 0
                and any(self._matters(*one, hops - 1) for one in self._imported(file, names if is_package else None))
            )
        return self._known[key]

    def _imported(self, file: Path, wanted: Names) -> list[tuple[Path, Names]]:
        """The project files from which a file imports what is wanted, and what it asks of them."""
        key = (file, wanted)
        if key not in self._found:
            self._found[key] = list(self._find(file, wanted))
        return self._found[key]

    def _find(self, file: Path, wanted: Names) -> Iterator[tuple[Path, Names]]:
        for one in self._read(file).imports:
            if not one.brings(wanted):
                continue
            for module in one.modules:
                found = self.project.resolve(file, module, one.level)
                if found is None:
                    continue
                if self.project.is_file(found):
                    yield found, one.names
                if found.is_dir() or found.name == "__init__.py":
                    folder = found if found.is_dir() else found.parent
                    for name in sorted(one.names or ()):
                        yield folder / f"{name}.py", None

    def _read(self, file: Path) -> Text:
        """What a file says; one that cannot be read says nothing."""
        if file not in self._files:
            given = self.project.given.get(file)
            if given is not None:
                self._files[file] = self._said(given)
            else:
                self.project.searched.add(file)
                seen = self.project.seen
                self._files[file] = self._remembered(seen.digest(file), lambda: seen.text(file))
        return self._files[file]

    def _said(self, source: Source) -> Text:
        """What a source says: the same bytes may be read as a script or as a notebook."""
        kind = "notebook" if is_notebook(source.path) else "script"
        return self._remembered(source.digest and f"{source.digest} {kind}", lambda: text_of(source))

    def _remembered(self, key: str, text: Callable[[], str]) -> Text:
        """What a text says; one without a key, which nobody has a digest of, is read each time."""
        known = self.texts.get(key)
        if known is None:
            content = text()
            known = Text(names_something(content, self.catalog), imports_in(content))
            if key:
                self.texts[key] = known
        return known


def cut(sources: Sequence[Source], size: int) -> list[list[Source]]:
    """Neighbours together, up to about `size` characters; a folder is only cut if it alone is larger."""
    if sum(map(length, sources)) <= size:
        return [list(sources)]
    parts: list[list[Source]] = []
    room = 0
    for _, group in itertools.groupby(sources, lambda source: source.file and source.file.parent):
        folder = list(group)
        if sum(map(length, folder)) > room:
            parts.append([])
            room = size
        for source in folder:
            if room <= 0:
                parts.append([])
                room = size
            parts[-1].append(source)
            room -= length(source)
    return parts


class Groups:
    """Things that were joined, directly or through others."""

    def __init__(self) -> None:
        self._towards: dict[object, object] = {}

    def of(self, thing: object) -> object:
        """What stands for the group of a thing."""
        while (towards := self._towards.get(thing, thing)) != thing:
            self._towards[thing] = thing = self._towards.get(towards, towards)
        return thing

    def join(self, one: object, other: object) -> None:
        """Make one group of two."""
        self._towards[self.of(one)] = self.of(other)
