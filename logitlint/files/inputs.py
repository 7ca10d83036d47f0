"""What one run is about: the sources, and what could not become one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..finding import Skipped
from .source import Source, Unreadable, read_source, shown_path, source_from_text


@dataclass(frozen=True)
class Inputs:
    """The readable sources of a run, out of `files`, and what was skipped with the reason."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    files: int


def inputs_from_paths(paths: Iterable[str | os.PathLike[str]]) -> Inputs:
    """Read every file that `paths` name or hold.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    from .discovery import discover

    files, skipped = discover([Path(path) for path in paths])
    sources = []
    for file in files:
        shown = shown_path(file)
        try:
            source = read_source(file, shown)
        except Unreadable as error:
            skipped.append(Skipped(shown, error.reason))
        else:
            sources.append(source)
    return Inputs(tuple(sources), tuple(skipped), len(files))


def inputs_from_text(text: str | bytes, filename: str) -> Inputs:
    """One source that is given as text, under the name that it shall have."""
    try:
        return Inputs((source_from_text(text, filename),), (), 1)
    except Unreadable as error:
        return Inputs((), (Skipped(filename, error.reason),), 1)
