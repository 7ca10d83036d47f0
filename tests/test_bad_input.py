"""What cannot be checked is named in one line, counted, and stops nothing else."""

import os
from pathlib import Path

import pytest
from running import BAD, check_json, notebook, run_cli

DEEP = "x = " + "(" * 5000 + "1" + ")" * 5000 + "\n"
CHAIN = "x = " + " and ".join(["a"] * 20_000) + "\n"


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def looping(path: Path) -> None:
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10_000_000)


CASES = {
    "syntax": ("a.py", b"def f(:\n", "parse"),
    "python 2": ("a.py", b"print 'softmax'\nimport torch\n", "parse"),
    "not utf-8": ("a.py", b"x = 1\ny = '\xff softmax'\nz = 2\n", "utf-8"),
    "odd cookie": ("a.py", b"# coding: klingon\n", "klingon"),
    "nul": ("a.py", b"import torch\0\n", "NUL"),
    "utf-16": ("a.py", "import torch\n".encode("utf-16"), "NUL"),
    "folder": ("a.py", folder, "directory"),
    "dangling": ("a.py", dangling, "dangling"),
    "loop": ("a.py", looping, "symbolic links"),
    "pipe": ("a.py", pipe, "not a regular file"),
    "large": ("a.py", large, "larger than 5 MB"),
    "no json": ("a.ipynb", b"{", "not JSON"),
    "empty notebook": ("a.ipynb", b"", "not JSON"),
    "binary notebook": ("a.ipynb", b"\x89PNG\xff\xfe", "utf-8"),
    "no cells": ("a.ipynb", b'{"metadata": {}}', "no cells"),
    "odd cells": ("a.ipynb", b'{"cells": {"a": 1}}', "no cells"),
    "list notebook": ("a.ipynb", b"[1, 2]", "not a JSON object"),
    "deep notebook": ("a.ipynb", b"[" * 200_000, "not JSON"),
    "R notebook": ("a.ipynb", b'{"cells": [], "metadata": {"language_info": {"name": "R"}}}', "in R"),
}


def make(path: Path, content) -> None:
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("case", CASES)
def test_alone(tmp_path, case):
    name, content, reason = CASES[case]
    if case in ("syntax", "python 2"):
        content += b"torch.softmax(torch.nn.CrossEntropyLoss())\n"
    make(tmp_path / name, content)
    data, done = check_json(tmp_path, name)
    assert done.returncode == 2
    (skipped,) = data["summary"]["skipped"]
    assert (skipped["path"], skipped["cell"]) == (name, None)
    assert reason in skipped["reason"]
    assert done.stderr == f"{name}: skipped: {skipped['reason']}\n"
    assert data["findings"] == []


def test_beside_a_good_file(tmp_path):
    for number, (name, content, _) in enumerate(CASES.values()):
        (tmp_path / f"d{number}").mkdir()
        if content is not folder:
            make(tmp_path / f"d{number}" / name, content)
    (tmp_path / "good.py").write_text(BAD)
    data, done = check_json(tmp_path)
    assert done.returncode == 1
    assert [finding["path"] for finding in data["findings"]] == ["good.py"]
    assert len(done.stderr.splitlines()) == len(data["summary"]["skipped"])
    text = run_cli(tmp_path, "check")
    assert text.stdout.endswith(f"; {len(data['summary']['skipped'])} skipped.\n")
    assert text.stderr == done.stderr


def test_empty_file_is_fine(tmp_path):
    (tmp_path / "__init__.py").write_bytes(b"")
    assert run_cli(tmp_path, "check").returncode == 0


def test_folder_without_anything_to_check(tmp_path):
    done = run_cli(tmp_path, "check")
    assert done.returncode == 2
    assert done.stderr == ".: skipped: is a directory without Python files or notebooks\n"
    assert run_cli(tmp_path, "check", "--exit-zero").returncode == 0


def test_file_below_a_file_does_not_exist(tmp_path):
    (tmp_path / "a.py").write_text(BAD)
    done = run_cli(tmp_path, "check", "a.py/b.py")
    assert done.returncode == 2
    assert done.stderr == "Error: a.py/b.py: does not exist\n"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_unreadable(tmp_path):
    data, done = check_json(tmp_path, "/proc/self/mem")
    assert done.returncode == 2
    assert data["summary"]["skipped"][0]["reason"].startswith("cannot be read: ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    (tmp_path / "a.py").write_text(BAD)
    (tmp_path / "a.py").chmod(0)
    data, done = check_json(tmp_path, "a.py")
    assert done.returncode == 2
    assert "ermission" in data["summary"]["skipped"][0]["reason"]


def test_cell_that_does_not_parse(tmp_path):
    (tmp_path / "n.ipynb").write_text(notebook("from torch import nn, softmax\nx = ___ your code ___\n", BAD))
    data, done = check_json(tmp_path)
    assert done.returncode == 1
    assert [(s["path"], s["cell"]) for s in data["summary"]["skipped"]] == [("n.ipynb", 1)]
    assert done.stderr.startswith("n.ipynb:cell 1: skipped: ")
    assert [finding["cell"] for finding in data["findings"]] == [2]


@pytest.mark.parametrize("tail", [DEEP, CHAIN, "x = " + "-" * 50_000 + "1\n", "x" + "[0]" * 20_000 + "\n"])
def test_nesting_that_no_stack_holds(tmp_path, tail):
    (tmp_path / "deep.py").write_text(BAD + tail)
    (tmp_path / "good.py").write_text(BAD)
    data, done = check_json(tmp_path)
    assert done.returncode == 1
    assert "good.py" in [finding["path"] for finding in data["findings"]]
    refused = "nested" in "".join(skipped["reason"] for skipped in data["summary"]["skipped"])
    assert refused or "deep.py" in [finding["path"] for finding in data["findings"]]


def test_file_names_that_are_not_text(tmp_path):
    name = os.fsdecode(b"a\xff.py")
    try:
        (tmp_path / name).write_text(BAD)
    except OSError:
        pytest.skip("the file system refuses such names")
    done = run_cli(tmp_path, "check")
    assert done.returncode == 1
    assert done.stdout.startswith("a\\udcff.py:6:")
    data, _ = check_json(tmp_path)
    assert data["findings"][0]["path"] == name
