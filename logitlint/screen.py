"""Which files can matter at all, decided on their text before anything is parsed."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

from .catalog import load
from .catalog.model import Activation, Entry, Loss, Op
from .files.source import Source
from .flow.project import Project

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\(?[^#\n]*)|import[ \t]+([\w., \t]+))", re.M)
MAX_HOPS = 3


@functools.cache
def _words() -> re.Pattern[str]:
    """Every word that can name an activation, a loss, `exp` or `log`."""
    words: set[str] = set()
    for entry in load().entries():
        if _triggers(entry):
            names = (*(n.rsplit(".", 1)[-1] for n in entry.names), *entry.methods, *entry.strings)
            words.update(names)
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")\b")


def _triggers(entry: Entry) -> bool:
    if isinstance(entry, Activation):
        return entry.space in ("softmax", "sigmoid", "log_softmax", "log_sigmoid")
    if isinstance(entry, Loss):
        return entry.expects != "any"
    return isinstance(entry, Op) and entry.op in ("exp", "log", "log1p", "logsumexp")


@functools.cache
def _frameworks() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(load().roots - {"builtins"})) + r")\b")


def names_something(text: str) -> bool:
    """Whether a text names a framework, and an activation, a loss or a logarithm."""
    return _frameworks().search(text) is not None and _words().search(text) is not None


def may_matter(text: bytes) -> bool:
    """Whether a file can have findings, or can connect project files that can."""
    decoded = text.decode("utf-8", "replace")
    return names_something(decoded) or "import" in decoded


def relevant(targets: Sequence[Source], project: Project) -> list[Source]:
    """The sources that name something, and those that connect others which do."""
    return [source for source in targets if names_something(text_of(source)) or connects(source, project)]


def text_of(source: Source) -> str:
    """The code of all blocks of a source."""
    return "\n".join(block.text for block in source.blocks)


def connects(source: Source, project: Project) -> bool:
    """Whether a source imports something of a project file that names something."""
    return source.file is not None and _connects(source.file, text_of(source), project, None, MAX_HOPS)


def _connects(file: Path, text: str, project: Project, wanted: frozenset[str] | None, hops: int) -> bool:
    for dots, module, names, plain in _IMPORT.findall(text):
        asked = frozenset(re.findall(r"\w+", names))
        if wanted is not None and not asked & wanted and "*" not in names:
            continue
        modules = [module] if names else [m.split()[0] for m in plain.split(",") if m.split()]
        for name in modules:
            found = project.resolve(file, name, len(dots))
            if found is None:
                continue
            candidates = [found] if found.is_file() else []
            folder = found if found.is_dir() else found.parent if found.name == "__init__.py" else None
            if folder is not None:
                candidates += [folder / f"{n}.py" for n in asked]
            for candidate in candidates:
                content = _text(candidate)
                if content is None:
                    continue
                if candidate.name != "__init__.py" and names_something(content):
                    return True
                if candidate.name == "__init__.py" and hops:
                    if _connects(candidate, content, project, asked or None, hops - 1):
                        return True
    return False


@functools.lru_cache(maxsize=4096)
def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return None
