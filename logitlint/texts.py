"""What the texts of files say, kept between runs: it depends on nothing but their bytes and the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import msgspec

from .cache import TEXTS, Cache
from .programs import Texts

SPARE = 1000
"""How many texts are kept beside as many as the run has."""


@dataclass(frozen=True)
class _Content:
    """What the file holds: the texts, and the version and the catalogs that they were read with."""

    version: str
    texts: Texts


class KeptTexts:
    """The texts in a cache. A file of them that cannot be read, or is of another version, holds none."""

    def __init__(self, cache: Cache, catalogs: Iterable[str]) -> None:
        self._cache = cache
        self._version = cache.version(catalogs)
        self.known: Texts = {}
        try:
            content = msgspec.json.decode((cache.folder / TEXTS).read_bytes(), type=_Content)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            content = _Content("", {})
        if content.version == self._version:
            self.known = content.texts
        self._before = len(self.known)

    def keep(self, size: int) -> None:
        """Keep what is known, of a run of so many sources, if anything was learnt: what was learnt last comes last."""
        if len(self.known) > self._before:
            last = islice(self.known.items(), max(0, len(self.known) - size - SPARE), None)
            content = _Content(self._version, dict(last))
            self._cache.write(self._cache.folder / TEXTS, msgspec.json.encode(content))
