"""The three steps of a scan. Each part of a step can be done anywhere, at any time, and again."""

from __future__ import annotations

import bisect
import dataclasses
import functools
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ..catalog import load
from ..config.settings import Settings
from ..files.discovery import SUFFIXES
from .checker import Lost, checker
from .job import Job, Survey, digest_of
from .output import write
from .repository import MARKERS, Outcome, Row, obstacle, place, skipped_row
from .screen import may_name_something

FLUSH_BYTES = 64 * 2**20
"""How much is gathered before it is spread over the shards."""

MAX_REPOSITORY = 512 * 2**20
"""Bytes of the largest repository that is checked."""

SHARD = pa.schema([("shard", pa.int32())])
GATHERED = pa.schema(
    [
        ("row", pa.int64()),
        ("repository", pa.string()),
        ("path", pa.string()),
        ("content", pa.large_binary()),
        ("size", pa.int64()),
        ("reason", pa.string()),
    ]
)
"""A row on its way to its shard; `row` orders rows as the table does, `reason` says why it is not checked."""


def survey(job: Job, number: int) -> None:
    """Look through a piece of the table for repositories that can matter."""
    catalog = load(job.settings.catalog)
    rows = other = size = 0
    named: set[int] = set()
    for every in job.table.batches(job.table.pieces[number]):
        wanted = [_is_wanted(path, job.settings) for path in every.column("path").to_pylist()]
        batch = every.filter(pa.array(wanted, pa.bool_()))
        content = batch.column("content").fill_null(b"")
        matters = batch.column("repository").filter(may_name_something(content, catalog))
        named.update(digest_of(name) for name in matters.unique().to_pylist() if name is not None)
        rows += len(wanted)
        other += wanted.count(False)
        size += pc.sum(pc.binary_length(content)).as_py() or 0
    with job.whole(job.survey(number)) as part:
        part.write_bytes(msgspec.json.encode(Survey(rows, other, size, sorted(named))))


def gather(job: Job, number: int) -> None:
    """Bring the rows of a piece that can matter, or cannot be checked, to the shards of their repositories."""
    with job.whole(job.gathered(number)) as part:
        part.mkdir()
        ds.write_dataset(
            _flushed(_carried(job, number)),
            part,
            schema=pa.unify_schemas([SHARD, GATHERED]),
            format="parquet",
            partitioning=ds.partitioning(SHARD),
            max_partitions=job.shards,
            use_threads=False,
            existing_data_behavior="overwrite_or_ignore",
        )


def check(job: Job, shard: int) -> None:
    """Check the repositories of a shard."""
    findings: list[Row] = []
    skipped: list[Row] = []
    repositories: list[Row] = []
    for name, count, outcome in _outcomes(job, shard):
        findings += outcome.findings
        skipped += outcome.skipped
        repositories.append(
            {
                "repository": name,
                "files": count,
                "parsed": outcome.parsed,
                "findings": len(outcome.findings),
                "skipped": len(outcome.skipped),
                "truncated": outcome.truncated,
                "seconds": outcome.seconds,
            }
        )
    for kind, rows in ("skipped", skipped), ("repositories", repositories), ("findings", findings):
        with job.whole(job.output(kind, shard)) as part:
            write(part, kind, rows, job.output_format)


def _is_wanted(path: str | None, settings: Settings) -> bool:
    """Whether a row is a script or a notebook in no folder that is left out, or may be one."""
    if path is None:
        return True
    if not path.endswith(SUFFIXES):
        return False
    where = place(path)
    if where is None:
        return True
    file = Path("/", where)
    return not settings.excludes(file, False) and not _is_left_out(file.parent, settings)


def _is_marker(path: str | None) -> bool:
    """Whether a row counts by being there."""
    where = place(path) if path is not None else None
    return where is not None and where.name in MARKERS


@functools.lru_cache(100_000)
def _is_left_out(folder: Path, settings: Settings) -> bool:
    """Whether a folder is left out, or one that it is in."""
    if folder.parent == folder:
        return False
    return settings.excludes(folder, True) or _is_left_out(folder.parent, settings)


