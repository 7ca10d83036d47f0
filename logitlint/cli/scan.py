"""`logitlint scan`: a table of sources in, a folder of findings out."""

from __future__ import annotations

import dataclasses
import functools
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import ArgumentError, configurations, parallel, selectable

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..scan.run import Engine

ENGINES = ("local", "ray")
FORMATS = ("parquet", "jsonl")


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where findings go.")
@click.option("--output-format", type=click.Choice(FORMATS), default="parquet", show_default=True)
@click.option("--repository-column", metavar="NAME", help="The column with the repository, if its name is not usual.")
@click.option("--path-column", metavar="NAME", help="The column with the path in the repository.")
@click.option("--content-column", metavar="NAME", help="The column with what the file holds.")
@click.option("--engine", type=click.Choice(ENGINES), default="local", show_default=True, help="Who does the work.")
@click.option("--address", metavar="ADDRESS", help="The Ray cluster; without it, RAY_ADDRESS, or one of this machine.")
@parallel
@click.option(
    "--parts",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="In how many parts repositories are checked and findings written.  [default: by the size of the table]",
)
@click.option(
    "--max-seconds",
    type=click.IntRange(1),
    default=600,
    show_default=True,
    metavar="N",
    help="Processor time for one repository; one that takes more is skipped.",
)
@click.option(
    "--max-memory",
    type=click.FloatRange(0.5),
    default=4,
    show_default=True,
    metavar="GB",
    help="Memory for one repository; one that takes more is skipped.",
)
@selectable
def scan(
    table: Path,
    out: Path,
    output_format: str,
    repository_column: str | None,
    path_column: str | None,
    content_column: str | None,
    engine: str,
    address: str | None,
    jobs: int,
    parts: int | None,
    max_seconds: int,
    max_memory: float,
    given: tuple[str, ...],
    **keys: Any,
) -> None:
    """Check tables of sources.

    TABLE is a Parquet file, or a folder of them, with a row for each file of many repositories. The same command goes
    on where an earlier one was stopped. Exit status: 0 if the scan is complete, 2 if it is not.
    """
    try:
        from ..scan.checker import Limits
        from ..scan.job import Job, JobError
        from ..scan.table import TableError, open_table
    except ModuleNotFoundError as error:
        raise ArgumentError(f"scan needs {error.name}: pip install 'logitlint[scan]'") from None
    if address is not None and engine != "ray":
        raise ArgumentError("--address is for --engine ray")
    if out.resolve().is_relative_to(table.resolve()):
        raise ArgumentError(f"--out {out} lies in the table: findings would become sources")
    limits = Limits(max_seconds, max_memory)
    try:
        opened = open_table(table, repository_column, path_column, content_column)
        job = Job(opened, out.absolute(), _settings(given, keys), limits, output_format, parts or 0)
        from ..scan.run import scan as run

        sums = run(job, _engine(engine, address, jobs), _progress)
    except (TableError, JobError) as error:
        raise ArgumentError(str(error)) from None
    except OSError as error:
        raise ArgumentError(f"{error.filename or out}: {error.strerror or error}; the same command goes on") from None
    except KeyboardInterrupt:
        click.echo("Interrupted. The same command goes on where this one stopped.", err=True)
        for process in multiprocessing.active_children():
            process.kill()
        os._exit(130)  # what threads are doing is not waited for: all that is done is written
    _show(sums, out)


def _settings(given: tuple[str, ...], keys: dict[str, Any]) -> Settings:
    """What is in force for every repository: patterns are relative to its top folder, and only a named file counts."""
    from ..catalog import CatalogError, load
    from ..config.read import ConfigurationError

    known = configurations(given, False, keys)
    try:
        settings = dataclasses.replace(known, isolated=known.file is None).of_folder(Path.cwd()).settings
        load(settings.catalog)
    except (ConfigurationError, CatalogError) as error:
        raise ArgumentError(str(error)) from None
    return dataclasses.replace(settings, root="/", src=())


def _engine(name: str, address: str | None, jobs: int) -> Engine:
    """What does the work."""
    if name == "local":
        from ..scan.engines import local

        return functools.partial(local.run, jobs=jobs)
    try:
        from ..scan.engines import ray
    except ModuleNotFoundError as error:
        raise ArgumentError(f"--engine ray needs {error.name}: pip install 'logitlint[ray]'") from None
    try:
        ray.connect(address, jobs)
    except ConnectionError as error:
        raise ArgumentError(f"no Ray cluster: {str(error).splitlines()[0]}") from None
    return ray.run


def _progress(name: str, parts: Iterator[int], count: int, done: int) -> None:
    """Show on a terminal how far a step is; elsewhere, that it begins."""
    before = f" ({done} done before)" if done else ""
    if not sys.stderr.isatty():
        click.echo(f"{name}: {count} {'part' if count == 1 else 'parts'}{before}", err=True)
        for _ in parts:
            pass
        return
    with click.progressbar(parts, count, f"{name}{before}", file=sys.stderr, show_pos=True) as shown:
        for _ in shown:
            pass


def _show(sums: dict[str, Any], out: Path) -> None:
    """What was scanned and found, in words."""
    click.echo(f"{sums['rows']:,} rows:")
    click.echo(f"  {sums['files']:,} scripts and notebooks of {sums['repositories']:,} repositories, checked")
    click.echo(f"  {sums['dismissed']:,} of repositories in which nothing can matter")
    click.echo(f"  {sums['other']:,} of other kinds, or in folders that are left out")
    codes = ", ".join(f"{code} {count:,}" for code, count in sums["codes"].items())
    click.echo(f"{sums['findings']:,} findings in {out / 'findings'}{': ' if codes else ''}{codes}")
    if sums["skipped"]:
        click.echo(f"{sums['skipped']:,} files, cells or repositories skipped: {out / 'skipped'} says why")
    if sums["truncated"]:
        click.echo(f"{sums['truncated']:,} analyses cut short: {out / 'repositories'} says in which repositories")
