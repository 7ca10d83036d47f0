"""How many files a second and core `logitlint scan` checks, and what a billion files would cost.

A table is made of the scripts and notebooks below some folders: each folder in them is a repository, the scripts that
lie in them directly are one more. The table is scanned by the command line, as a user does it, and processor time is
taken: what is waited for says little on a busy machine. Looking through the table is measured once more by itself, for
its part grows with all rows, and that of checking with the repositories that matter.

    git clone https://github.com/pytorch/examples repositories/examples
    python benchmarks/scan.py repositories .venv/lib/python3.12/site-packages --name "..."

The result is printed, and written to `benchmarks/SCAN.md`.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq

import logitlint
from logitlint.config.settings import Settings
from logitlint.scan.checker import Limits
from logitlint.scan.job import Job
from logitlint.scan.steps import survey
from logitlint.scan.table import open_table

HERE = Path(__file__).resolve().parent
BILLION = 10**9
SHARES = (0.02, 0.1, 0.3)
"""Parts of all files that are in repositories that matter: nobody knows that of all public code."""


@dataclass(frozen=True)
class Measured:
    """Sums of a scan, with the size of its table in bytes, and seconds: of processor time, and waited for."""

    sums: dict[str, int]
    size: int
    repositories: int
    looking: float
    all: float
    waited: float

    @property
    def per_row(self) -> float:
        """Seconds of a core for looking through a row."""
        return self.looking / self.sums["rows"]

    @property
    def per_file(self) -> float:
        """Seconds of a core for gathering and checking a file of a repository that matters."""
        return (self.all - self.looking) / self.sums["files"]


def repositories(folders: Sequence[Path], every: int) -> Iterator[tuple[str, Path, list[Path]]]:
    """Names, top folders and files of repositories, of each folder only one in `every`."""
    for folder in folders:
        tops = sorted(top for top in folder.iterdir() if top.is_dir() and not top.name.startswith("."))
        for top in tops[::every]:
            yield f"{folder.name}/{top.name}", top, [f for f in top.rglob("*") if f.suffix in (".py", ".ipynb")]
        yield f"{folder.name}/-", folder, sorted(folder.glob("*.py"))


def write_table(file: Path, folders: Sequence[Path], every: int) -> tuple[int, int]:
    """Write the table; how many repositories it has, and how many bytes of code."""
    schema = pa.schema([("repo_name", pa.string()), ("path", pa.string()), ("content", pa.large_string())])
    count = size = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for name, top, files in repositories(folders, every):
            rows = []
            for one in files:
                try:
                    rows.append((name, one.relative_to(top).as_posix(), one.read_text("utf-8")))
                except (UnicodeDecodeError, OSError):
                    continue
            if rows:
                columns = [
                    pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
                ]
                writer.write_table(pa.table(columns, schema=schema), row_group_size=1000)
                count += 1
                size += sum(len(text) for _, _, text in rows)
    return count, size


def processor_seconds(who: int) -> float:
    """The processor time of this process, or of its finished children and theirs."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measure(table: Path, work: Path, jobs: int) -> tuple[dict[str, int], float, float, float]:
    """The sums of a scan; the seconds of looking through the table, of all, and those waited for."""
    started, before = time.perf_counter(), processor_seconds(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "logitlint", "scan", table, "--out", work / "out", f"-j{jobs}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    waited, worked = time.perf_counter() - started, processor_seconds(resource.RUSAGE_CHILDREN) - before
    job = Job(open_table(table), work / "again", Settings(root="/"), Limits(600, 4), "parquet")
    job.claim()
    before = processor_seconds(resource.RUSAGE_SELF)
    for piece in range(len(job.table.pieces)):
        survey(job, piece)
    looking = processor_seconds(resource.RUSAGE_SELF) - before
    return json.loads((work / "out" / "summary.json").read_text()), looking, worked, waited


def report(name: str, found: Measured, jobs: int, price: float) -> str:
    """The figures in Markdown."""
    sums = found.sums
    mine = sums["files"] / (sums["rows"] - sums["other"])
    lines = [
        "# The speed of `logitlint scan`",
        "",
        f"Table: {name}: {sums['rows']:,} rows of {found.repositories:,} repositories, {found.size / 1e6:,.0f} MB;"
        f" {sums['repositories']:,} repositories with {sums['files']:,} files matter ({mine:.0%}), {sums['parsed']:,}"
        f" of these pass the screen; {sums['findings']:,} findings.\\",
        f"Where: {datetime.date.today()}, Python {platform.python_version()}, logitlint {logitlint.__version__},"
        f" {os.cpu_count()} CPUs, {jobs} jobs, {found.waited:,.0f} s.\\",
        "What: processor time, so files a second and core.",
        "",
        "| step | files | processor time | files/s/core |",
        "|---|---:|---:|---:|",
        f"| looking through the table | {sums['rows']:,} | {found.looking:,.1f} s | {1 / found.per_row:,.0f} |",
        f"| gathering and checking what matters | {sums['files']:,} | {found.all - found.looking:,.1f} s |"
        f" {1 / found.per_file:,.0f} |",
        f"| all | {sums['rows']:,} | {found.all:,.1f} s | {sums['rows'] / found.all:,.0f} |",
        "",
        f"What a billion files would cost, at {price} USD for an hour of a core:",
        "",
        "| in repositories that matter | core-hours | hours of 1,000 cores | USD |",
        "|---:|---:|---:|---:|",
    ]
    for share in sorted({*SHARES, mine}):
        hours = BILLION * (found.per_row + share * found.per_file) / 3600
        measured = " (as in this table)" if share == mine else ""
        lines.append(f"| {share:.0%}{measured} | {hours:,.0f} | {hours / 1000:.1f} | {hours * price:,.0f} |")
    return "\n".join([*lines, "", "Written by `python benchmarks/scan.py`, which says how to run it.", ""])


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", required=True, help="What to call the code in the table.")
@click.option("--every", default=1, show_default=True, help="Take only one repository in so many.")
@click.option("--jobs", default=1, show_default=True, help="Processes to use.")
@click.option("--price", default=0.05, show_default=True, help="US dollars for an hour of a core.")
@click.option("--output", default=HERE / "SCAN.md", type=click.Path(dir_okay=False, path_type=Path))
def main(folders: tuple[Path, ...], name: str, every: int, jobs: int, price: float, output: Path) -> None:
    """Measure how fast tables are scanned."""
    with tempfile.TemporaryDirectory() as work:
        table = Path(work, "table.parquet")
        count, size = write_table(table, folders, every)
        sums, looking, worked, waited = measure(table, Path(work), jobs)
    text = report(name, Measured(sums, size, count, looking, worked, waited), jobs, price)
    output.write_text(text, "utf-8")
    click.echo(text)


if __name__ == "__main__":
    main()
