"""The plugin inside the real flake8, through the installed entry point."""

import json
import re
import subprocess
import sys

import pytest
from running import BAD, check_json, run_cli, run_flake8

LINE = "    return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)"
HEAD = "import torch\n\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n"
TRAIN = "from torch import nn\nfrom net import head\n\nnn.CrossEntropyLoss()(head(x), y)\n"
LOG1P = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"


def reports(done) -> list[tuple[str, str]]:
    """File and code of each LGT line."""
    assert done.returncode in (0, 1), done.stderr
    return [
        (match[1], match[2]) for match in re.finditer(r"^(?:\./)?(.+?):\d+:\d+: (LGT\d+) \S", done.stdout, re.MULTILINE)
    ]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(BAD)
    return tmp_path


def test_on_without_configuration(project):
    assert reports(run_flake8(project, ".")) == [("train.py", "LGT201")]


def test_version_names_the_plugin(tmp_path):
    assert "logitlint: 0.1.0" in run_flake8(tmp_path, "--version").stdout


def test_same_findings_as_the_command_line(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN + "\n\n" + BAD)
    (tmp_path / "net.py").write_text(HEAD)
    (tmp_path / "other.py").write_text("# -*- coding: utf-8 -*-\n" + BAD.replace("(x, y):", "(x, y):  # é"))
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + BAD.encode())
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\nu = '\xe9'\n" + BAD.encode())
    (tmp_path / "crlf.py").write_bytes(BAD.replace("\n", "\r\n").encode())
    data, _ = check_json(tmp_path)
    expected = [(f["path"], f["line"], f["column"], f["code"], f["message"]) for f in data["findings"]]
    assert len(expected) >= 6
    form = '{"path": "%(path)s", "row": %(row)d, "col": %(col)d, "code": "%(code)s"}\t%(text)s'
    done = run_flake8(tmp_path, "--select=LGT2", f"--format={form}", ".")
    seen = []
    for line in done.stdout.splitlines():
        place, text = line.split("\t", 1)
        found = json.loads(place)
        seen.append((found["path"].removeprefix("./"), found["row"], found["col"], found["code"], text))
    assert sorted(seen) == sorted(expected)


@pytest.mark.parametrize("comment", ["noqa", "noqa: LGT201", "noqa: E501,LGT2"])
def test_noqa(project, comment):
    (project / "train.py").write_text(BAD.replace(LINE, f"{LINE}  # {comment}"))
    assert reports(run_flake8(project, ".")) == []
    assert reports(run_flake8(project, "--disable-noqa", ".")) == [("train.py", "LGT201")]


def test_noqa_for_others(project):
    (project / "train.py").write_text(BAD.replace(LINE, f"{LINE}  # noqa: E501"))
    assert reports(run_flake8(project, ".")) == [("train.py", "LGT201")]


def test_noqa_on_the_last_line_as_in_the_command_line(project):
    text = BAD.replace(LINE, LINE.replace("y)", "\n        y)  # noqa: LGT201"))
    (project / "train.py").write_text(text)
    assert reports(run_flake8(project, ".")) == []
    assert run_cli(project, "check").returncode == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--select=LGT"], ["LGT201"]),
        (["--select=E,F"], []),
        (["--extend-ignore=LGT2"], []),
        (["--select=LGT", "--extend-ignore=LGT201"], []),
        (["--per-file-ignores=train.py:LGT201"], []),
        (["--per-file-ignores=other.py:LGT201"], ["LGT201"]),
    ],
)
def test_options(project, options, expected):
    assert [code for _, code in reports(run_flake8(project, *options, "."))] == expected


def test_configuration_file(project):
    (project / "setup.cfg").write_text("[flake8]\nper-file-ignores =\n    train.py: LGT\nextend-select = LGT411\n")
    (project / "a.py").write_text(LOG1P)
    assert reports(run_flake8(project, ".")) == [("a.py", "LGT411")]


def test_the_quiet_rule_must_be_asked_for(tmp_path):
    (tmp_path / "a.py").write_text(LOG1P)
    assert reports(run_flake8(tmp_path, ".")) == []
    assert reports(run_flake8(tmp_path, "--extend-select=LGT411", ".")) == [("a.py", "LGT411")]
    assert reports(run_flake8(tmp_path, "--select=LGT411", ".")) == [("a.py", "LGT411")]


def test_stdin(tmp_path):
    (tmp_path / "net.py").write_text(HEAD)
    assert reports(run_flake8(tmp_path, "-", stdin=BAD)) == [("stdin", "LGT201")]
    done = run_flake8(tmp_path, "--stdin-display-name=train.py", "-", stdin=TRAIN)
    assert reports(done) == [("train.py", "LGT201")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"def f(:\n",
        b"x = 1\0\n",
        b"x = '\xff softmax'\n" * 3,
        b"# coding: klingon\nsoftmax\n",
        b"\xef\xbb\xbf",
        b"x = '\\ud800'  # softmax\n",
        b"softmax = " + b"-" * 80 + b"1\n",
        b"softmax = " + b" and ".join([b"CrossEntropyLoss"] * 20_000) + b"\n",
        b"\x0c\nfrom torch import *\n\x0c\nsoftmax\n",
    ],
)
def test_never_crashes_flake8(project, content):
    (project / "odd.py").write_bytes(content)
    done = run_flake8(project, "--select=LGT,E9", ".")
    assert ("train.py", "LGT201") in reports(done)
    assert "Traceback" not in done.stderr


def test_many_files_in_parallel(tmp_path):
    for number in range(12):
        (tmp_path / f"m{number:02}.py").write_text(BAD)
    (tmp_path / "quiet.py").write_text(LOG1P)
    done = run_flake8(tmp_path, "--jobs=2", "--extend-select=LGT411", ".")
    assert reports(done) == [*((f"m{number:02}.py", "LGT201") for number in range(12)), ("quiet.py", "LGT411")]


def test_results_are_kept(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "net.py").write_text(HEAD)
    assert reports(run_flake8(tmp_path, ".")) == [("train.py", "LGT201")]
    for entry in (tmp_path / ".logitlint_cache").glob("*.json"):
        entry.write_bytes(entry.read_bytes().replace(b"softmax is applied twice", b"this was kept"))
    assert "this was kept" in run_flake8(tmp_path, ".").stdout
    (tmp_path / "net.py").write_text(HEAD.replace("torch.softmax(x, dim=1)", "x"))
    assert reports(run_flake8(tmp_path, ".")) == []


def test_no_result_is_kept_if_no_folder_is_given(project):
    assert reports(run_flake8(project, "--logitlint-cache-dir=", ".")) == [("train.py", "LGT201")]
    assert reports(run_flake8(project, "-", stdin=BAD)) == [("stdin", "LGT201")]
    assert [file.name for file in project.iterdir()] == ["train.py"]
    (project / ".flake8").write_text("[flake8]\nlogitlint-cache-dir = build/kept\n")
    assert reports(run_flake8(project, ".")) == [("train.py", "LGT201")]
    assert any((project / "build" / "kept").glob("*.json"))


def test_files_that_cannot_matter_are_cheap(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    script = (
        "import sys; from flake8.main.cli import main; main(['-j1', '.']); sys.exit('logitlint.flow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False).returncode == 0
