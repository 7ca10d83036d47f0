"""Several processes: the same findings, also when one of them dies, and a quick end on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import check_json

TEXT = "import torch\n\n\ndef f(x):\n    return torch.log(torch.softmax(x, dim=1))\n" + "x = [1, 2, 3]\n" * 1000
CHECK = [sys.executable, "-m", "logitlint", "check", "--isolated", "--no-cache"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of one file, one of two, and one file that does not parse."""
    folder = tmp_path_factory.mktemp("tree")
    for number in range(40):
        (folder / f"m{number:02}.py").write_text(TEXT)
    (folder / "model.py").write_text("import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n")
    (folder / "train.py").write_text(
        "import torch\nfrom model import act\n\n\ndef f(x, y):\n    return torch.nn.functional.nll_loss(act(x), y)\n"
    )
    (folder / "broken.py").write_text("import torch\nsoftmax = (\n")
    return folder


def without_seconds(data: dict[str, object]) -> dict[str, object]:
    """What a run says but for its time."""
    summary = data["summary"]
    assert isinstance(summary, dict)
    return {**data, "summary": {**summary, "seconds": 0}}


def children(pid: int) -> list[int]:
    """The worker processes that a process has."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, ValueError, IndexError):  # no process, or one that has just ended
            continue
    return found


def started(tree: Path, output: Path) -> subprocess.Popen[bytes]:
    """A check of the tree that has started its workers."""
    command = [*CHECK, "-j2", "--output-format", "json", "--output-file", str(output), "."]
    process = subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None and len(children(process.pid)) < 2:
        time.sleep(0.005)
    return process


def test_same_findings(tree):
    alone, status = check_json(tree, "--no-cache", "-j1")
    together, other = check_json(tree, "--no-cache", "-j2")
    assert without_seconds(together) == without_seconds(alone)
    assert status.returncode == other.returncode == 1
    assert len(alone["findings"]) == 41
    assert [skipped["path"] for skipped in alone["summary"]["skipped"]] == ["broken.py"]


def test_worker_dies(tree, tmp_path):
    alone, _ = check_json(tree, "--no-cache", "-j1")
    output = tmp_path / "out.json"
    with started(tree, output) as process:
        workers = children(process.pid)
        assert workers, "the workers were done before one could be killed"
        os.kill(workers[0], signal.SIGKILL)
        process.communicate()
    assert without_seconds(json.loads(output.read_text())) == without_seconds(alone)


def test_interrupt(tree, tmp_path):
    with started(tree, tmp_path / "out.json") as process:
        workers = children(process.pid)
        assert workers, "the workers were done before the interrupt"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors
    assert process.returncode == 1
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
