"""Fixing from the command line: a real process for each test."""

import codecs
import json
import os
import re
import subprocess

import pytest
from running import check_json, notebook, run_cli
from test_fix_apply import LOG, MODEL, ONCE, STABLE, TRAIN, TWICE

BLIND = (
    "import torch\n\n\ndef f(x, y):\n    return torch.nn.functional.binary_cross_entropy(torch.softmax(x, dim=1), y)\n"
)
"""A finding that nobody but a human can mend: LGT208."""


@pytest.fixture
def project(tmp_path):
    """A safe fix, an unsafe one, and a finding without."""
    for name, text in (("a", LOG), ("b", TWICE), ("c", BLIND)):
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def texts(folder):
    return [(folder / f"{name}.py").read_text() for name in "abc"]


def closing(done):
    return done.stdout.splitlines()[-1].partition("; ")[2]


class TestCheck:
    def test_each_finding_says_whether_it_can_be_fixed(self, project):
        done = run_cli(project, "check")
        assert [line.split(":")[0] for line in done.stdout.splitlines() if re.match(r"  (no )?fix\b", line)] == [
            "  fix",
            "  fix (unsafe)",
            "  no fix",
        ]
        assert closing(done) == "1 fixable with --fix, 1 more with --unsafe-fixes."
        assert texts(project) == [LOG, TWICE, BLIND]

    def test_unsafe_ones_count_when_asked_for(self, project):
        assert closing(run_cli(project, "check", "--unsafe-fixes")) == "2 fixable with --fix."
        assert closing(run_cli(project, "check", "b.py")) == "1 fixable with --fix --unsafe-fixes."
        assert closing(run_cli(project, "check", "c.py")) == ""

    def test_json(self, project):
        data, _ = check_json(project)
        fixes = [finding["fix"] for finding in data["findings"]]
        assert [fix["applicability"] for fix in fixes] == ["safe", "unsafe", "none"]
        assert fixes[0]["edits"][0]["path"] == "a.py"
        assert fixes[2]["edits"] == []
        assert data["summary"]["fixed"] == 0


class TestFix:
    def test_safe_ones(self, project):
        done = run_cli(project, "check", "--fix")
        assert done.returncode == 1
        assert done.stderr == ""
        assert texts(project) == [STABLE, TWICE, BLIND]
        assert re.findall(r"^\S+ (LGT\d+)", done.stdout, re.MULTILINE) == ["LGT201", "LGT208"]
        assert closing(done) == "1 fixed, 2 left, 1 more with --unsafe-fixes."

    def test_all(self, project):
        done = run_cli(project, "check", "--fix", "--unsafe-fixes")
        assert texts(project) == [STABLE, ONCE, BLIND]
        assert closing(done) == "2 fixed, 1 left."
        again = run_cli(project, "check", "--fix", "--unsafe-fixes")
        assert texts(project) == [STABLE, ONCE, BLIND]
        assert closing(again) == "0 fixed, 1 left."

    def test_nothing_left(self, project):
        done = run_cli(project, "check", "--fix", "a.py")
        assert done.returncode == 0
        assert done.stdout == "Found 1 finding (1 warning) in 1 analysed of 1 file; 1 fixed, 0 left.\n"
        assert run_cli(project, "check", "--fix", "a.py").stdout == "No findings in 1 analysed of 1 file.\n"

    def test_only(self, project):
        done = run_cli(project, "check", "--fix-only")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == 1
        assert closing(done) == "1 fixed, 2 left, 1 more with --unsafe-fixes."
        assert texts(project) == [STABLE, TWICE, BLIND]

    def test_json(self, project):
        data, done = check_json(project, "--fix")
        assert done.returncode == 1
        assert [finding["code"] for finding in data["findings"]] == ["LGT201", "LGT208"]
        assert data["summary"]["fixed"] == 1

    @pytest.mark.parametrize(
        "options", [["--ignore", "LGT401"], ["--select", "LGT2"], ["--min-severity", "error"]], ids=" ".join
    )
    def test_what_is_not_shown_is_not_fixed(self, project, options):
        run_cli(project, "check", "--fix", *options)
        assert texts(project)[0] == LOG

    def test_files_that_belong_together(self, tmp_path):
        (tmp_path / "model.py").write_text(MODEL)
        (tmp_path / "train.py").write_text(TRAIN)
        alone = run_cli(tmp_path, "check", "--fix", "--unsafe-fixes", "train.py")
        assert "  no fix: model.py must be given too, to " in alone.stdout
        assert closing(alone) == "0 fixed, 1 left."
        both = run_cli(tmp_path, "check", "--fix", "--unsafe-fixes", "train.py", "model.py")
        assert closing(both) == "1 fixed, 0 left."
        assert "return self.body(x)" in (tmp_path / "model.py").read_text()

    def test_notebook(self, tmp_path):
        text = json.dumps(json.loads(notebook("%ls\n", LOG.splitlines(keepends=True))), indent=1) + "\n"
        (tmp_path / "n.ipynb").write_text(text)
        assert run_cli(tmp_path, "check", "--fix").returncode == 0
        assert (tmp_path / "n.ipynb").read_text() == text.replace(
            "log(torch.softmax(x, dim=1))", "log_softmax(x, dim=1)"
        )

    def test_bytes_stay(self, tmp_path):
        data = codecs.BOM_UTF8 + LOG.replace("\n", "\r\n").encode() + "# é".encode()
        (tmp_path / "a.py").write_bytes(data)
        run_cli(tmp_path, "check", "--fix")
        assert (tmp_path / "a.py").read_bytes() == data.replace(
            b"log(torch.softmax(x, dim=1))", b"log_softmax(x, dim=1)"
        )


