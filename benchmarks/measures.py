"""What is measured, and what is wanted of it."""

from __future__ import annotations

import gc
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import libcst
from contest import MEGABYTE, Command, Contestant, run, take_turns
from releases import INSTALLED, PACKAGES, code, tool
from scripts import script, write_scripts

import logitlint

HERE = Path(__file__).resolve().parent
LOGITLINT: Command = (sys.executable, "-m", "logitlint")
CHECK: Command = (*LOGITLINT, "check", "--isolated", "--exit-zero")
NEEDED = """
import sys
from logitlint.check import programs, project_of
from logitlint.config.premises import NOTHING
from logitlint.files.inputs import inputs_from_paths
sources = inputs_from_paths(sys.argv[1:]).sources
found = programs(sources, NOTHING, project_of(sources, NOTHING))
files = {source.file for program in found for source in program.sources}
print(*sorted(str(file) for file in files if file.suffix == ".py"), sep="\\n")
"""
FLAKE8 = f"""
[flake8]
[flake8:local-plugins]
extension = LGT = logitlint.flake8:Plugin
paths = {HERE.parent}
"""

JOBS = 2
MANY_FILES = 20_000
LINES = (1_000, 10_000, 100_000, 1_000_000)
SCRIPT_LINES = 1_000


@dataclass(frozen=True)
class Target:
    """What a figure has to be: at least or at most a bound, or exactly that."""

    sign: str
    bound: float
    unit: str = "x"

    def met(self, figure: float) -> bool:
        """Whether a figure is good enough."""
        return {"≥": figure >= self.bound, "≤": figure <= self.bound, "=": figure == self.bound}[self.sign]

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g} {self.unit}"


@dataclass(frozen=True)
class Outcome:
    """A figure by the clock, the same by processor time where there is one, and what they come from."""

    figure: float
    worked: float | None
    details: str


@dataclass(frozen=True)
class Bench:
    """Where code and tools are, and how often commands are run."""

    folder: Path
    runs: int

    def code(self, name: str) -> Path:
        """The folder of some code."""
        return code(name, self.folder)

    def tool(self, name: str) -> Path:
        """The command of a tool."""
        return tool(name, self.folder)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def ratio(self, over: Contestant, under: Contestant) -> Outcome:
        """How many times as long the first takes."""
        take_turns([over, under], self.runs)
        return Outcome(over.waited / under.waited, over.worked / under.worked, f"{over}; {under}")


def cold(folder: Path, jobs: int = JOBS) -> Contestant:
    """A first run."""
    return Contestant("cold" if jobs == JOBS else f"{jobs} process", (*CHECK, "--no-cache", "-j", str(jobs), folder))


def warm(folder: Path, cache: Path) -> Contestant:
    """A run that finds the results of the one before."""
    return Contestant("warm", (*CHECK, "--cache-dir", cache, "-j", str(JOBS), folder))


