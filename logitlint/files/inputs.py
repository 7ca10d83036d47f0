"""What one run is about: the sources, and what could not become one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config.resolve import Configurations
from ..config.settings import Settings
from ..finding import Skipped
from ..progress import SILENT, Progress
from .folders import Seen
from .source import Source, Unreadable, read_source, shown_path, source_from_text


@dataclass(frozen=True)
class Inputs:
    """The readable sources of a run, out of `files`, and what was skipped with the reason.

    `settings` is what is in force for each source, by its path; `jobs` how many processes may analyse them,
    `cache` the folder in which results are kept, None if they are not; `progress` is told how far they are; `disk` is
    what is known of the disk, if it was looked at before.
    """

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    files: int
    settings: Mapping[str, Settings]
    jobs: int = 1
    cache: Path | None = None
    progress: Progress = SILENT
    seen: Seen | None = None


def inputs_from_paths(paths: Iterable[str | os.PathLike[str]], configurations: Configurations | None = None) -> Inputs:
    """Read every file that `paths` name or hold; without `configurations`, no configuration file counts.

    Raises:
        FileNotFoundError: a path does not exist.
        ConfigurationError: a configuration file cannot be used.
    """
    from .discovery import discover

    files, skipped = discover([Path(path) for path in paths], configurations)
    sources = []
    settings = {}
    for file, given in files.items():
        shown = shown_path(file)
        try:
            source = read_source(file, shown)
        except Unreadable as error:
            skipped.append(Skipped(shown, error.reason))
        else:
            sources.append(source)
            settings[shown] = given
    return Inputs(tuple(sources), tuple(skipped), len(files), settings)


def inputs_from_text(text: str | bytes, filename: str, settings: Settings | None = None) -> Inputs:
    """One source that is given as text, under the name that it shall have."""
    try:
        source = source_from_text(text, filename)
    except Unreadable as error:
        return Inputs((), (Skipped(filename, error.reason),), 1, {})
    return Inputs((source,), (), 1, {source.path: settings or Settings()})
