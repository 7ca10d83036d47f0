"""How fast `logitlint check` is, beside other tools and beside the least that has to be done.

    pip install libcst              # and the extras of the tests, for the code in site-packages
    python benchmarks/speed.py      # all; hours on a slow machine, most of them for TorchFix and Fixit
    python benchmarks/speed.py --only version --only warm --on timm --runs 3

The code to look at is downloaded from PyPI, and the tools to compare with are installed in environments of their own;
both stay in a folder (`--packages`). Commands are whole processes, from start to exit, and take turns, so that a busy
machine is busy for all of them. "Cold" is `logitlint check --no-cache`; "warm" is `logitlint check` when nothing has
changed since the last run; the floor is reading all files, and `libcst.parse_module`, with the garbage collector off,
for those that logitlint parses (`floor.py`). `measures.py` has a row for each measure.

Rows are kept in `results.json` as soon as they are taken. The table, in `RESULTS.md`, has the latest of each.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Literal, TypedDict

import click
from measures import EVERYTHING, JOBS, MEASURES, Bench, Measure
from releases import PACKAGES, TOOLS

import logitlint

HERE = Path(__file__).resolve().parent
TITLES = ("measure", "code", "target", "waiting", "processor time", "met", "from")


class Row(TypedDict):
    """What was measured."""

    figure: float
    worked: float | None
    details: str
    runs: int
    date: str


Rows = dict[str, Row]
"""By measure and code, as `key` writes it."""


def key(measure: Measure, code: str) -> str:
    """What a row is kept under."""
    return f"{measure.name}/{code}"


def take(measure: Measure, code: str, bench: Bench) -> Row:
    """Measure something."""
    outcome = measure.take(bench, code)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {
        "figure": outcome.figure,
        "worked": outcome.worked,
        "details": outcome.details,
        "runs": bench.runs,
        "date": today,
    }


def cells(measure: Measure, code: str, row: Row) -> list[str]:
    """A row of the table."""
    unit = measure.target.unit
    worked = "" if row["worked"] is None else f"{row['worked']:.3g} {unit}"
    met = "yes" if measure.target.met(row["figure"]) else "**no**"
    return [measure.title, code, str(measure.target), f"{row['figure']:.3g} {unit}", worked, met, row["details"]]


def span(rows: Rows, name: Literal["runs", "date"]) -> str:
    """The least and the largest of a column."""
    values = [row[name] for row in rows.values()]
    return " to ".join(map(str, dict.fromkeys((min(values), max(values)))))


def report(rows: Rows) -> str:
    """The page in Markdown."""
    known = [(measure, code) for measure in MEASURES for code in measure.codes if key(measure, code) in rows]
    table = [cells(measure, code, rows[key(measure, code)]) for measure, code in known]
    releases = ", ".join(f"{name} {number}" for name, number in PACKAGES.items())
    tools = ", ".join(packages[0].replace("==", " ") for packages in TOOLS.values())
    lines = [
        "# Speed",
        "",
        f"Code: {releases}, from PyPI; and some packages of this environment.\\",
        f"Where: Python {platform.python_version()}, {os.cpu_count()} CPUs, {span(rows, 'date')}.\\",
        f"Tools: logitlint {logitlint.__version__}, libcst {metadata.version('libcst')}, {tools}.\\",
        f"How: whole processes, taking turns, {span(rows, 'runs')} runs each, but 1 where it says so; medians.\\",
        f"logitlint, the floor and flake8 use {JOBS} processes where nothing else is said.\\",
        "Targets are for the time that a user waits; processor time tells more on a busy machine.",
        "",
        *(f"| {' | '.join(one)} |" for one in (TITLES, ["---", "---", "---:", "---:", "---:", "---", "---"], *table)),
        "",
        "Written by `python benchmarks/speed.py`, which says what the words mean.",
        "",
    ]
    return "\n".join(lines)


@click.command()
@click.option("--only", multiple=True, type=click.Choice([one.name for one in MEASURES]), help="These measures.")
@click.option("--on", multiple=True, type=click.Choice(EVERYTHING), help="Of measures on packages: these packages.")
@click.option("--runs", default=5, show_default=True, type=click.IntRange(min=1), help="How often a command is run.")
@click.option(
    "--packages",
    default=Path(tempfile.gettempdir()) / "logitlint-benchmarks",
    type=click.Path(file_okay=False, path_type=Path),
    show_default=True,
    help="Where code and tools are kept; no place that git ignores, for linters skip those.",
)
@click.option(
    "--output",
    default=HERE / "RESULTS.md",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The table; rows are kept beside it.  [default: benchmarks/RESULTS.md]",
)
def main(only: tuple[str, ...], on: tuple[str, ...], runs: int, packages: Path, output: Path) -> None:
    """Measure, and write the table."""
    packages.mkdir(parents=True, exist_ok=True)
    bench = Bench(packages.resolve(), runs)
    kept = output.with_name("results.json")
    rows: Rows = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    for measure in MEASURES:
        for code in measure.codes:
            if (only and measure.name not in only) or (on and code in EVERYTHING and code not in on):
                continue
            rows[key(measure, code)] = take(measure, code, bench)
            kept.write_text(json.dumps(rows, indent=1), "utf-8")
            click.echo(" | ".join(cells(measure, code, rows[key(measure, code)])))
    output.write_text(report(rows), "utf-8")
    click.echo(f"\n{output} has the table.")


if __name__ == "__main__":
    main()
