"""Which files can matter at all, decided on their text before anything is parsed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .catalog import load
from .files.source import Source

if TYPE_CHECKING:
    from .flow.project import Project

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\(?[^#\n]*)|import[ \t]+([\w., \t]+))", re.M)

_BETWEEN_WORDS = bytes(c if c >= 128 or chr(c).isalnum() or c == ord("_") else ord(" ") for c in range(256))
"""Translates every byte that belongs to no identifier to a space."""

MAX_HOPS = 2
"""How many files between a file and one that names something still connect them."""


@functools.cache
def _telling() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The frameworks, and the activations, losses and logarithms."""
    catalog = load()
    frameworks, words = ({name.encode() for name in names} for names in (catalog.roots - {"builtins"}, catalog.words))
    return frozenset(frameworks), frozenset(words)


def names_something(text: str) -> bool:
    """Whether a text names a framework, and an activation, a loss or a logarithm."""
    found = text.encode("utf-8", "replace").translate(_BETWEEN_WORDS).split()
    return not any(words.isdisjoint(found) for words in _telling())


def may_matter(text: str) -> bool:
    """Whether a file can have findings, or can connect project files that can."""
    return names_something(text) or "import" in text


def relevant(targets: Sequence[Source], project: Project) -> list[Source]:
    """The sources that name something, and those that connect others which do."""
    screen = Screen(project)
    return [source for source in targets if names_something(text_of(source)) or screen.connects(source)]


def text_of(source: Source) -> str:
    """The code of all blocks of a source."""
    return "\n".join(block.text for block in source.blocks)


@dataclass(frozen=True)
class Import:
    """One import statement: `names` are those asked for, None if it asks for modules."""

    level: int
    modules: tuple[str, ...]
    names: frozenset[str] | None
    star: bool


def imports_in(text: str) -> list[Import]:
    """The import statements of a text; of one over several lines the first line."""
    found = []
    for dots, module, names, plain in _IMPORT.findall(text):
        modules = (module,) if names else tuple(m.split()[0] for m in plain.split(",") if m.split())
        found.append(Import(len(dots), modules, frozenset(re.findall(r"\w+", names)) or None, "*" in names))
    return found


@dataclass(eq=False)
class Screen:
    """What the files of a project name and import, each read once."""

    project: Project
    _files: dict[Path, tuple[bool, list[Import]]] = field(default_factory=dict)
    _connected: dict[tuple[Path, frozenset[str] | None, int], bool] = field(default_factory=dict)

    def connects(self, source: Source) -> bool:
        """Whether a source imports something of a project file that names something."""
        return source.file is not None and self._leads(source.file, imports_in(text_of(source)), None, MAX_HOPS)

    def _leads(self, file: Path, imports: Sequence[Import], wanted: frozenset[str] | None, hops: int) -> bool:
        """Whether an import of a file leads to one that names something; `wanted` restricts it to some names."""
        return any(self._matters(found, asked, hops) for found, asked in self._imported(file, imports, wanted))

    def _matters(self, file: Path, asked: frozenset[str] | None, hops: int) -> bool:
        """Whether a file names something, or imports a file that does; of a package only what is asked for counts."""
        key = (file, asked, hops)
        if key not in self._connected:
            names, imports = self._facts(file)
            is_package = file.name == "__init__.py"
            self._connected[key] = (names and not is_package) or (
                hops > 0 and self._leads(file, imports, asked if is_package else None, hops - 1)
            )
        return self._connected[key]

    def _facts(self, file: Path) -> tuple[bool, list[Import]]:
        """Whether a file names something, and what it imports; a file that cannot be read does neither."""
        if file not in self._files:
            try:
                text = file.read_text("utf-8", errors="replace")
            except OSError:
                text = ""
            self._files[file] = names_something(text), imports_in(text)
        return self._files[file]

    def _imported(
        self, file: Path, imports: Sequence[Import], wanted: frozenset[str] | None
    ) -> Iterator[tuple[Path, frozenset[str] | None]]:
        """The project files that a file imports, each with the names that it asks for."""
        for one in imports:
            if wanted is not None and one.names is not None and not one.names & wanted and not one.star:
                continue
            for module in one.modules:
                found = self.project.resolve(file, module, one.level)
                if found is None:
                    continue
                if found.is_file():
                    yield found, one.names
                if found.is_dir() or found.name == "__init__.py":
                    folder = found if found.is_dir() else found.parent
                    for submodule in sorted(one.names or ()):
                        yield folder / f"{submodule}.py", None
