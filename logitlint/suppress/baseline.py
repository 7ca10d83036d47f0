"""Baselines: findings that were there when a team began, which are known and not shown again."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..files.source import Source
from ..finding import Finding, Location, Role
from ..rules.registry import UNUSED
from .comments import layout

FORMAT = 1
"""The version of what a baseline file holds."""


class BaselineError(Exception):
    """A baseline cannot be used; the message names the file and what is wrong, in one line."""


@dataclass(frozen=True)
class Baseline:
    """Known findings.

    Attributes:
        file: where they are kept.
        counts: how many there are of each key.
        places: by key, a file that had such a finding when the baseline was written, relative to the folder of `file`.
    """

    file: Path
    counts: Mapping[str, int]
    places: Mapping[str, str]

    def without(self, findings: Iterable[Finding], sources: Iterable[Source]) -> list[Finding]:
        """The findings that are not known: of several with one key as many as there are more."""
        left = Counter(self.counts)
        by_path = {source.path: source for source in sources}
        new = []
        for finding in findings:
            key = key_of(finding, by_path)
            if left[key] > 0:
                left[key] -= 1
            else:
                new.append(finding)
        return new

    def stale(self, findings: Iterable[Finding], sources: Iterable[Source]) -> int:
        """How many entries no finding needs any more, of those in these sources or in files that are gone.

        `findings` are all of the sources, known or not.
        """
        by_path = {source.path: source for source in sources}
        left = Counter(self.counts)
        left.subtract(Counter(key_of(finding, by_path) for finding in findings))
        looked_at = {_relative(path, self.file) for path in by_path}
        folder = self.file.parent
        return sum(
            count
            for key, count in left.items()
            if count > 0 and (self.places[key] in looked_at or not (folder / self.places[key]).exists())
        )


def key_of(finding: Finding, sources: Mapping[str, Source]) -> str:
    """A hash of the code of a finding: its rule, its lines and those where its value comes from.

    Blanks, comments and where the lines stand do not matter; of a finding about a comment its words do.
    """
    origins = sorted(
        _code(related.location, sources)
        for related in finding.related
        if related.role is Role.ORIGIN and related.location.path in sources
    )
    code = finding.message if finding.code == UNUSED else _code(finding.location, sources)
    text = "\n".join([finding.code, code, *origins[:1]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def baseline_text(findings: Sequence[Finding], sources: Iterable[Source], file: Path) -> str:
    """A baseline of these findings, to be kept in `file`; entries are sorted, one a line."""
    by_path = {source.path: source for source in sources}
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        place = _relative(finding.location.path, file)
        counts[place, finding.code, key_of(finding, by_path)] += 1
    entries = [
        json.dumps({"path": path, "code": code, "key": key, "count": count}, ensure_ascii=False)
        for (path, code, key), count in sorted(counts.items())
    ]
    body = "[\n    " + ",\n    ".join(entries) + "\n  ]" if entries else "[]"
    return f'{{\n  "logitlint": "{__version__}",\n  "baseline": {FORMAT},\n  "findings": {body}\n}}\n'


def read_baseline(file: Path) -> Baseline:
    """Read what `baseline_text` wrote.

    Raises:
        BaselineError: the file cannot be read or holds something else.
    """
    try:
        data = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise BaselineError(f"{file}: is no baseline: not JSON") from None
    if not isinstance(data, dict) or "baseline" not in data or not isinstance(data.get("findings"), list):
        raise BaselineError(f"{file}: is no baseline of logitlint")
    if data["baseline"] != FORMAT:
        raise BaselineError(f"{file}: is a baseline of another version of logitlint; write it again")
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for number, entry in enumerate(data["findings"], 1):
        key, count, path = _entry(entry, f"{file}: entry {number}")
        counts[key] += count
        places[key] = path
    return Baseline(Path(os.path.abspath(file)), counts, places)


def _entry(entry: Any, where: str) -> tuple[str, int, str]:
    if not isinstance(entry, dict):
        raise BaselineError(f"{where} must be an object")
    key, count, path = entry.get("key"), entry.get("count", 1), entry.get("path")
    if not isinstance(key, str) or not isinstance(path, str) or "\0" in path:
        raise BaselineError(f"{where} needs `key` and `path`, which are strings")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BaselineError(f"{where}: `count` must be a positive number")
    return key, count, path


def _code(where: Location, sources: Mapping[str, Source]) -> str:
    """The lines of a place without blanks and comments, and without commas in front of a closing bracket."""
    source = sources[where.path]
    block = next(block for block in source.blocks if block.cell == where.cell)
    comments = {comment.line: comment.column - 1 for comment in layout(block).comments}
    lines = source.lines(where.cell)
    code = "".join(lines[line - 1][: comments.get(line)] for line in range(where.line, where.end_line + 1))
    text = "".join(code.split())
    for bracket in ")]}":
        text = text.replace("," + bracket, bracket)
    return text


def _relative(path: str, file: Path) -> str:
    """A shown path from the folder of the baseline, so that it does not matter where logitlint is run."""
    try:
        return Path(os.path.relpath(path, os.path.dirname(os.path.abspath(file)))).as_posix()
    except ValueError:  # another drive
        return Path(path).as_posix()
