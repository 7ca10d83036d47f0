"""A scan on a real Ray cluster of this machine, with several workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import run_cli
from tables import repositories, rows_of, write_table, written

pytest.importorskip("ray")
PARTS = "16"


def title(process: Path) -> bytes:
    """What a process calls itself; a worker of Ray names the task that it is at."""
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def workers(mark: str) -> Iterator[Path]:
    """The workers of Ray that are at a task, of the cluster that was started with a mark in its environment."""
    for process in Path("/proc").glob("[0-9]*"):
        if title(process).startswith(b"ray::Map"):
            try:
                ours = mark.encode() in (process / "environ").read_bytes()
            except OSError:
                continue
            if ours:
                yield process


def kill_one_at_work(mark: str) -> bool:
    """Kill a worker in the middle of a task; whether there was one."""
    for process in workers(mark):
        os.kill(int(process.name), signal.SIGSTOP)
        if title(process).startswith(b"ray::Map"):
            os.kill(int(process.name), signal.SIGKILL)
            return True
        os.kill(int(process.name), signal.SIGCONT)
    return False


def test_one_worker_is_killed(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet", rows_of(repositories()))
    done = run_cli(tmp_path, "scan", "t.parquet", "--out", "local", "--parts", PARTS)
    assert done.returncode == 0, done.stderr

    out, mark = tmp_path / "out", f"LOGITLINT_TEST={tmp_path}"
    command = [sys.executable, "-m", "logitlint", "scan", str(table), "--out", str(out), "--engine", "ray", "-j3"]
    name, value = mark.split("=")
    with subprocess.Popen(
        [*command, "--parts", PARTS],
        cwd=tmp_path,
        env={**os.environ, name: value},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        killed = False
        while process.poll() is None and not killed:
            if (out / "findings").is_dir():
                killed = kill_one_at_work(mark)
            time.sleep(0.002)
        shown, errors = process.communicate(timeout=300)
    assert killed, f"no worker was seen at work\n{errors}"
    assert process.returncode == 0, errors
    assert shown.replace(str(out), "local").endswith(done.stdout)  # behind what Ray says about the dead worker
    for kind in ("findings", "skipped", "repositories"):
        assert written(out, kind) == written(tmp_path / "local", kind)
        assert len(list((out / kind).iterdir())) == int(PARTS)