class TestNotWritten:
    def test_read_only_file(self, project):
        (project / "d.py").write_text(LOG)
        (project / "a.py").chmod(0o444)
        done = run_cli(project, "check", "--fix")
        assert done.returncode == 2
        assert done.stderr == "a.py: not changed: is read-only\n"
        assert texts(project) == [LOG, TWICE, BLIND]
        assert (project / "d.py").read_text() == STABLE
        assert "  no fix: a.py is read-only" in done.stdout
        assert closing(done) == "1 fixed, 3 left, 1 more with --unsafe-fixes."

    def test_read_only_folder(self, project):
        (project / "sub").mkdir()
        (project / "sub" / "d.py").write_text(LOG)
        (project / "sub").chmod(0o555)
        done = run_cli(project, "check", "--fix", "--exit-zero")
        (project / "sub").chmod(0o755)
        assert done.returncode == 2
        assert done.stderr == "sub/d.py: not changed: is in a read-only folder\n"
        assert texts(project)[0] == STABLE

    def test_temporary_files_of_a_killed_run_are_cleared(self, project):
        (project / ".logitlint-abc.tmp").touch()
        for options in ([], ["--diff"]):
            run_cli(project, "check", *options)
            assert (project / ".logitlint-abc.tmp").exists()
        run_cli(project, "check", "--fix", "c.py")
        assert not (project / ".logitlint-abc.tmp").exists()


class TestDiff:
    def test_nothing_is_written(self, project):
        done = run_cli(project, "check", "--diff")
        assert done.returncode == 1
        assert texts(project) == [LOG, TWICE, BLIND]
        assert done.stdout == (
            "--- a/a.py\n+++ b/a.py\n@@ -2,4 +2,4 @@\n \n \n def f(x):\n"
            "-    return torch.log(torch.softmax(x, dim=1))\n+    return torch.log_softmax(x, dim=1)\n"
        )
        assert done.stderr.endswith("; 1 would be fixed, 2 left, 1 more with --unsafe-fixes.\n")

    def test_nothing_to_change(self, project):
        done = run_cli(project, "check", "--diff", "c.py")
        assert (done.returncode, done.stdout) == (0, "")

    def test_git_applies_it(self, project):
        (project / "a.py").write_bytes(LOG.replace("\n", "\r\n").encode().rstrip())
        os.chmod(project / "b.py", 0o444)
        done = run_cli(project, "check", "--diff", "--unsafe-fixes")
        (project / "patch").write_bytes(done.raw)
        os.chmod(project / "b.py", 0o644)
        subprocess.run(["git", "apply", "patch"], cwd=project, check=True)
        assert (project / "a.py").read_bytes() == STABLE.replace("\n", "\r\n").encode().rstrip()
        assert texts(project)[1:] == [ONCE, BLIND]

    def test_cells_are_named(self, tmp_path):
        (tmp_path / "n.ipynb").write_text(notebook("x = 1", LOG, LOG))
        done = run_cli(tmp_path, "check", "--diff")
        assert re.findall(r"^(?:---|\+\+\+) (.*)", done.stdout, re.MULTILINE) == [
            f"{side}/n.ipynb:cell {cell}" for cell in (2, 3) for side in "ab"
        ]
        assert json.loads((tmp_path / "n.ipynb").read_text())["cells"][1]["source"] == LOG

    def test_not_as_json(self, project):
        done = run_cli(project, "check", "--diff", "--output-format", "json")
        assert (done.returncode, done.stderr) == (2, "Error: --diff prints a diff, not json\n")


class TestStdin:
    def test_fixed_source_is_printed(self, tmp_path):
        done = run_cli(tmp_path, "check", "-", "--fix", stdin=LOG)
        assert (done.returncode, done.stdout) == (0, STABLE)
        assert done.stderr == "Found 1 finding (1 warning) in 1 analysed of 1 file; 1 fixed, 0 left.\n"

    def test_findings_that_are_left(self, tmp_path):
        done = run_cli(tmp_path, "check", "-", "--fix", stdin=TWICE)
        assert (done.returncode, done.stdout) == (1, TWICE)
        assert done.stderr.startswith("<stdin>:5:")

    def test_bytes_stay(self, tmp_path):
        data = ("# coding: latin-1\r\nimport torch\r\n# é\r\na = torch.log(torch.softmax(x, 1))").encode("latin-1")
        done = run_cli(tmp_path, "check", "-", "--fix", "--stdin-filename", "a.py", stdin=data)
        assert done.raw == data.replace(b"log(torch.softmax(x, 1))", b"log_softmax(x, 1)")

    @pytest.mark.parametrize("data", [b"import torch\ntorch.softmax((", b"\xff", b""])
    def test_what_cannot_be_read_comes_back(self, tmp_path, data):
        done = run_cli(tmp_path, "check", "-", "--fix-only", stdin=data)
        assert done.raw == data
        assert done.returncode == (2 if data else 0)

    def test_difference(self, tmp_path):
        done = run_cli(tmp_path, "check", "-", "--diff", "--stdin-filename", "b.py", stdin=LOG)
        assert done.stdout.startswith("--- a/b.py\n+++ b/b.py\n")
        assert list(tmp_path.iterdir()) == []
