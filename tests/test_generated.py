"""What is recorded and measured for the documents says what is true."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from logitlint.report.measured import SERIES, measured
from logitlint.report.plot import LOWEST
from logitlint.verify.frameworks import FRAMEWORKS
from logitlint.verify.record import read

ROOT = Path(__file__).parent.parent


def generator(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / name), "--check", *arguments]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)


def test_what_was_measured_is_measured_again() -> None:
    done = generator("measure.py", "numpy")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_was_measured_is_what_the_table_of_all_rewrites_says() -> None:
    rows = read((ROOT / "docs" / "verified.md").read_text("utf-8"))
    for code, known in measured().items():
        for name, one in known.items():
            matching = [row for row in rows[code] if row[:2] == (f"`{one.rewrite}`", name)]
            eager = next(row for row in matching if "eager" in row[2])
            assert eager[5 : 5 + len(one.breaks)] == tuple(one.breaks.values()), (code, name)


def test_errors_are_those_of_a_ladder() -> None:
    assert len(measured()) > 20
    for code, known in measured().items():
        assert set(known) <= set(FRAMEWORKS)
        for name, one in known.items():
            wanted = SERIES[:2] if name == "numpy" else SERIES
            assert tuple(one.errors) == wanted, (code, name)
            for series in one.errors.values():
                assert [z for z, _ in series] == sorted({z for z, _ in series})
                assert min(away for _, away in series) >= LOWEST
            worst = max(away for _, away in one.errors["after"])
            assert worst <= max(-50, *(away for _, away in one.errors["before"])), (code, name)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_session_is_what_a_terminal_shows() -> None:
    done = generator("session.py")
    assert done.returncode == 0, done.stdout + done.stderr