def _carried(job: Job, number: int) -> Iterator[pa.RecordBatch]:
    """The rows of a piece that go on to their shards."""
    named = array("Q", job.named.read_bytes())
    start = number << 32
    for batch in job.table.batches(job.table.pieces[number]):
        content = batch.column("content")
        sizes = pc.binary_length(content).to_pylist()
        names, paths = (batch.column(name).to_pylist() for name in ("repository", "path"))
        kept = []
        for index, (name, path, size) in enumerate(zip(names, paths, sizes, strict=True)):
            marks = name is not None and _is_marker(path)
            if marks or _is_wanted(path, job.settings):
                reason = None if marks else _obstacle(name, path, size)
                if reason is not None or _contains(named, digest_of(name)):
                    shard = digest_of(name or "") % job.shards
                    kept.append((index, shard, start + index, reason, None if reason or marks else size))
        start += len(names)
        if not kept:
            continue
        indices, shards, rows, reasons, held = zip(*kept, strict=True)
        taken = batch.take(pa.array(indices, pa.int64()))
        held = pa.array(held, pa.int64())
        yield pa.record_batch(
            [
                pa.array(shards, pa.int32()),
                pa.array(rows, pa.int64()),
                taken.column("repository"),
                taken.column("path"),
                pc.if_else(held.is_valid(), taken.column("content"), None),
                held,
                pa.array(reasons, pa.string()),
            ],
            schema=pa.unify_schemas([SHARD, GATHERED]),
        )


def _obstacle(name: str | None, path: str | None, size: int | None) -> str | None:
    """Why a row is not checked, whatever it holds, or None."""
    missing = [what for what, value in (("repository", name), ("path", path), ("content", size)) if value is None]
    if missing or path is None or size is None:
        return f"has no {' and no '.join(missing)}"
    return obstacle(path, size)


def _contains(numbers: array[int], number: int) -> bool:
    """Whether a number is among sorted ones."""
    index = bisect.bisect_left(numbers, number)
    return index < len(numbers) and numbers[index] == number


def _flushed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of many batches in few, so that each shard gets them in few pieces."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= FLUSH_BYTES:
            yield pa.concat_batches(held)
            held, size = [], 0
    if held:
        yield pa.concat_batches(held)


def _outcomes(job: Job, shard: int) -> Iterator[tuple[str | None, int, Outcome]]:
    """The repositories of a shard, with the number of their scripts and notebooks, and what came out."""
    folders = [job.gathered(piece) / str(shard) for piece in range(len(job.table.pieces))]
    files = [str(file) for folder in folders for file in sorted(folder.glob("*.parquet"))]
    table = ds.dataset(files, schema=GATHERED)
    counts = [("size", "sum"), ("size", "count"), ("reason", "count")]
    sums = table.to_table(["repository", "size", "reason"]).group_by("repository").aggregate(counts).to_pylist()
    large = [row for row in sums if (row["size_sum"] or 0) > MAX_REPOSITORY]
    for row in large:
        reason = f"not checked: holds more than {MAX_REPOSITORY // 2**20} MB of scripts and notebooks"
        lost = Outcome(skipped=[skipped_row(row["repository"], None, reason)])
        yield row["repository"], row["size_count"] + row["reason_count"], lost
    names = [row["repository"] for row in large]
    rest = table.to_table(filter=~ds.field("repository").isin(names)) if names else table.to_table()
    ordered = rest.sort_by([("repository", "ascending"), ("row", "ascending")])
    rows = (row for batch in ordered.to_batches(max_chunksize=1000) for row in batch.to_pylist())
    for name, group in groupby(rows, key=itemgetter("repository")):
        yield name, *_outcome(job, name, list(group))


def _outcome(job: Job, name: str | None, rows: Sequence[Row]) -> tuple[int, Outcome]:
    """How many scripts and notebooks a repository has, and what came out of it."""
    skipped = [skipped_row(name, row["path"], row["reason"]) for row in rows if row["reason"] is not None]
    count = len(skipped) + sum(row["size"] is not None for row in rows)
    if name is None or count == len(skipped):
        return count, Outcome(skipped=skipped)
    files = [(row["path"], _content(row, job)) for row in rows if row["reason"] is None]
    try:
        outcome = checker(job.limits).check(name, files, job.settings)
    except Lost as lost:
        outcome = Outcome(skipped=[skipped_row(name, None, lost.reason)])
    return count, dataclasses.replace(outcome, skipped=[*skipped, *outcome.skipped])


def _content(row: Row, job: Job) -> str | bytes:
    """What a file holds; bytes if that is what the table has, or what is no text although the table says so."""
    content: bytes = row["content"] or b""
    try:
        return content.decode() if job.table.columns.is_text else content
    except UnicodeDecodeError:
        return content
