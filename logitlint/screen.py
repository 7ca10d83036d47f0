"""Which texts can matter at all, decided on their words before anything is parsed."""

from __future__ import annotations

import functools
import re

from .catalog import Catalog
from .files.source import Source

_BETWEEN_WORDS = bytes(c if c >= 128 or chr(c).isalnum() or c == ord("_") else ord(" ") for c in range(256))
"""Translates every byte that belongs to no identifier to a space."""

_LOGARITHM = re.compile(r"\blog\b(?![ \t]*[.=])")
"""`log` as a function, not as a logger."""

MAX_TEXTS = 4000
"""Of how many texts it is remembered what they name: an editor asks again at every change."""


@functools.cache
def _encoded(words: frozenset[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words - {"log"})


def names_something(text: str, catalog: Catalog) -> bool:
    """Whether a text names a framework, and an activation, a loss or a logarithm."""
    return _names_both(text, catalog.marks, catalog.words)


@functools.lru_cache(MAX_TEXTS)
def _names_both(text: str, marks: frozenset[str], words: frozenset[str]) -> bool:
    found = text.encode("utf-8", "replace").translate(_BETWEEN_WORDS).split()
    if _encoded(marks).isdisjoint(found):
        return False
    return not _encoded(words).isdisjoint(found) or (b"log" in found and _LOGARITHM.search(text) is not None)


def may_matter(text: str, catalog: Catalog) -> bool:
    """Whether a file can have findings, or can connect project files that can."""
    return names_something(text, catalog) or "import" in text


def text_of(source: Source) -> str:
    """The code of all blocks of a source."""
    return "\n".join(block.text for block in source.blocks)
