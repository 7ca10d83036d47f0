"""Results kept between runs: used while nothing has changed, and never otherwise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import check_json, run_cli

from logitlint.cache import TEXTS, Cache
from logitlint.check import check_sources
from logitlint.config.premises import NOTHING
from logitlint.files.folders import Folders, Seen
from logitlint.files.inputs import inputs_from_paths
from logitlint.finding import Result
from logitlint.store import Checked, Grounds, Program, together

MODEL = "import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n"
TRAIN = (
    "import torch.nn.functional as F\nfrom model import act\n\n\ndef f(x, y):\n    return F.cross_entropy(act(x), y)\n"
)
FOLDER = ".logitlint_cache"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A model, and a script that trains it wrongly."""
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def found(folder: Path, *arguments: str) -> list[tuple[str, str]]:
    """Code and file of what is found, which must be the same without a cache."""
    data, _ = check_json(folder, *arguments)
    plain, _ = check_json(folder, "--no-cache", *arguments)
    assert data["findings"] == plain["findings"]
    return [(finding["code"], finding["path"]) for finding in data["findings"]]


def entries(folder: Path) -> list[Path]:
    """What the cache holds of programs and of the whole run."""
    return sorted(file for file in (folder / FOLDER).glob("*.json") if file.name != TEXTS)


def test_used_while_nothing_changes(project):
    assert found(project) == [("LGT201", "train.py")]
    (entry,) = entries(project)
    whole = entry.read_bytes()
    entry.write_bytes(whole.replace(b'"code":"LGT201"', b'"code":"LGT202"'))
    assert check_json(project)[0]["findings"][0]["code"] == "LGT202"  # it came from the cache
    entry.write_bytes(whole.replace(b'"path":"train.py"', b'"path":"other.py"'))
    assert found(project) == [("LGT201", "train.py")]


def test_changed_sources(project):
    assert found(project, "train.py") == [("LGT201", "train.py")]
    (project / "model.py").write_text(MODEL.replace("softmax", "log_softmax"))
    assert found(project, "train.py") == [("LGT204", "train.py")]
    (project / "model.py").write_text(MODEL)
    assert found(project, "train.py") == [("LGT201", "train.py")]
    (project / "train.py").write_text(TRAIN.replace("act(x)", "x"))
    assert found(project, "train.py") == []
    (project / "train.py").write_text(TRAIN)
    (project / "model.py").unlink()
    assert found(project, "train.py") == []


def test_changed_file_that_was_only_searched(project):
    """A module imported with `*` brings a name that it did not have before."""
    (project / "extra.py").write_text("import torch\n")
    (project / "train.py").write_text(
        TRAIN.replace("from model import act", "from model import *\nfrom extra import *")
    )
    assert found(project, "train.py") == [("LGT201", "train.py")]
    (project / "extra.py").write_text(MODEL.replace("softmax", "log_softmax"))
    assert found(project, "train.py") == [("LGT204", "train.py")]


def test_new_file_takes_over_a_name(project):
    folder = project / "scripts"
    folder.mkdir()
    (project / "train.py").rename(folder / "train.py")
    assert found(project, "scripts/train.py") == [("LGT201", "scripts/train.py")]
    (folder / "model.py").write_text("def act(x):\n    return x\n")
    assert found(project, "scripts/train.py") == []


def test_new_file_that_imports_the_model(project):
    """A fix in the model is not safe any more once somebody else uses the model."""
    (project / "train.py").write_text(TRAIN.replace("cross_entropy(act(x), y)", "nll_loss(act(x), y)"))

    def applicability() -> str:
        data, _ = check_json(project, "model.py", "train.py")
        plain, _ = check_json(project, "--no-cache", "model.py", "train.py")
        assert data["findings"] == plain["findings"]
        return str(data["findings"][0]["fix"])

    before = applicability()
    (project / "predict.py").write_text("from model import act\n\n\ndef predict(x):\n    return act(x)\n")
    assert "predict.py" not in before
    assert "predict.py" in applicability()


