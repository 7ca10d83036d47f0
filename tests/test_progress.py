"""What a run says of itself: a bar on a terminal, the times of its steps, counts by rule."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = [sys.executable, "-m", "logitlint", "check", "--isolated", "--no-cache", "--exit-zero"]
LOG = "import torch\n\n\ndef f{0}(x):\n    return torch.log(torch.{1}(x, dim=1))\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two programs with a finding each of LGT401, and one of LGT501 with a safe fix."""
    folder = tmp_path_factory.mktemp("tree")
    for number in range(2):
        (folder / f"m{number}.py").write_text(LOG.format(number, "softmax"))
    (folder / "sigmoid.py").write_text("import torch\n\n\ndef f(x):\n    return torch.log(torch.sigmoid(x))\n")
    return folder


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CHECK, *arguments], capture_output=True, text=True, check=True)


def test_statistics_count_findings_and_fixes_by_rule(tree: Path) -> None:
    lines = run("--statistics", tree).stdout.splitlines()
    assert re.fullmatch(r"2  LGT401  warning  log-of-softmax  fixes: 2 safe", lines[0])
    assert re.fullmatch(r"1  LGT402  warning  log-of-sigmoid  fixes: 1 safe", lines[1])
    assert not lines[2]
    assert lines[3].startswith("Found 3 findings (3 warnings) in 3 analysed of 3 files")


def test_statistics_of_what_fixes_leave(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(LOG.format("", "softmax"))
    assert run("--statistics", "--fix", tmp_path).stdout == (
        "Found 1 finding (1 warning) in 1 analysed of 1 file; 1 fixed, 0 left.\n"
    )


def test_statistics_are_no_output_format(tree: Path) -> None:
    command = [*CHECK, "--statistics", "--output-format", "sarif", tree]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: --statistics prints a table")


def test_quiet_shows_findings_only(tree: Path) -> None:
    whole, quiet = run(tree).stdout, run("--quiet", tree).stdout
    assert whole.startswith(quiet)
    assert whole.removeprefix(quiet).startswith("Found 3 findings")
    assert run("--quiet", "--select", "LGT5", tree).stdout == ""
    assert run("--quiet", "--statistics", tree).stdout.splitlines()[-1].startswith("1  LGT402")


def test_verbose_times_every_step(tree: Path) -> None:
    done = run("--verbose", tree)
    steps = [re.fullmatch(r" *\d+\.\d\d s  +(.+)", line) for line in done.stderr.splitlines()]
    assert [step and step[1] for step in steps] == [
        "finding and reading 3 files",
        "screening: 3 can matter, as 3 programs",
        "analysing 3 programs",
        "of processor time for parsing",
        "of processor time for following values",
        "of processor time for judging and mending",
        "in all",
    ]
    assert done.stdout == run(tree).stdout


def on_a_terminal(folder: Path) -> str:
    """What a check writes to a terminal that is its standard error."""
    here, there = pty.openpty()
    with subprocess.Popen([*CHECK, "-j2", folder], stdout=subprocess.DEVNULL, stderr=there) as process:
        os.close(there)
        written = b""
        try:
            while part := os.read(here, 4096):
                written += part
        except OSError:  # the end of a terminal whose other side is closed
            pass
        assert process.wait() == 0
    os.close(here)
    return written.decode()


def test_a_long_run_has_a_bar_and_takes_it_away(tmp_path: Path) -> None:
    branches = "".join(f"    if x[{n}]:\n        x = torch.sigmoid(x + {n}.5)\n" for n in range(40))
    for number in range(150):
        (tmp_path / f"m{number}.py").write_text(f"import torch\n\n\ndef f(x):\n{branches}    return torch.log(x)\n")
    written = on_a_terminal(tmp_path)
    assert "Analysing" in written
    assert written.endswith("\r\x1b[K\x1b[?25h")


def test_a_short_run_has_none(tree: Path) -> None:
    assert on_a_terminal(tree) == ""
