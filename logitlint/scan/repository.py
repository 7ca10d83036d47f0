"""One repository of a table: its sources in, rows of findings out."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..api import check_inputs
from ..config.settings import Settings
from ..files.discovery import SUFFIXES
from ..files.inputs import Inputs
from ..files.source import MAX_NOTEBOOK, MAX_SCRIPT, Source, Unreadable, source_from_text
from ..finding import Skipped
from ..report.data import finding_data
from .checkout import checkout

Row = dict[str, Any]
"""What one row of a table of the output holds, by column."""

MARKERS = frozenset({"pyproject.toml", "setup.cfg"})
"""Files that are not read: that they are there makes a folder beside them a package that others may use."""


@dataclass(frozen=True)
class Outcome:
    """What came out of one repository; `parsed` and `truncated` are counts as in `Result`."""

    findings: Sequence[Row] = ()
    skipped: Sequence[Row] = ()
    parsed: int = 0
    truncated: int = 0
    seconds: float = 0.0


def place(path: str) -> PurePosixPath | None:
    """A path of a table as the place of a file in its repository; None if it is none."""
    found = PurePosixPath(path.lstrip("/"))
    return found if found.parts and ".." not in found.parts and "\0" not in path else None


def obstacle(path: str, size: int) -> str | None:
    """Why a file of a table is not read whatever it holds, or None."""
    if place(path) is None:
        return "has a path that leads out of the repository"
    limit = MAX_NOTEBOOK if path.endswith(".ipynb") else MAX_SCRIPT
    return f"is larger than {limit // 1_000_000} MB" if size > limit else None


def skipped_row(repository: str | None, path: str | None, reason: str, cell: int | None = None) -> Row:
    """A row that says why something was not checked; without a path, all of the repository."""
    return {"repository": repository, "path": path, "cell": cell, "reason": reason}


def check_repository(name: str, files: Iterable[tuple[str, str | bytes]], settings: Settings) -> Outcome:
    """Check the files of a repository, given by their paths and what they hold, as one project."""
    start = time.perf_counter()
    given: dict[str, str | bytes] = {}
    skipped = []
    for path, content in files:
        where = str(place(path))
        if where in given:
            skipped.append(Skipped(where, "is in the table more than once: this row is left out"))
        given.setdefault(where, content)
    top = checkout(name, given)
    sources: list[Source] = []
    for path in sorted(given, key=PurePosixPath):
        if path.endswith(SUFFIXES):
            try:
                source = source_from_text(given[path], path)
            except Unreadable as error:
                skipped.append(Skipped(path, error.reason))
            else:
                cells = tuple(dataclasses.replace(cell, path=path) for cell in source.skipped)
                sources.append(dataclasses.replace(source, path=path, file=top / path, skipped=cells))
    here = dataclasses.replace(
        settings, root=os.getcwd(), src=()
    )  # to what `Settings.rules` takes paths to be relative
    inputs = Inputs(tuple(sources), tuple(skipped), len(sources), dict.fromkeys((s.path for s in sources), here))
    result = check_inputs(inputs)
    return Outcome(
        [{"repository": name, **finding_data(finding)} for finding in result.findings],
        [skipped_row(name, one.path, one.reason, one.cell) for one in result.skipped],
        result.parsed,
        result.truncated,
        time.perf_counter() - start,
    )