def test_configuration(project):
    assert found(project) == [("LGT201", "train.py")]
    (project / "logitlint.toml").write_text("ignore = ['LGT201']\n")
    assert found(project) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"\x80\x04K\x01.", b"\xff" * 100, b'{"key": 1}', b"[" * 10**6]
)
def test_foreign_entries_are_ignored(project, content):
    assert found(project) == [("LGT201", "train.py")]
    for file in (project / FOLDER).glob("*.json"):
        file.write_bytes(content)
    assert found(project) == [("LGT201", "train.py")]


def test_cut_off_entries_are_ignored(project):
    assert found(project) == [("LGT201", "train.py")]
    (entry,) = entries(project)
    whole = entry.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 12)):
        entry.write_bytes(whole[:length])
        assert check_json(project)[0]["findings"][0]["code"] == "LGT201"


def test_no_folder_can_be_made(project):
    (project / FOLDER).write_text("a file")
    assert found(project) == [("LGT201", "train.py")]
    assert (project / FOLDER).read_text() == "a file"


def test_runs_at_the_same_time(project):
    for number in range(20):
        (project / f"m{number}.py").write_text(TRAIN)
    command = [sys.executable, "-m", "logitlint", "check", "--output-format", "json"]
    runs = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    for run in runs:
        _, errors = run.communicate()
        assert (run.returncode, errors) == (1, b"")
    assert len(found(project)) == 21
    assert {file.suffix for file in (project / FOLDER).iterdir() if file.name != ".gitignore"} == {".json", ".TAG"}


def test_elsewhere_and_clean(project):
    assert found(project, "--cache-dir", "kept") == [("LGT201", "train.py")]
    assert not (project / FOLDER).exists()
    (project / "kept" / "mine.txt").write_text("mine")
    done = run_cli(project, "clean", "--cache-dir", "kept")
    assert (done.returncode, done.stdout) == (0, "Deleted 1 entry of kept.\n")
    assert [file.name for file in (project / "kept").iterdir()] == ["mine.txt"]
    assert run_cli(project, "clean").stdout == f"Deleted 0 entries of {FOLDER}.\n"


def said(folder: Path, *arguments: str) -> str:
    """What `--verbose` says of a run."""
    return run_cli(folder, "check", "--verbose", *arguments).stderr


def test_nothing_has_changed(project):
    """Then neither the analysis nor what it needs is loaded."""
    (project / "alone.py").write_text(MODEL)
    assert "as 2 programs" in said(project)
    assert "nothing has changed" in said(project)
    imported = run_cli(project, "check", PYTHONPROFILEIMPORTTIME="1").stderr
    assert "logitlint.cache" in imported
    assert not re.search(r"\b(logitlint\.(flow|catalog|fixes\.draft)|pathspec|tomllib)$", imported, re.MULTILINE)
    (project / "alone.py").write_text(MODEL.replace("softmax", "sigmoid"))
    assert "looking up earlier results: 1 are kept" in said(project)
    assert "nothing has changed" in said(project)


def test_changed_file_that_decides_whether_another_matters(project):
    """The file that is checked names nothing itself, so it is not even parsed at first."""
    (project / "train.py").write_text(
        "from lib import F, act\n\n\ndef f(x, y):\n    return F.cross_entropy(act(x), y)\n"
    )
    (project / "lib.py").write_text("F = act = None\n")
    assert found(project, "train.py") == []
    (project / "lib.py").write_text(f"import torch.nn.functional as F\n{MODEL}")
    assert found(project, "train.py") == [("LGT201", "train.py")]
    (project / "lib.py").unlink()
    assert found(project, "train.py") == []


def test_new_checkout(project):
    """What lies above the top folder of a checkout is not looked up."""
    folder = project / "scripts"
    folder.mkdir()
    (project / "train.py").rename(folder / "train.py")
    assert found(project) == [("LGT201", "scripts/train.py")]
    (folder / ".git").write_text("gitdir: elsewhere\n")
    assert found(project) == []
    (folder / ".git").unlink()
    assert found(project) == [("LGT201", "scripts/train.py")]


