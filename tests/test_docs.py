"""The documentation is true: generated parts are fresh, examples give what stands beside them, tables are complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import check_json, run_cli

from logitlint import programs
from logitlint.flow import bounds, containers, machine, runs, statements, terms, values
from logitlint.rules.registry import all_rules
from logitlint.rules.table import TABLE

ROOT = Path(__file__).parent.parent
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *(ROOT / "docs").rglob("*.md")]
GUIDE = ROOT / "docs" / "guide"
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str, page: Path = ROOT / "README.md") -> list[str]:
    """The fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("part", ["code", "keras", "tutorials", "pictures"])
def test_generated_pages_are_fresh(part: str) -> None:
    done = generate("--check", part)
    assert done.returncode == 0, f"run docs/generate.py:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "tutorial").glob("*.md")), ids=lambda page: page.stem)
def test_numbers_in_a_tutorial_are_printed_on_it(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`]*`|\([^)]*\)", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    printed = "".join(blocks("text", page) + blocks("python", page))
    assert [number for number in re.findall(r"\b\d+\.\d+\b|\b\d\d+\b", prose) if number not in printed] == []


def test_start_page_says_what_the_readme_says() -> None:
    start = ROOT / "docs" / "index.md"
    assert blocks("python", start) == blocks("python")[:1]
    assert blocks("output", start) == blocks("text")[:1]


def test_readme_lists_what_the_command_lists(tmp_path: Path) -> None:
    listed = [line.split()[:2] for line in run_cli(tmp_path, "rule", "--all").stdout.splitlines()]
    rows = re.findall(r"^\| \[(LGT\d+)\]\(docs/rules/\1\.md\) \| ([\w-]+) \|", README, re.MULTILINE)
    assert [list(row) for row in rows] == listed
    assert len(listed) == len(all_rules())


def test_no_page_of_a_rule_that_is_gone() -> None:
    assert {page.stem for page in (ROOT / "docs" / "rules").glob("LGT*.md")} == set(all_rules())


def test_readme_begins_with_a_finding_and_its_mending(tmp_path: Path) -> None:
    bad, good = blocks("python")
    (tmp_path / "train.py").write_text(bad, "utf-8")
    assert run_cli(tmp_path, "check", "train.py").stdout.startswith(blocks("text")[0])
    (tmp_path / "train.py").write_text(good, "utf-8")
    assert run_cli(tmp_path, "check", "train.py").returncode == 0


def test_guide_shows_the_json(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(blocks("python")[0], "utf-8")
    data, _ = check_json(tmp_path, "train.py")
    shown = json.loads(blocks("json", GUIDE / "python.md")[0])
    shown["findings"][0]["message"] = data["findings"][0]["message"]
    shown["findings"][0]["fix"]["message"] = data["findings"][0]["fix"]["message"]
    shown["summary"]["seconds"] = data["summary"]["seconds"]
    assert shown == data


def test_guide_shows_the_python_interface(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(blocks("python")[0], "utf-8")
    command = [sys.executable, "-c", blocks("python", GUIDE / "python.md")[0]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    first, second, *fixed = done.stdout.splitlines()
    assert first.startswith("3 LGT401 log of a softmax")
    assert second == "1 findings in 1 files; 0 skipped"
    assert fixed == ["import torch", "", "nll = -torch.log_softmax(x, dim=1)", ""]


def test_readme_begins_with_the_two_commands_that_do_all_the_setup() -> None:
    first, second = blocks("sh")[:2]
    assert first.split(" && ")[-1] == ".venv/bin/logitlint check --exit-zero examples\n"
    assert second.split(" && ")[-1] == ".venv/bin/pytest -n 2\n"


def test_configurations_of_the_guide_are_accepted(tmp_path: Path) -> None:
    configuration, rows = blocks("toml", GUIDE / "configuration.md")
    (tmp_path / "tools").mkdir()
    (tmp_path / "pyproject.toml").write_text(configuration, "utf-8")
    (tmp_path / "tools" / "losses.toml").write_text(rows, "utf-8")
    (tmp_path / "a.py").write_text("from company.ops import fast_softmax\nfrom company.losses import MyFocalLoss\n\n")
    assert run_cli(tmp_path, "check").returncode == 0
    (tmp_path / "a.py").open("a").write("print(MyFocalLoss(2)(fast_softmax(x), y))\n")
    assert "a.py:4:7 LGT201 " in run_cli(tmp_path, "check").stdout


def test_recipes_run(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(blocks("python")[0], "utf-8")
    pages = (GUIDE / "ci.md", GUIDE / "checking.md")
    text = "".join(block for page in pages for language in ("yaml", "console") for block in blocks(language, page))
    commands = re.findall(r"^[ $-]*(?:run: )?logitlint (check|config) ?(.*)", text, re.MULTILINE)
    recipes = [arguments for command, arguments in commands if command == "check" and "--output-format" in arguments]
    assert len(recipes) == 4
    for arguments in recipes:
        done = run_cli(tmp_path, "check", *arguments.split())
        assert done.returncode == ("--exit-zero" not in arguments), done.stderr
    written = {file.name: file.read_text("utf-8") for file in tmp_path.iterdir() if file.is_file()}
    assert json.loads(written["logitlint.sarif"])["runs"][0]["results"]
    assert json.loads(written["gl-code-quality-report.json"])
    assert written["report.html"].startswith("<!doctype html>")


def test_the_guide_uses_the_hooks_that_there_are() -> None:
    hooks = re.findall(r"- id: (\S+)", (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert set(re.findall(r"- id: (\S+)", (GUIDE / "ci.md").read_text("utf-8"))) == set(hooks)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", text):
        assert (page.parent / target).exists(), target


def test_the_table_is_the_one_in_the_code() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text("utf-8")
    head, _, *rows = re.search(r"^\| value.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)[0].splitlines()
    spaces = [cell.strip().replace("-", "_") for cell in head.split("|")[2:-1]]
    shown = {}
    for row in rows:
        reader, *cells = (cell.strip() for cell in row.split("|")[1:-1])
        shown[reader] = {space: code for space, code in zip(spaces, cells, strict=True) if code.startswith("LGT")}
    assert shown == TABLE


def test_the_bounds_are_the_ones_in_the_code() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text("utf-8")
    stated = [int(number.replace(",", "")) for number in re.findall(r"^\| [^|]+ \| ([\d,]+) \|", text, re.MULTILINE)]
    assert stated == [
        bounds.MODULE_STEPS,
        bounds.IMPORTED_STEPS,
        bounds.ENTRY_STEPS,
        bounds.TELLING_STEPS,
        bounds.FILE_STEPS,
        bounds.INHERITED_STEPS,
        runs.ALIKE_STEPS,
        runs.FRUITLESS_STEPS,
        runs.MAX_OBJECTS,
        programs.MAX_TOGETHER,
        machine.MAX_FRAMES,
        machine.MAX_RECURSION,
        values.MAX_DEPTH,
        values.MAX_ALTERNATIVES,
        statements.MAX_ITERATIONS,
        containers.MAX_MEMBERS,
        terms.MAX_LENGTH,
    ]
    assert f"{bounds.MODULE_STEPS:,} steps" in text
    assert f"calls for {bounds.ENTRY_STEPS:,}" in text


def test_contributing_names_every_module() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for folder in ("flow", "rules", "fixes", "config", "suppress", "scan", "scan/engines"):
        modules = {file.stem for file in (ROOT / "logitlint" / folder).glob("*.py")}
        for module in modules:
            if not module.startswith(("__", "lgt", "base", "registry")):
                assert f"`{module}`" in text, f"{folder}/{module}.py"
