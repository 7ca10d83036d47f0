"""What other linters say about code in which logitlint has to find something, and about code in which it must not.

Two sets of code, both part of the project:

* the lines of the scripts in `tests/fixtures/flow` and `tests/fixtures/traps`: a comment at the end of a line says
  which finding belongs there; every other line is right, or nobody can tell;
* the examples of the rules, each a file: the bad ones have to be found, the good ones not.

They were written for logitlint, so it has to be right about them: its own row says only that its tests pass. The rows
of the others say what they look for. Every tool runs with all of its rules. A report counts if it is *about the
subject*, which `ABOUT` says by codes; the script prints which other codes stand on the lines in question, so that
anybody can judge them.

    python -m venv tools && tools/bin/pip install ruff flake8 flake8-bugbear pylint fixit torchfix==0.7.0
    python benchmarks/compare.py tools/bin

The table is printed, and written into `docs/comparison.md`.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

import logitlint
from logitlint.rules.registry import all_rules

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "comparison.md"
BEGIN, END = "<!-- compared: written by benchmarks/compare.py -->", "<!-- end of compared -->"

EXPECTED = re.compile(r"# ((?:origin )?LGT\d{3}(?:: \d+)?(?:, (?:origin )?LGT\d{3}(?:: \d+)?)*)$")
REPORT = re.compile(r"^(?P<path>[^:@\n]+\.py)[:@](?P<line>\d+):(?:\d+:?)? *(?P<code>[A-Za-z][\w-]*)", re.MULTILINE)

TOOLS: Mapping[str, Sequence[str]] = {
    "ruff": ("check", "--isolated", "--no-cache", "--select", "ALL", "--preview", "--output-format", "concise"),
    "flake8": ("--isolated", "--ignore", "TOR"),  # TorchFix has a row of its own
    "pylint": ("--rcfile", "/dev/null", "--enable", "all", "--score", "n", "--msg-template", "{path}:{line}: {msg_id}"),
    "fixit": ("--quiet", "lint"),
    "torchfix": ("--select", "ALL"),
}
PACKAGES = {"flake8": ("flake8", "flake8-bugbear")}

ABOUT = frozenset({"TOR106", "TOR107"})
"""Codes of other tools that are about logits, logarithms and losses: `log(1 + x)` and `exp(x) - 1` in PyTorch."""

Place = tuple[str, int]


def laid_out(folder: Path) -> tuple[dict[Place, bool], dict[str, bool]]:
    """Copy both sets; whether something has to be found on each line, and in each example."""
    lines: dict[Place, bool] = {}
    for name in ("flow", "traps"):
        shutil.copytree(ROOT / "tests" / "fixtures" / name, folder / name)
    for file in sorted(folder.rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            comment = EXPECTED.search(line)
            codes = [item for item in comment[1].split(", ") if item.startswith("LGT")] if comment else []
            lines[file.relative_to(folder).as_posix(), number] = bool(codes)
    examples: dict[str, bool] = {}
    (folder / "examples").mkdir()
    for rule in all_rules().values():
        for is_bad, sources in ((True, rule.bad), (False, rule.good)):
            for number, source in enumerate(sources):
                name = f"examples/{rule.code}_{'bad' if is_bad else 'good'}_{number}.py"
                (folder / name).write_text(source, "utf-8")
                examples[name] = is_bad
    return lines, examples


def own(folder: Path) -> set[tuple[Place, str]]:
    """What logitlint reports; fixtures are projects of their own."""
    projects = sorted(path for name in ("flow", "traps", "examples") for path in (folder / name).iterdir())
    found: set[tuple[Place, str]] = set()
    with contextlib.chdir(folder):
        for path in (path.relative_to(folder) for path in projects if path.suffix != ".ipynb"):
            select = ["ALL"] if path.name.startswith("LGT411") else None
            for one in logitlint.check_paths(path, select=select).findings:
                found.add(((one.location.path, one.location.line), one.code))
    return found


def others(name: str, folder: Path, tools: Path) -> set[tuple[Place, str]]:
    """What another tool reports."""
    scripts = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.py"))
    command = [str(tools.resolve() / name), *TOOLS[name], *scripts]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = {
        ((match["path"].removeprefix(f"{folder}/"), int(match["line"])), match["code"])
        for match in REPORT.finditer(done.stdout)
    }
    if not found:
        raise click.ClickException(f"{name} reports nothing at all:\n{done.stdout[-500:]}{done.stderr[-500:]}")
    return found


def row(
    title: str, reports: set[tuple[Place, str]], lines: Mapping[Place, bool], examples: Mapping[str, bool]
) -> list[str]:
    """A tool's row."""
    about = {(place, code) for place, code in reports if code in ABOUT or code.startswith("LGT")}
    places, files = {place for place, _ in about}, {path for (path, _), _ in about}
    good = len(examples) - sum(examples.values())
    counts = [
        f"{sum(place in places for place, wanted in lines.items() if wanted)} of {sum(lines.values())}",
        f"{sum(place in places for place, wanted in lines.items() if not wanted)}",
        f"{sum(name in files for name, bad in examples.items() if bad)} of {sum(examples.values())}",
        f"{sum(name in files for name, bad in examples.items() if not bad)} of {good}",
    ]
    return [title, f"{len(reports):,}", *counts]


def versions(name: str, tools: Path) -> str:
    """The packages of a tool, with their versions."""
    command = [
        str(tools.resolve() / "python"),
        "-c",
        "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))",
    ]
    packages = PACKAGES.get(name, (name,))
    found = (
        subprocess.run([*command, one], capture_output=True, text=True, check=True).stdout.strip() for one in packages
    )
    return ", ".join(f"{one} {number}" for one, number in zip(packages, found, strict=True))


@click.command()
@click.argument("tools", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(tools: Path) -> None:
    """Run all of them, and write the table; TOOLS is the folder with their commands."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        lines, examples = laid_out(folder)
        rows = [row(f"logitlint {logitlint.__version__}", own(folder), lines, examples)]
        for tool in TOOLS:
            reports = others(tool, folder, tools)
            rows.append(row(versions(tool, tools), reports, lines, examples))
            codes = Counter(code for place, code in reports if lines.get(place))
            print(f"{tool}, codes on lines in question: {dict(codes.most_common())}")
    titles = (
        "tool",
        "reports in all",
        "lines found",
        "other lines reported",
        "bad examples found",
        "good ones reported",
    )
    table = [f"| {' | '.join(one)} |" for one in (titles, ("---",) * len(titles), *rows)]
    print("\n".join(table))
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    written = "\n".join([BEGIN, "", *table, "", END])
    PAGE.write_text(f"{before}{written}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
