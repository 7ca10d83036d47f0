"""How long `logitlint check` takes, beside TorchFix and beside parsing alone.

Every contestant is a whole process, from start to exit, on the same folders:

* `logitlint check --no-cache`: what a user waits for the first time;
* `logitlint check`: the same when nothing has changed since;
* `ruff check --no-cache`, if Ruff is installed: the time that users are used to;
* `libcst.parse_module` alone, on the blocks that pass logitlint's screen, with the garbage collector off: what any
  tool on libcst needs at least;
* `torchfix --select ALL`, if TorchFix is installed: another linter on libcst for the same code.

They take turns, so that a busy machine is busy for all of them. The table shows medians: the time that a user waits,
and the processor time, which tells more on a busy machine and of a command that uses several processors.

    pip install libcst torchfix==0.7.0                # TorchFix: or in an environment of its own, see --torchfix
    python benchmarks/speed.py                        # the project's own examples and fixtures
    git clone https://github.com/pytorch/examples pytorch-examples
    python benchmarks/speed.py pytorch-examples --name pytorch/examples

The result is printed, and written to `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import click

import logitlint
from logitlint.check import programs, project_of
from logitlint.config.premises import NOTHING
from logitlint.files.inputs import inputs_from_paths

HERE = Path(__file__).resolve().parent
OWN_CODE = (HERE.parent / "examples", HERE.parent / "tests" / "fixtures")
PARSE = """
import gc, pathlib, sys
gc.disable()
import libcst
for file in pathlib.Path(sys.argv[1]).iterdir():
    try:
        libcst.parse_module(file.read_text("utf-8"))
    except libcst.ParserSyntaxError:
        pass
"""


@dataclass
class Contestant:
    """A command, and the seconds that its runs took: on the clock, and of processor time."""

    name: str
    command: Sequence[str | Path]
    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def forget(self) -> None:
        """Let the runs so far not count."""
        self.waited.clear()
        self.worked.clear()

    def run(self) -> None:
        """Run the command once; linters may exit with 1 to say that they found something."""
        started, before = time.perf_counter(), processor_seconds()
        done = subprocess.run(self.command, capture_output=True, check=False)
        self.waited.append(time.perf_counter() - started)
        self.worked.append(processor_seconds() - before)
        if done.returncode not in (0, 1):
            raise click.ClickException(f"{self.name}: {done.stderr.decode(errors='replace')[-500:]}")


def processor_seconds() -> float:
    """The processor time of all finished child processes and their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_blocks(folders: Sequence[Path], target: Path) -> str:
    """Write each block that logitlint parses to a file of its own; what there is, in words."""
    inputs = inputs_from_paths(folders)
    found = programs(inputs.sources, NOTHING, project_of(inputs.sources, NOTHING))
    passed = [source for program in found for source in program.sources]
    blocks = [block.text for source in passed for block in source.blocks]
    for number, text in enumerate(blocks):
        (target / f"{number}.py").write_text(text, "utf-8")
    lines = sum(text.count("\n") for text in blocks)
    return f"{inputs.files} files, of which {len(passed)} pass the screen ({lines:,} lines)"


def contestants(folders: Sequence[Path], blocks: Path, cache: Path, torchfix: str | None) -> list[Contestant]:
    """The commands to compare; logitlint first."""
    check: list[str | Path] = [sys.executable, "-m", "logitlint", "check", "--exit-zero", *folders]
    commands: list[tuple[str, list[str | Path]]] = [
        ("`logitlint check --no-cache`", [*check, "--no-cache"]),
        ("`logitlint check`, nothing changed", [*check, "--cache-dir", cache]),
        ("`libcst.parse_module` alone", [sys.executable, "-c", PARSE, blocks]),
    ]
    if ruff := shutil.which("ruff"):
        commands.append(("`ruff check --no-cache`", [ruff, "check", "--no-cache", "--exit-zero", *folders]))
    if torchfix:
        version = subprocess.run([torchfix, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        commands.append((f"`torchfix --select ALL` ({version})", [torchfix, "--select", "ALL", *folders]))
    return [Contestant(name, command) for name, command in commands]


def report(name: str, what: str, results: Sequence[Contestant]) -> str:
    """The table in Markdown."""
    versions = f"logitlint {logitlint.__version__}, libcst {metadata.version('libcst')}"
    lines = [
        "# Speed",
        "",
        f"Code: {name}: {what}.\\",
        f"Where: Python {platform.python_version()}, {versions}, {os.cpu_count()} CPUs.\\",
        f"What: whole processes, taking turns, {len(results[0].waited)} runs each; medians, and in brackets",
        "how many times the one of logitlint.",
        "",
        "| command | waiting | processor time |",
        "|---|---:|---:|",
    ]
    first = results[0]
    for one in results:
        waited, worked = seconds(one.waited, first.waited), seconds(one.worked, first.worked)
        lines.append(f"| {one.name} | {waited} | {worked} |")
    return "\n".join([*lines, "", "Written by `python benchmarks/speed.py`, which says how to run it.", ""])


def seconds(runs: Sequence[float], others: Sequence[float]) -> str:
    """The median of some runs, and how many times that of others it is."""
    median = statistics.median(runs)
    return f"{median:.2f} s ({median / statistics.median(others):.2f} x)"


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--runs", default=5, show_default=True, help="How often each command is run.")
@click.option("--name", help="What to call the code in the table.")
@click.option("--torchfix", default=lambda: shutil.which("torchfix"), help="TorchFix, if not the one on PATH.")
@click.option("--output", default=HERE / "RESULTS.md", type=click.Path(dir_okay=False, path_type=Path))
def main(folders: tuple[Path, ...], runs: int, name: str | None, torchfix: str | None, output: Path) -> None:
    """Time logitlint, TorchFix and the parser on FOLDERS, by default the project's own examples and fixtures."""
    name = name or ("the project's own examples and fixtures" if not folders else ", ".join(f.name for f in folders))
    folders = folders or OWN_CODE
    with tempfile.TemporaryDirectory() as blocks, tempfile.TemporaryDirectory() as cache:
        what = write_blocks(folders, Path(blocks))
        competing = contestants(folders, Path(blocks), Path(cache), torchfix)
        for run in range(runs + 1):
            for contestant in competing:
                contestant.run()
                if run == 0:  # it filled the caches: of the disk, and logitlint's own
                    contestant.forget()
    text = report(name, what, competing)
    output.write_text(text, "utf-8")
    click.echo(text, nl=False)


if __name__ == "__main__":
    main()
