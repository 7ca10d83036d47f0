"""Tables of sources: the findings of `check` on the same files, whatever happens on the way."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from running import BAD, check_json, notebook, run_cli
from tables import on_disk, repositories, rows_of, write_table, written
from test_parallel import children

from logitlint.api import check_paths
from logitlint.catalog import load
from logitlint.config.settings import Settings
from logitlint.files.source import source_from_text
from logitlint.scan import steps, table
from logitlint.scan.checker import Checker, Limits, Lost
from logitlint.scan.engines import local
from logitlint.scan.job import Job
from logitlint.scan.repository import check_repository
from logitlint.scan.run import scan
from logitlint.scan.screen import may_name_something
from logitlint.screen import names_something, text_of

SCAN = [sys.executable, "-m", "logitlint", "scan"]
PARTS = 24


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two Parquet files, over which the rows of each repository are spread."""
    folder = tmp_path_factory.mktemp("table")
    rows = rows_of(repositories())
    write_table(folder / "deep" / "1.parquet", rows[::2])
    write_table(folder / "0.parquet", rows[1::2])
    return folder


@pytest.fixture(scope="module")
def reference(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed scan writes."""
    out = tmp_path_factory.mktemp("reference") / "out"
    done = run_cli(out.parent, "scan", str(sources), "--out", "out", "-j2", "--parts", str(PARTS))
    assert done.returncode == 0, done.stderr
    (out.parent / "shown").write_text(done.stdout)
    return out


def test_findings_of_check(reference: Path, tmp_path: Path) -> None:
    data, _ = check_json(on_disk(tmp_path, repositories()), "--isolated", "--no-cache", ".")
    expected = []
    for finding in data["findings"]:
        top = "/".join(finding["path"].split("/")[:2])
        text = json.dumps(finding).replace(f'"path": "{top}/', '"path": "').replace(f"{top}/", "")
        expected.append({"repository": top, **json.loads(text)})
    assert written(reference) == sorted(expected, key=json.dumps)
    assert {row["repository"] for row in expected} >= {"me/namespace", "me/package", "me/notebook", "me/comments"}
    skipped = [("/".join(one["path"].split("/")[:2]), one["reason"]) for one in data["summary"]["skipped"]]
    assert sorted((row["repository"], row["reason"]) for row in written(reference, "skipped")) == sorted(skipped)


def test_sums(reference: Path) -> None:
    sums = json.loads((reference / "summary.json").read_text())
    files = [path for files in repositories().values() for path in files]
    assert sums["rows"] == len(files) == sums["other"] + sums["dismissed"] + sums["files"]
    assert sums["other"] == 3  # a README, a hidden folder, a build folder
    assert sums["dismissed"] == 2
    assert (
        sums["findings"]
        == len(written(reference))
        == sum(row["findings"] for row in written(reference, "repositories"))
    )
    assert sums["codes"] == Counter(row["code"] for row in written(reference))
    assert sums["skipped"] == 2
    shown = (reference.parent / "shown").read_text()
    assert f"{sums['findings']:,} findings in out/findings: LGT101 " in shown
    assert "2 files, cells or repositories skipped: out/skipped says why" in shown
    assert not (reference / "work").exists()


def killed(out: Path, arguments: list[str], seen: Path) -> None:
    """Start a scan, and kill it with all of its processes as soon as something is there."""
    command = [*SCAN, *arguments, "--out", str(out), "--parts", str(PARTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        while process.poll() is None and not (seen.is_dir() and any(seen.iterdir())):
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"


@pytest.mark.parametrize("step", ["work/survey", "work/gathered", "findings"])
def test_killed_and_resumed(sources: Path, reference: Path, tmp_path: Path, step: str) -> None:
    out = tmp_path / "out"
    killed(out, [str(sources), "-j1"], out / step)
    before = {file: file.stat().st_mtime_ns for file in out.glob("findings/*.parquet")}
    assert len(before) < PARTS
    done = run_cli(tmp_path, "scan", str(sources), "--out", "out", "-j2", "--parts", str(PARTS))
    assert done.returncode == 0, done.stderr
    for kind in ("findings", "skipped", "repositories"):
        assert written(out, kind) == written(reference, kind)
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert not before or f"({len(before)} done before)" in done.stderr


def test_a_checker_dies(sources: Path, reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [*SCAN, str(sources), "--out", str(out), "-j1", "--parts", str(PARTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not (out / "findings").is_dir():
            time.sleep(0.002)
        checkers = children(process.pid)
        assert checkers, "the scan was done before its checker could be killed"
        os.kill(checkers[0], signal.SIGKILL)
        process.communicate()
    assert process.returncode == 0
    for kind in ("findings", "skipped", "repositories"):
        assert written(out, kind) == written(reference, kind)


def test_another_job_is_refused(sources: Path, reference: Path, tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        done = run_cli(reference.parent, "scan", *arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr

    same = [str(sources), "--out", "out", "--parts", str(PARTS)]
    assert "holds another scan (parts: 24 there, 25 here)" in refused(*same, "--parts", "25")
    other = write_table(tmp_path / "t.parquet", rows_of(repositories()))
    assert "(settings.min_severity: note there, error here)" in refused(*same, "--min-severity", "error")
    assert "holds another scan (files: 2 there, 1 here)" in refused(str(other), *same[1:])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    assert "holds thesis.tex, and no scan" in refused(str(sources), "--out", str(tmp_path / "mine"))
    again = run_cli(reference.parent, "scan", *same)
    assert (again.returncode, again.stdout) == (0, (reference.parent / "shown").read_text())


def test_bad_tables(tmp_path: Path) -> None:
    rows = [("r", "a.py", BAD)]
    write_table(tmp_path / "names.parquet", rows, ("repo", "where", "what"))
    write_table(tmp_path / "kinds.parquet", [("r", "a.py", 1)], kind=pa.int32())
    (tmp_path / "no.parquet").write_text("PAR1 and so on")
    (tmp_path / "empty").mkdir()
    good = write_table(tmp_path / "cut.parquet", [("r", "a.py", str(os.urandom(5000)))])
    data = bytearray(good.read_bytes())
    data[500:600] = bytes(100)
    good.write_bytes(data)
    for name, reason in {
        "missing.parquet": "does not exist",
        "empty": "holds no *.parquet",
        "names.parquet": "has no column for the path (path, max_stars_repo_path, file_path",
        "kinds.parquet": "the column content is no text, but int32",
        "no.parquet": "cannot be read as Parquet",
        "cut.parquet": "cannot be read",
    }.items():
        done = run_cli(tmp_path, "scan", name, "--out", "out")
        assert (done.returncode, done.stdout) == (2, "")
        error = done.stderr.splitlines()[-1]
        assert error.startswith(f"Error: {name}: {reason}") or (name == "cut.parquet" and reason in error), done.stderr
        assert "Traceback" not in done.stderr

    done = run_cli(tmp_path, "scan", ".", "--out", "out")
    assert done.stderr == "Error: --out out lies in the table: findings would become sources\n"


def test_named_columns_and_lines_of_json(tmp_path: Path) -> None:
    rows = [
        ("r", "/src/a.py", BAD.encode("utf-16")),
        ("r", "./b.py", ("# coding: latin-1\n" + BAD).encode() + b"#\xe9"),
    ]
    write_table(tmp_path / "t.parquet", rows, ("repo", "where", "what"), pa.binary())
    names = ["--path-column", "where", "--content-column", "what", "--output-format", "jsonl"]
    done = run_cli(tmp_path, "scan", "t.parquet", "--out", "out", *names)
    assert done.returncode == 0, done.stderr
    (finding,) = written(tmp_path / "out")
    assert (finding["repository"], finding["path"], finding["code"], finding["line"]) == ("r", "b.py", "LGT201", 7)
    assert [row["reason"] for row in written(tmp_path / "out", "skipped")] == ["contains NUL bytes"]


def test_only_a_named_configuration_counts(tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", [("r", "a.py", BAD), ("r", "old/b.py", BAD)])
    (tmp_path / "logitlint.toml").write_text('ignore = ["LGT201"]\n')
    (tmp_path / "mine.toml").write_text('exclude = ["/old/"]\n')
    run_cli(tmp_path, "scan", "t.parquet", "--out", "without")
    run_cli(tmp_path, "scan", "t.parquet", "--out", "with", "--config", "mine.toml")
    assert [row["path"] for row in written(tmp_path / "without")] == ["a.py", "old/b.py"]
    assert [row["path"] for row in written(tmp_path / "with")] == ["a.py"]


def test_without_pyarrow(tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('no', name='pyarrow')\n")
    done = run_cli(
        tmp_path, "scan", "t.parquet", "--out", "out", PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"
    )
    assert (done.returncode, done.stderr) == (2, "Error: scan needs pyarrow: pip install 'logitlint[scan]'\n")


def scanned(tmp_path: Path, rows: list[tuple[object, ...]], limits: Limits) -> Path:
    """The output of a scan in this process, of a table in which each row is a piece."""
    opened = table.open_table(write_table(tmp_path / "t.parquet", rows, group=1))
    job = Job(opened, tmp_path / "out", Settings(root="/"), limits, "parquet", 3)
    scan(job, functools.partial(local.run, jobs=2), lambda name, parts, count, done: list(parts))
    return tmp_path / "out"


def test_rows_that_cannot_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MIN_PIECE", 1)
    monkeypatch.setattr(steps, "MAX_REPOSITORY", 5_500_000)
    rows = [
        ("r", "a.py", BAD),
        ("r", "a.py", BAD.replace("1", "0")),
        (None, "a.py", BAD),
        ("r", None, BAD),
        ("r", "b.py", None),
        ("r", "../c.py", BAD),
        ("r", "large.py", "#" * 5_000_001),
        ("r", "setup.cfg", None),
        (None, "setup.cfg", ""),
        ("r", "../setup.cfg", ""),
        ("huge", "a.py", BAD + "#" * 3_000_000),
        ("huge", "b.py", BAD + "#" * 3_000_000),
    ]
    out = scanned(tmp_path, rows, Limits(60, 4))
    assert [(row["repository"], row["path"]) for row in written(out)] == [("r", "a.py")]
    assert {(row["repository"], row["path"]): row["reason"] for row in written(out, "skipped")} == {
        ("r", "a.py"): "is in the table more than once: this row is left out",
        (None, "a.py"): "has no repository",
        ("r", None): "has no path",
        ("r", "b.py"): "has no content",
        ("r", "../c.py"): "has a path that leads out of the repository",
        ("r", "large.py"): "is larger than 5 MB",
        ("huge", None): "not checked: holds more than 5 MB of scripts and notebooks",
    }
    sums = json.loads((out / "summary.json").read_text())
    assert (sums["rows"], sums["files"], sums["other"]) == (len(rows), len(rows) - 3, 3)


SLOW = Path(__file__).parent / "fixtures" / "hostile" / "sequential_of_itself.py"
"""A thousand of these take minutes."""


def test_limits(tmp_path: Path) -> None:
    """A repository that takes too long is ended by the system, and the others are not touched."""
    rows = [("slow", f"{number}.py", SLOW.read_text()) for number in range(1000)]
    out = scanned(tmp_path, [("a", "a.py", BAD), *rows, ("z", "z.py", BAD)], Limits(2, 4))
    assert [row["repository"] for row in written(out)] == ["a", "z"]
    (skipped,) = written(out, "skipped")
    assert skipped == {
        "repository": "slow",
        "path": None,
        "cell": None,
        "reason": "not checked: takes more than 2 seconds of processor time",
    }


def test_a_repository_with_which_processes_die() -> None:
    files = [(f"{number}.py", SLOW.read_text()) for number in range(1000)]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(Checker(Limits(600, 4)).check, "slow", files, Settings(root="/"))
        while not asked.done():
            for process in multiprocessing.active_children():
                process.kill()
            time.sleep(0.01)
        with pytest.raises(Lost) as lost:
            asked.result()
    assert lost.value.reason == "not checked: the process that analysed it died, twice"


def test_nothing_comes_from_the_disk() -> None:
    train = (
        "from torch import nn\nfrom {} import act\n\n\ndef loss(x, y):\n    return nn.CrossEntropyLoss()(act(x), y)\n"
    )
    with tempfile.TemporaryDirectory(prefix="decoy_") as name:
        folder = Path(name).resolve()
        here = ".".join(folder.parts[1:])
        texts = {
            "above.py": train.format("." * 99 + here + ".decoy"),
            "beside.py": train.format("decoy"),
            "from_the_root.py": train.format(here + ".decoy"),
        }
        decoy = "import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n"
        for file, text in {**texts, "decoy.py": decoy}.items():
            (folder / file).write_text(text)
        assert {Path(finding.location.path).name for finding in check_paths(folder).findings} == set(texts)
        for repository in ("me/it", name, ".", "../.."):
            assert not check_repository(repository, texts.items(), Settings(root="/")).findings
            (finding,) = check_repository(
                repository, [*texts.items(), ("decoy.py", decoy)], Settings(root="/")
            ).findings
            assert (finding["repository"], finding["path"]) == (repository, "beside.py")


def test_the_screen_on_columns_dismisses_nothing_that_matters() -> None:
    catalog = load(())
    files = [file for file in (Path(__file__).parent / "fixtures").rglob("*.py") if file.is_file()]
    texts = [(file.name, file.read_text("utf-8", errors="replace")) for file in files]
    texts += [
        ("a.ipynb", notebook("import torch\ntorch\nsoftmax(x)")),
        ("b.ipynb", notebook(["import\ttorch", "nll_loss()"])),
    ]
    found = may_name_something(pa.array([text.encode() for _, text in texts], pa.large_binary()), catalog).to_pylist()
    exact = [
        names_something(text_of(source_from_text(text, name)), catalog) for name, text in texts if "\0" not in text
    ]
    assert not [name for (name, _), one, other in zip(texts, found, exact, strict=True) if other and not one]
    assert any(exact)
    others = [b"import torch", b"softmax", b"import torchlike; x.softmaxed()", b"# noqa: E501", b""]
    assert may_name_something(pa.array(others, pa.large_binary()), catalog).to_pylist() == [False] * len(others)
    assert may_name_something(pa.array([b"# logitlint: ignore"], pa.large_binary()), catalog).to_pylist() == [True]
