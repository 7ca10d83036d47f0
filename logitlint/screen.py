"""Which files can matter at all, decided on their text before anything is parsed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .catalog import Catalog
from .files.source import Source

if TYPE_CHECKING:
    from .flow.project import Project

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\(?[^#\n]*)|import[ \t]+([\w., \t]+))", re.M)
MAX_HOPS = 2
"""How many files between a file and one that names something still connect them."""


@functools.cache
def _one_of(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")\b")


def names_something(text: str, catalog: Catalog) -> bool:
    """Whether a text names a framework, and an activation, a loss or a logarithm."""
    return _one_of(catalog.marks).search(text) is not None and _one_of(catalog.words).search(text) is not None


def may_matter(text: bytes, catalog: Catalog) -> bool:
    """Whether a file can have findings, or can connect project files that can."""
    decoded = text.decode("utf-8", "replace")
    return names_something(decoded, catalog) or "import" in decoded


def relevant(targets: Sequence[Source], project: Project, catalog: Catalog) -> list[Source]:
    """The sources that name something, and those that connect others which do."""
    return [s for s in targets if names_something(text_of(s), catalog) or connects(s, project, catalog)]


def text_of(source: Source) -> str:
    """The code of all blocks of a source."""
    return "\n".join(block.text for block in source.blocks)


def connects(source: Source, project: Project, catalog: Catalog) -> bool:
    """Whether a source imports something of a project file that names something."""
    return source.file is not None and _connects(source.file, text_of(source), project, catalog, None, MAX_HOPS)


def _connects(
    file: Path, text: str, project: Project, catalog: Catalog, wanted: frozenset[str] | None, hops: int
) -> bool:
    """Whether an import in a file leads to one that names something; `wanted` restricts it to some names."""
    for candidate, asked in _imported(file, text, project, wanted):
        content = _text(candidate)
        if content is None:
            continue
        is_package = candidate.name == "__init__.py"
        if not is_package and names_something(content, catalog):
            return True
        if hops and _connects(candidate, content, project, catalog, asked if is_package else None, hops - 1):
            return True
    return False


def _imported(
    file: Path, text: str, project: Project, wanted: frozenset[str] | None
) -> Iterator[tuple[Path, frozenset[str] | None]]:
    """The project files that a text imports, each with the names that it asks for."""
    for dots, module, names, plain in _IMPORT.findall(text):
        asked = frozenset(re.findall(r"\w+", names)) or None
        if wanted is not None and asked is not None and not asked & wanted and "*" not in names:
            continue
        for name in [module] if names else [m.split()[0] for m in plain.split(",") if m.split()]:
            found = project.resolve(file, name, len(dots))
            if found is None:
                continue
            if found.is_file():
                yield found, asked
            if found.is_dir() or found.name == "__init__.py":
                folder = found if found.is_dir() else found.parent
                for submodule in sorted(asked or ()):
                    yield folder / f"{submodule}.py", None


@functools.lru_cache(maxsize=4096)
def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return None