def test_changed_catalog(project):
    (project / "logitlint.toml").write_text('catalog = ["own.toml"]\n')
    row = '[[loss]]\nnames = ["acme.loss"]\nparams = ["input", "target"]\nexpects = "{}"\nfamily = "categorical"\n'
    (project / "own.toml").write_text(row.format("logits"))
    (project / "train.py").write_text(TRAIN.replace("torch.nn.functional", "acme").replace("cross_entropy", "loss"))
    assert found(project) == [("LGT201", "train.py")]
    (project / "own.toml").write_text(row.format("log_probabilities"))
    assert found(project) == [("LGT203", "train.py")]


def test_kept_texts(project):
    """What texts say comes from the cache, as long as version and catalogs are the same."""
    assert found(project) == [("LGT201", "train.py")]
    kept = project / FOLDER / TEXTS
    whole = json.loads(kept.read_bytes())
    assert len(whole["texts"]) == 2

    def with_texts(**changes: object) -> list[tuple[str, str]]:
        for entry in entries(project):
            entry.unlink()
        kept.write_text(json.dumps({**whole, **changes}))
        data, _ = check_json(project)
        return [(finding["code"], finding["path"]) for finding in data["findings"]]

    nothing = {key: {"names": False, "imports": []} for key in whole["texts"]}
    assert with_texts(texts=nothing) == []
    assert with_texts(texts=nothing, version="another") == [("LGT201", "train.py")]
    assert json.loads(kept.read_bytes()) == whole
    assert with_texts(texts=dict.fromkeys(whole["texts"], 1)) == [("LGT201", "train.py")]
    (project / "train.py").write_text(TRAIN + "\n")
    assert found(project) == [("LGT201", "train.py")]
    assert len(json.loads(kept.read_bytes())["texts"]) == 3


def test_changed_while_it_is_analysed(project, monkeypatch):
    """What is kept belongs to what was read, not to what is in the file by then."""
    monkeypatch.chdir(project)
    inputs = inputs_from_paths(["train.py"])
    (source,) = inputs.sources
    run = Program((source,), (), frozenset(), frozenset([project / "train.py"]), frozenset(["train.py"]), NOTHING)

    def cache() -> Cache:
        return Cache(project / FOLDER, Folders([project / "train.py"], Seen()))

    (project / "model.py").write_text(MODEL.replace("torch.softmax(x, 1)", "x"))
    checked = check_sources(inputs.sources)
    assert checked.result.findings == ()
    (project / "model.py").write_text(MODEL)
    cache().put(run, checked)
    assert cache().get(run) is None
    (project / "model.py").write_text(MODEL.replace("torch.softmax(x, 1)", "x"))
    known = cache().get(run)
    assert known is not None
    assert known.result == checked.result


def test_not_kept_if_a_process_has_died(project, monkeypatch):
    monkeypatch.chdir(project)
    program = Program((), (), frozenset(), frozenset(), frozenset(), NOTHING)
    cache = Cache(project / FOLDER, Folders([], Seen()))
    result = Result((), 0, 0, (), 0, 0.0)
    grounds = together([Grounds(), None])
    assert grounds is None
    cache.put(program, Checked(result, grounds))
    assert cache.get(program) is None
    cache.put(program, Checked(result, Grounds()))
    assert cache.get(program) == Checked(result, Grounds())


def test_names_that_are_no_text(project):
    """Such a file is checked, its results are not kept, and what is kept stays usable."""
    odd = os.fsdecode(b"odd\xff")
    (project / odd).write_text(TRAIN)
    for _ in range(2):
        done = run_cli(project, "check", odd)
        assert (done.returncode, done.stderr) == (1, "")
        assert "LGT201" in done.stdout
    assert entries(project) == []
    assert found(project) == [("LGT201", "train.py")]
