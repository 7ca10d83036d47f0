"""A scan as a job: where its parts lie, which of them are done, and whether a folder holds this job or another one."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from .. import __version__
from ..config.settings import Settings
from .checker import Limits
from .table import Table

SHARD_BYTES = 16 * 2**20
"""Bytes of scripts and notebooks in the table for each shard; a small part of them is in repositories that matter."""

MAX_SHARDS = 4096
"""Each has a folder while rows are gathered, and three files of output."""


class JobError(Exception):
    """A folder that cannot hold the output; the text says why in one line."""


@dataclass(frozen=True)
class Survey:
    """What a piece of the table holds.

    Attributes:
        rows: how many rows.
        other: those that are no script or notebook, or in a folder that is left out.
        size: bytes of the others.
        named: digests of the repositories that hold something that can matter, as numbers.
    """

    rows: int
    other: int
    size: int
    named: list[int]


@dataclass(frozen=True)
class Job:
    """What is scanned, how, and where to.

    A part of a step is done when its file or folder is there: each is written beside its place and moved there whole.
    `shards` is in how many parts repositories are checked; 0 leaves it to the size of the table.
    """

    table: Table
    out: Path
    settings: Settings
    limits: Limits
    output_format: str
    shards: int = 0

    @property
    def work(self) -> Path:
        """The folder for what is needed until the job is done."""
        return self.out / "work"

    @property
    def named(self) -> Path:
        """The digests of all repositories that hold something that can matter, sorted."""
        return self.work / "named"

    @property
    def summary(self) -> Path:
        """The sums, written when all is done."""
        return self.out / "summary.json"

    def survey(self, piece: int) -> Path:
        """What a piece holds."""
        return self.work / "survey" / f"{piece:05}.json"

    def gathered(self, piece: int) -> Path:
        """The rows of a piece that are to be checked, in a folder for each shard."""
        return self.work / "gathered" / f"{piece:05}"

    def output(self, kind: str, shard: int) -> Path:
        """What is said of the repositories of a shard; `findings` is the last kind that is written."""
        return self.out / kind / f"{shard:05}.{self.output_format}"

    @contextlib.contextmanager
    def whole(self, target: Path) -> Iterator[Path]:
        """A place to write to, which becomes the target when all is written.

        It replaces a file. A folder that is there by then stays: it was made by the same part of the same job.
        """
        part = self.work / f"{uuid.uuid4().hex}.part"
        yield part
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(part, target)
        except OSError:
            if not target.is_dir():
                raise

    def read_surveys(self) -> Iterator[Survey]:
        """What all pieces hold."""
        for piece in range(len(self.table.pieces)):
            yield msgspec.json.decode(self.survey(piece).read_bytes(), type=Survey)

    def with_shards(self, surveys: Iterable[Survey]) -> Job:
        """The job, with a number of shards that fits what the pieces hold if none was given."""
        fitting = min(sum(survey.size for survey in surveys) // SHARD_BYTES + 1, MAX_SHARDS)
        return dataclasses.replace(self, shards=self.shards or fitting)

    def claim(self) -> None:
        """Make the folder of the output this job's, if it is not.

        Raises:
            JobError: it holds something else, or cannot be written.
        """
        manifest = self.out / "manifest.json"
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            if manifest.is_file():
                self._compare(json.loads(manifest.read_text("utf-8")))
            elif others := [entry.name for entry in self.out.iterdir() if entry != self.work]:
                raise JobError(f"{self.out}: holds {others[0]}, and no scan; choose another folder")
            else:
                with self.whole(manifest) as part:
                    part.write_text(json.dumps(self._manifest(), indent=2) + "\n", "utf-8")
        except OSError as error:
            raise JobError(f"{self.out}: cannot be used: {error.strerror or error}") from None

    def clear(self) -> None:
        """Remove what is only needed until the job is done."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _manifest(self) -> dict[str, Any]:
        """What the output depends on; the same job has the same."""
        settings = {f"settings.{key}": value for key, value in asdict(self.settings).items()}
        catalogs = {file: hashlib.blake2b(Path(file).read_bytes()).hexdigest()[:32] for file in self.settings.catalog}
        depends = {
            "version": __version__,
            "rows": self.table.rows,
            "files": len(self.table.files),
            "table": self.table.digest,
            "columns": asdict(self.table.columns),
            "limits": asdict(self.limits),
            "format": self.output_format,
            "parts": self.shards,
            **settings,
            "catalogs": catalogs,
        }
        return dict(json.loads(json.dumps(depends)))

    def _compare(self, found: dict[str, Any]) -> None:
        for key, wanted in self._manifest().items():
            if found.get(key) != wanted:
                what = f"{key}: {found.get(key)} there, {wanted} here"
                raise JobError(f"{self.out}: holds another scan ({what}); choose another folder")


@functools.lru_cache(100_000)
def digest_of(repository: str) -> int:
    """A number of 64 bits that stands for a repository."""
    return int.from_bytes(hashlib.blake2b(repository.encode(), digest_size=8).digest(), "little")
