"""Whole programs, fixed and run on their frameworks: what they compute afterwards is what they say.

Each program of `fixtures/fixes` opens with the findings in it and how far each fix can be trusted (`LGT102 safe`, or
with words that the message has: `LGT102 unsafe: torch.save`), `same output` if it prints the same numbers once it is
fixed, and with `- expression` what holds afterwards and did not before, such as the textbook loss in float64.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fixing import RUN_FIRST, claims_of, opening, run_programs
from running import run_cli

import logitlint

PROGRAMS = Path(__file__).parent / "fixtures" / "fixes"
GROUPS = sorted(folder.name for folder in PROGRAMS.iterdir() if folder.is_dir())
NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan\b|inf\b)")


def programs(group: str) -> list[Path]:
    """The scripts, notebooks and folders of a group, relative to it."""
    found = [p for p in (PROGRAMS / group).iterdir() if p.suffix in (".py", ".ipynb") or (p / RUN_FIRST).is_file()]
    return [path.relative_to(PROGRAMS) for path in sorted(found)]


EVERY = [pytest.param(path, id=path.as_posix()) for group in GROUPS for path in programs(group)]


def promises(program: Path) -> set[tuple[str, str, str]]:
    """The codes of a program's findings, each with its applicability and words of its message."""
    lines = re.findall(r"^(LGT\d{3}) (safe|unsafe|none)(?:: (.+))?$", opening(PROGRAMS / program), re.MULTILINE)
    return {(code, applicability, words) for code, applicability, words in lines}


def is_mended(program: Path) -> bool:
    return any(applicability != "none" for _, applicability, _ in promises(program))


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all programs with every fix applied."""
    folder = tmp_path_factory.mktemp("fixed")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    assert run_fixes(folder) == 1  # what only a human can mend is left
    return folder


def run_fixes(folder: Path) -> int:
    """Apply every fix below a folder, safe or not; the exit status."""
    return run_cli(folder, "check", "--fix", "--unsafe-fixes", ".").returncode


@pytest.fixture(scope="module")
def outcomes(fixed: Path) -> dict[tuple[str, Path], dict]:
    """What became of all programs, `bad` and `fixed`."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda group: outcomes_of(group, fixed), GROUPS)
    return {key: outcome for group in found for key, outcome in group.items()}


def outcomes_of(group: str, fixed: Path) -> dict[tuple[str, Path], dict]:
    """What became of the programs of one group, run in one process."""
    roots = {"bad": PROGRAMS, "fixed": fixed}
    places = {root / path: (kind, path) for kind, root in roots.items() for path in programs(group)}
    return {places[place]: outcome for place, outcome in run_programs(places).items()}


@pytest.mark.parametrize("program", EVERY)
def test_findings_are_those_promised(program: Path) -> None:
    findings = logitlint.check_paths(PROGRAMS / program).findings
    assert promises(program)
    for code, applicability, words in promises(program):
        fixes = [f.fix for f in findings if f.code == code]
        assert fixes
        assert {fix.applicability.value for fix in fixes} == {applicability}
        assert all(words in fix.message for fix in fixes)
        assert all(bool(fix.edits) == (applicability != "none") for fix in fixes)
    assert {f.code for f in findings} == {code for code, _, _ in promises(program)}


@pytest.mark.parametrize("program", EVERY)
def test_nothing_is_found_once_it_is_fixed(program: Path, fixed: Path) -> None:
    left = {(f.code, f.fix.applicability.value) for f in logitlint.check_paths(fixed / program).findings}
    assert left == {(code, applicability) for code, applicability, _ in promises(program) if applicability == "none"}
    assert _texts(fixed / program) != _texts(PROGRAMS / program) or not is_mended(program)


def test_a_second_run_changes_nothing(fixed: Path) -> None:
    before = {path: path.read_bytes() for path in fixed.rglob("*") if path.is_file()}
    assert run_fixes(fixed) == 1
    assert {path: path.read_bytes() for path in fixed.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("program", EVERY)
def test_fixed_program_computes_what_it_says(program: Path, outcomes: dict[tuple[str, Path], dict]) -> None:
    bad, good = outcomes["bad", program], outcomes["fixed", program]
    assert bad["error"] is None
    assert good["error"] is None
    assert good["claims"] == dict.fromkeys(claims_of(opening(PROGRAMS / program)), True)
    same = "same output" in opening(PROGRAMS / program).splitlines()
    assert same or good["claims"] or not is_mended(program)
    if same:
        assert_same_output(bad["output"], good["output"])
    elif is_mended(program):
        assert not all(bad["claims"].values())


def assert_same_output(one: str, other: str) -> None:
    """The same words, and numbers that agree apart from rounding."""
    assert one.strip()
    assert NUMBER.sub("#", _plain(one)) == NUMBER.sub("#", _plain(other))
    numbers = [np.array(NUMBER.findall(_plain(text)), dtype=float) for text in (one, other)]
    np.testing.assert_allclose(*numbers, rtol=2e-4, atol=2e-5)


def _plain(text: str) -> str:
    """Output without the padding of arrays, and without what only says that a gradient is known."""
    return re.sub(r"\s+", " ", re.sub(r", grad_fn=<\w+>|(?<=[\[ ,])\s+|\s+(?=\])", "", text))


def _texts(program: Path) -> list[str]:
    files = sorted(program.rglob("*.py")) if program.is_dir() else [program]
    return [path.read_text("utf-8") for path in files]


def test_notebooks_change_in_their_code_cells_only(fixed: Path) -> None:
    for path in PROGRAMS.rglob("*.ipynb"):
        old, new = (json.loads((root / path.relative_to(PROGRAMS)).read_text("utf-8")) for root in (PROGRAMS, fixed))
        for one, other in zip(old["cells"], new["cells"], strict=True):
            assert one.pop("source") == other.pop("source") or one["cell_type"] == "code"
        assert old == new


def test_fixed_sources_parse(fixed: Path) -> None:
    for path in fixed.rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
