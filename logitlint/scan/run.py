"""The whole way from a table to findings: what is done already is not done again."""

from __future__ import annotations

import functools
import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from .job import Job
from .output import read
from .steps import check, gather, survey

Engine = Callable[[Callable[[int], None], Sequence[int]], Iterator[int]]
"""Does the parts of a step that have these numbers; gives each number when its part is done."""

Progress = Callable[[str, Iterator[int], int, int], None]
"""Runs through the parts of a step, given its name, how many parts there are to do, and how many are done already."""


def scan(job: Job, engine: Engine, progress: Progress) -> dict[str, Any]:
    """Do what is left of a job; its sums.

    Raises:
        JobError: the folder for the output holds something else.
    """
    job.claim()
    if not job.summary.is_file():
        pieces = range(len(job.table.pieces))
        _step("looking through the table", survey, job, engine, progress, pieces, job.survey)
        surveys = list(job.read_surveys())
        job = job.with_shards(surveys)
        with job.whole(job.named) as part:
            part.write_bytes(array("Q", sorted({name for one in surveys for name in one.named})).tobytes())
        _step("gathering repositories", gather, job, engine, progress, pieces, job.gathered)
        _step("checking", check, job, engine, progress, range(job.shards), lambda n: job.output("findings", n))
        sums = _sums(job)
        with job.whole(job.summary) as part:
            part.write_text(json.dumps(sums, indent=2) + "\n", "utf-8")
    job.clear()
    return dict(json.loads(job.summary.read_text("utf-8")))


def _step(
    name: str,
    part: Callable[[Job, int], None],
    job: Job,
    engine: Engine,
    progress: Progress,
    numbers: Sequence[int],
    place: Callable[[int], Path],
) -> None:
    """Do the parts of a step that are not done."""
    left = [number for number in numbers if not place(number).exists()]
    if left:
        progress(name, engine(functools.partial(part, job), left), len(left), len(numbers) - len(left))


def _sums(job: Job) -> dict[str, Any]:
    """What was scanned, found and left out, all together."""
    surveys = list(job.read_surveys())
    sums: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for shard in range(job.shards):
        columns = ("files", "parsed", "skipped", "truncated")
        for row in read(job.output("repositories", shard), columns):
            sums.update(row, repositories=1)
        codes.update(row["code"] for row in read(job.output("findings", shard), ["code"]))
    rows, other = sum(one.rows for one in surveys), sum(one.other for one in surveys)
    return {
        "version": __version__,
        "rows": rows,
        "other": other,
        "dismissed": rows - other - sums["files"],
        **{name: sums[name] for name in ("repositories", "files", "parsed")},
        "findings": codes.total(),
        **{name: sums[name] for name in ("skipped", "truncated")},
        "codes": dict(sorted(codes.items())),
    }
