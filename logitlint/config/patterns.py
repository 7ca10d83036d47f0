"""Patterns of paths as in `.gitignore`: without a slash they fit a name anywhere, with one a place below the root."""

from __future__ import annotations

import fnmatch
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


_PLAIN = re.compile(r"(?!.*\*\*)[a-zA-Z0-9_.*-]+/?")
"""Patterns that mean the same in a shell; most do, and need not be compiled."""


def matches(pattern: str, path: Path, root: str, is_folder: bool) -> bool:
    """Whether a pattern fits a path itself, not only a folder above it."""
    if pattern.endswith("/") and not is_folder:
        return False
    if "/" not in pattern.rstrip("/"):
        where = path.name
        if _PLAIN.fullmatch(pattern):
            return fnmatch.fnmatchcase(where, pattern.rstrip("/"))
    elif path.is_relative_to(root):
        where = path.relative_to(root).as_posix()
    else:
        return False
    return bool(where) and compiled(pattern).match_file(where + "/" if is_folder else where)


@functools.cache
def compiled(pattern: str) -> GitIgnoreSpec:
    """A pattern that can be asked.

    Raises:
        ValueError: it is no pattern.
    """
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern])