def needed(folder: Path) -> list[str]:
    """The files that logitlint has to parse."""
    done = subprocess.run([sys.executable, "-c", NEEDED, folder], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def against_torchfix(bench: Bench, name: str) -> Outcome:
    """TorchFix with all of its rules; it uses all processors by itself."""
    folder = bench.code(name)
    command: Command = [bench.tool("torchfix"), "--select", "ALL", folder]
    return bench.ratio(Contestant("TorchFix", command, once=True), cold(folder))


def against_fixit(bench: Bench, name: str) -> Outcome:
    """Fixit with one rule; it uses all processors by itself."""
    folder = bench.code(name)
    command: Command = [bench.tool("fixit"), "--quiet", "--rules", "fixit.rules:NoInheritFromObject", "lint", folder]
    return bench.ratio(Contestant("Fixit", command, once=True), cold(folder))


def against_floor(bench: Bench, name: str) -> Outcome:
    """Reading everything, and parsing what is needed, with as many processes."""
    folder, names = bench.code(name), needed(bench.code(name))
    with bench.scratch() as scratch:
        (scratch / "names").write_text("\n".join(names), "utf-8")
        command: Command = [sys.executable, HERE / "floor.py", folder, scratch / "names", str(JOBS)]
        outcome = bench.ratio(cold(folder), Contestant("floor", command))
    return Outcome(outcome.figure, outcome.worked, f"{outcome.details}; {len(names):,} files parsed")


def against_ruff(bench: Bench, name: str) -> Outcome:
    """Ruff with its default rules."""
    folder = bench.code(name)
    command: Command = [bench.tool("ruff"), "check", "--no-cache", "--isolated", "--exit-zero", folder]
    with bench.scratch() as cache:
        return bench.ratio(warm(folder, cache), Contestant("Ruff", command))


def one_changed(bench: Bench, name: str) -> Outcome:
    """A line is appended to one of the files that are parsed: the one of middle size."""
    with bench.scratch() as scratch:
        folder = shutil.copytree(bench.code(name), scratch / "code")
        file = sorted(map(Path, needed(folder)), key=lambda file: file.stat().st_size)
        chosen = file[len(file) // 2]

        def change() -> None:
            with chosen.open("a", encoding="utf-8") as text:
                text.write("# changed\n")

        after = warm(folder, scratch / "cache")
        changed = Contestant("one file changed", after.command, before=change)
        outcome = bench.ratio(changed, after)
    return Outcome(outcome.figure, outcome.worked, f"{outcome.details}; {chosen.name}")


def two_processes(bench: Bench, name: str) -> Outcome:
    """One process, and two."""
    folder = bench.code(name)
    return bench.ratio(cold(folder, 1), cold(folder))


def flake8_first(bench: Bench, name: str) -> Outcome:
    """The same flake8, told to load the plugin, which keeps nothing, or not."""
    with bench.scratch() as scratch:
        return bench.ratio(with_plugin(bench, name, scratch, ""), without_plugin(bench, name))


def flake8_again(bench: Bench, name: str) -> Outcome:
    """The same, with what the plugin kept from a run before."""
    with bench.scratch() as scratch:
        return bench.ratio(with_plugin(bench, name, scratch, str(scratch / "cache")), without_plugin(bench, name))


def with_plugin(bench: Bench, name: str, scratch: Path, cache: str) -> Contestant:
    """flake8 with the plugin, which keeps its results in a folder, or nowhere."""
    (scratch / "flake8.ini").write_text(FLAKE8, "utf-8")
    options = ("-j", str(JOBS), "--config", scratch / "flake8.ini", f"--logitlint-cache-dir={cache}")
    return Contestant("with", (bench.tool("flake8"), *options, bench.code(name)))


def without_plugin(bench: Bench, name: str) -> Contestant:
    """flake8 alone."""
    return Contestant("without", (bench.tool("flake8"), "-j", str(JOBS), "--isolated", bench.code(name)))


def version(bench: Bench, _: str) -> Outcome:
    """The shortest commands there are."""
    bench = Bench(bench.folder, 4 * bench.runs)
    importing = Contestant("`import click`", (sys.executable, "-c", "import click"))
    return bench.ratio(Contestant("`--version`", (*LOGITLINT, "--version")), importing)


def editor(bench: Bench, _: str) -> Outcome:
    """In one process, warmed up; the text is another one each time, as after a key press."""
    text = script(0, SCRIPT_LINES)
    checked: list[float] = []
    parsed: list[float] = []
    for turn in range(4 * bench.runs + 3):
        changed = text.replace("def main():", f"def main_{turn}():")
        started = time.perf_counter()
        logitlint.check_source(changed)
        checked.append(time.perf_counter() - started)
        gc.collect()
        gc.disable()
        started = time.perf_counter()
        libcst.parse_module(changed)
        parsed.append(time.perf_counter() - started)
        gc.enable()
    ours, floor = statistics.median(checked[3:]), statistics.median(parsed[3:])
    details = f"`check_source` {ours * 1000:.0f} ms; libcst {floor * 1000:.0f} ms; {text.count(chr(10)):,} lines"
    return Outcome(ours / floor, None, details)


def growth(bench: Bench, _: str) -> Outcome:
    """Time for each line beyond a first script, which takes starting and loading away; one process."""
    with bench.scratch() as scratch:
        lines: list[int] = []
        contestants: list[Contestant] = []
        for wanted in (1, *LINES):
            folder = scratch / str(wanted)
            folder.mkdir()
            lines.append(write_scripts(folder, wanted))
            contestants.append(cold(folder, 1))
        take_turns(contestants[:3], 4 * bench.runs)  # short ones vary more
        take_turns(contestants[3:], bench.runs)
    base = contestants[0]
    pace = [
        ((one.waited - base.waited) / (count - lines[0]), (one.worked - base.worked) / (count - lines[0]))
        for one, count in zip(contestants[1:], lines[1:], strict=True)
    ]
    waited, worked = (max(times) / min(times) for times in zip(*pace, strict=True))
    details = "; ".join(f"{count:,} lines {one * 1e6:.1f} µs" for count, (one, _) in zip(LINES, pace, strict=True))
    return Outcome(waited, worked, f"per line: {details}; the first script {base.waited:.2f} s")


def memory(bench: Bench, _: str) -> Outcome:
    """The largest process, on many files: the packages, again and again."""
    with bench.scratch() as scratch:
        files = 0
        for number, name in enumerate(itertools.cycle(PACKAGES)):
            if files >= MANY_FILES:
                break
            copied = shutil.copytree(bench.code(name), scratch / f"{name}_{number}", copy_function=os.link)
            files += sum(1 for _ in copied.rglob("*.py"))
        taken = run(cold(scratch).command)
    return Outcome(taken.peak / MEGABYTE, None, f"{files:,} files in {taken.waited:.0f} s, {JOBS} processes")


def same_findings(bench: Bench, name: str) -> Outcome:
    """How many different lists of findings there are."""
    folder, lists = bench.code(name), []
    with bench.scratch() as scratch:
        cached = ("--cache-dir", scratch / "cache")
        for options in (("--no-cache", "-j", "1"), ("--no-cache", "-j", "2"), cached, cached):
            run((*CHECK, *options, "--output-format", "json", "--output-file", scratch / "found.json", folder))
            lists.append(json.loads((scratch / "found.json").read_text("utf-8"))["findings"])
    different = [one for number, one in enumerate(lists) if one not in lists[:number]]
    return Outcome(len(different), None, f"{len(lists[0]):,} findings; 1 process, 2, cache empty, cache full")


@dataclass(frozen=True)
class Measure:
    """A row of the table for each piece of code.

    Attributes:
        name: what it is called on the command line.
        title: what it is called in the table.
        codes: names of the code that it is taken on.
    """

    name: str
    title: str
    target: Target
    take: Callable[[Bench, str], Outcome]
    codes: tuple[str, ...]


RELEASES = tuple(PACKAGES)
EVERYTHING = (*RELEASES, INSTALLED)
LARGEST = ("transformers",)
WRITTEN = ("written scripts",)
NO_CODE = ("none",)

MEASURES = (
    Measure("torchfix", "TorchFix against cold", Target("≥", 100), against_torchfix, RELEASES),
    Measure("fixit", "Fixit with one rule against cold", Target("≥", 50), against_fixit, RELEASES),
    Measure("floor", "cold against the floor", Target("≤", 1.3), against_floor, EVERYTHING),
    Measure("warm", "warm against `ruff check --no-cache`", Target("≤", 1.5), against_ruff, EVERYTHING),
    Measure("changed", "one file changed against warm", Target("≤", 2), one_changed, RELEASES),
    Measure("jobs", "one process against two, cold", Target("≥", 1.7), two_processes, LARGEST),
    Measure("flake8", "flake8 with the plugin against without", Target("≤", 1.15), flake8_first, RELEASES[:-1]),
    Measure("flake8-again", "the same, with results kept", Target("≤", 1.15), flake8_again, RELEASES[:-1]),
    Measure("editor", "`check_source` against `libcst.parse_module`", Target("≤", 1.5), editor, WRITTEN),
    Measure("version", "`logitlint --version` against `import click`", Target("≤", 1.3), version, NO_CODE),
    Measure("growth", "time per line: largest against smallest", Target("≤", 1.2), growth, WRITTEN),
    Measure("memory", "memory of the largest process", Target("≤", 400, "MB"), memory, ("all releases, copied",)),
    Measure("findings", "lists of findings that differ", Target("=", 1, "list"), same_findings, EVERYTHING),
)
