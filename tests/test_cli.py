"""The command line as people use it: a real process for each test."""

import itertools
import json
import re

import pytest
from running import BAD, GOOD, check_json, notebook, run_cli

import logitlint
from logitlint.rules.registry import all_rules

LOG1P = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(BAD)
    (tmp_path / "fine.py").write_text(GOOD)
    return tmp_path


def codes(done) -> list[str]:
    return re.findall(r"^\S.*?:\d+:\d+ (LGT\d+) ", done.stdout, re.MULTILINE)


class TestText:
    def test_finding_with_excerpt_and_counts(self, project):
        done = run_cli(project, "check")
        assert done.returncode == 1
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        assert re.match(r"train\.py:6:\d+ LGT201 \S", lines[0])
        assert "  train.py:6:34 " in done.stdout
        column = int(lines[0].split(":")[2].split()[0])
        source, carets = next((a, b) for a, b in itertools.pairwise(lines) if "^" in b)
        assert source.startswith("6 |     return nn.CrossEntropyLoss()")
        assert carets.index("^") - len("6 | ") == column - 1
        assert lines[-3] == "  fix (unsafe): " + logitlint.check_source(BAD)[0].fix.message
        assert lines[-1] == ("Found 1 finding (1 error) in 2 analysed of 2 files; 1 fixable with --fix --unsafe-fixes.")

    def test_nothing_found_is_not_called_right(self, project):
        done = run_cli(project, "check", "fine.py")
        assert done.returncode == 0
        assert done.stdout == "No findings in 1 analysed of 1 file.\n"

    def test_no_colour_in_a_pipe(self, project):
        assert "\x1b[" not in run_cli(project, "check").stdout

    def test_notebook(self, tmp_path):
        (tmp_path / "nb.ipynb").write_text(notebook("%matplotlib inline", BAD))
        done = run_cli(tmp_path, "check")
        assert re.match(r"nb\.ipynb:cell 2:6:\d+ LGT201 ", done.stdout)

    def test_tabs_and_wide_characters_keep_the_caret_in_place(self, tmp_path):
        (tmp_path / "a.py").write_text(
            "from torch import nn, softmax\nif 1:\n\ts = '漢字'; nn.CrossEntropyLoss()(softmax(x, dim=1), y)\n", "utf-8"
        )
        lines = run_cli(tmp_path, "check").stdout.splitlines()
        carets = next(line for line in lines if "^" in line)
        assert carets.startswith("  | \t" + " " * 12 + "^")

    def test_a_terminal_without_unicode(self, tmp_path):
        (tmp_path / "a.py").write_text(BAD.replace("y)\n", "y)  # 漢\n"), "utf-8")
        done = run_cli(tmp_path, "check", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
        assert done.returncode == 1
        assert "# \\u6f22" in done.stdout


class TestJson:
    def test_object(self, project):
        data, done = check_json(project)
        assert done.returncode == 1
        assert set(data) == {"version", "findings", "summary"}
        assert data["version"] == logitlint.__version__
        (finding,) = data["findings"]
        place = ["path", "cell", "line", "column", "end_line", "end_column"]
        assert list(finding) == ["code", "name", "severity", "message", *place, "related", "fix"]
        assert (finding["code"], finding["name"]) == ("LGT201", "softmax-into-logit-loss")
        assert (finding["severity"], finding["path"], finding["cell"]) == ("error", "train.py", None)
        assert (finding["line"], finding["end_line"]) == (6, 6)
        assert list(finding["fix"]) == ["applicability", "message", "edits"]
        assert finding["fix"]["applicability"] == "unsafe"
        edits = finding["fix"]["edits"]
        assert [list(edit) for edit in edits] == [[*place, "replacement"]] * len(edits)
        lines = BAD.splitlines()
        for edit in reversed(edits):
            assert (edit["path"], edit["cell"], edit["line"], edit["end_line"]) == ("train.py", None, 6, 6)
            line = lines[5]
            lines[5] = line[: edit["column"] - 1] + edit["replacement"] + line[edit["end_column"] - 1 :]
        assert lines == GOOD.splitlines()
        assert list(finding["related"][0]) == [*place, "message"]
        assert data["summary"].pop("seconds") > 0
        assert data["summary"].pop("skipped") == []
        assert data["summary"] == {"files": 2, "parsed": 2, "fixed": 0, "known": 0, "stale": 0, "truncated": 0}

    def test_paths_are_relative_to_the_working_directory(self, project):
        (project / "sub").mkdir()
        data, _ = check_json(project / "sub", str(project))
        assert data["findings"][0]["path"] == "../train.py"

    def test_cells(self, tmp_path):
        (tmp_path / "nb.ipynb").write_text(notebook(["import torch\n", "from torch import nn"], "%ls\n" + BAD))
        data, _ = check_json(tmp_path)
        assert [(f["cell"], f["line"]) for f in data["findings"]] == [(2, 7)]


class TestSelection:
    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ([], ["LGT201"]),
            (["--select", "LGT"], ["LGT411", "LGT201"]),
            (["--select", "all"], ["LGT411", "LGT201"]),
            (["--select", "LGT4,LGT1"], ["LGT411"]),
            (["--select", "LGT1"], []),
            (["--extend-select", "LGT411"], ["LGT411", "LGT201"]),
            (["--extend-select", "LGT4", "--ignore", "LGT411"], ["LGT201"]),
            (["--ignore", "LGT2"], []),
            (["--ignore", "lgt20, LGT1"], []),
            (["--ignore", "LGT2", "--extend-select", "LGT201"], ["LGT201"]),
            (["--ignore", "ALL"], []),
            (["--select", "ALL", "--ignore", "LGT20"], ["LGT411"]),
        ],
    )
    def test_codes_and_prefixes(self, tmp_path, options, expected):
        (tmp_path / "a.py").write_text(LOG1P)
        (tmp_path / "b.py").write_text(BAD)
        done = run_cli(tmp_path, "check", *options)
        assert codes(done) == expected
        assert done.returncode == bool(expected)

    @pytest.mark.parametrize("code", ["LGT291", "LGT2011", "softmax-into-logit-los"])
    def test_unknown_code(self, project, code):
        for option in ("--select", "--ignore", "--extend-select"):
            done = run_cli(project, "check", option, code)
            assert done.returncode == 2
            assert re.fullmatch(rf"Error: no rule '{code}', did you mean LGT2\d\d\?\n", done.stderr)

    def test_severity(self, project):
        (project / "note.py").write_text(BAD.replace("torch.softmax", "torch.log_softmax"))
        assert codes(run_cli(project, "check")) == ["LGT204", "LGT201"]
        assert codes(run_cli(project, "check", "--min-severity", "error")) == ["LGT201"]
        assert run_cli(project, "check", "note.py", "--min-severity", "warning").returncode == 0
        assert run_cli(project, "check", "--min-severity", "worse").returncode == 2


class TestNoqa:
    LINE = "    return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)"

    @pytest.mark.parametrize(
        "comment", ["noqa", "NoQA: LGT201", "noqa:E501,lgt2", "noqa: E501 LGT201 because", "type: ignore  # noqa"]
    )
    def test_silenced(self, tmp_path, comment):
        (tmp_path / "a.py").write_text(BAD.replace(self.LINE, f"{self.LINE}  # {comment}"))
        assert codes(run_cli(tmp_path, "check")) == []

    @pytest.mark.parametrize("comment", ["noqa: E501", "noqa: LGT202, LGT1", "noq", "flake8: noqa"])
    def test_not_silenced(self, tmp_path, comment):
        (tmp_path / "a.py").write_text(BAD.replace(self.LINE, f"{self.LINE}  # {comment}"))
        assert codes(run_cli(tmp_path, "check", "--ignore", "LGT900")) == ["LGT201"]

    @pytest.mark.parametrize(("comment", "shown"), [("noqa", 0), ("NOQA: LGT2", 0), ("noqa: E501", 1)])
    def test_whole_file(self, tmp_path, comment, shown):
        text = BAD.replace("import torch\n", f"import torch\n# flake8: {comment}\n", 1)
        (tmp_path / "a.py").write_text(text)
        (tmp_path / "nb.ipynb").write_text(notebook("# flake8: " + comment, BAD))
        assert len(codes(run_cli(tmp_path, "check"))) == 2 * shown

    @pytest.mark.parametrize("silenced", [0, 3])
    def test_expression_over_lines(self, tmp_path, silenced):
        lines = ["    return nn.CrossEntropyLoss()(", "        torch.softmax(x, dim=1),", "        y,", "    )"]
        lines[silenced] += "  # noqa: LGT201"
        (tmp_path / "a.py").write_text(BAD.replace(self.LINE, "\n".join(lines)))
        assert codes(run_cli(tmp_path, "check")) == []


class TestStdin:
    def test_script(self, tmp_path):
        done = run_cli(tmp_path, "check", "-", stdin=BAD)
        assert done.returncode == 1
        assert done.stdout.startswith("<stdin>:6:")

    def test_name_and_project_imports(self, tmp_path):
        (tmp_path / "pkg").mkdir()
        (tmp_path / "pkg" / "net.py").write_text("import torch\n\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n")
        text = "from torch import nn\nfrom net import head\n\nnn.CrossEntropyLoss()(head(x), y)\n"
        data, done = check_json(tmp_path, "-", "--stdin-filename", "pkg/train.py", stdin=text)
        assert done.returncode == 1
        (finding,) = data["findings"]
        assert finding["path"] == "pkg/train.py"
        assert finding["related"][0]["path"] == "pkg/net.py"

    def test_notebook(self, tmp_path):
        data, _ = check_json(tmp_path, "-", "--stdin-filename", "n.ipynb", stdin=notebook("x = 1", BAD))
        assert [f["cell"] for f in data["findings"]] == [2]

    def test_coding_cookie(self, tmp_path):
        text = ("# coding: latin-1\n" + BAD.replace("(x, y)", "(x, é)")).encode("latin-1")
        assert codes(run_cli(tmp_path, "check", "-", stdin=text)) == ["LGT201"]

    def test_not_with_other_paths(self, tmp_path):
        assert run_cli(tmp_path, "check", "-", ".").returncode == 2


class TestStatus:
    def test_exit_zero(self, project):
        done = run_cli(project, "check", "--exit-zero")
        assert done.returncode == 0
        assert codes(done) == ["LGT201"]

    def test_missing_path(self, project):
        done = run_cli(project, "check", "nowhere.py", "train.py")
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr == "Error: nowhere.py: does not exist\n"

    def test_bad_option(self, project):
        assert run_cli(project, "check", "--wat").returncode == 2


class TestRule:
    def test_page(self, tmp_path):
        done = run_cli(tmp_path, "rule", "lgt201")
        assert done.returncode == 0
        assert done.stdout.startswith("# LGT201 softmax-into-logit-loss\n")
        assert "```python" in done.stdout
        assert run_cli(tmp_path, "rule", "softmax-into-logit-loss").stdout == done.stdout

    def test_list(self, tmp_path):
        done = run_cli(tmp_path, "rule", "--all")
        assert [line.split()[0] for line in done.stdout.splitlines()] == list(all_rules())
        assert run_cli(tmp_path, "rule").stdout == done.stdout

    def test_unknown(self, tmp_path):
        done = run_cli(tmp_path, "rule", "LGT221")
        assert done.returncode == 2
        assert done.stderr.startswith("Error: no rule 'LGT221', did you mean LGT")


class TestStart:
    def test_version(self, tmp_path):
        assert run_cli(tmp_path, "--version").stdout == f"logitlint {logitlint.__version__}\n"

    @pytest.mark.parametrize("arguments", [["--version"], ["check", "--help"], ["rule", "--all"]])
    def test_nothing_heavy_is_imported_before_it_is_needed(self, tmp_path, arguments):
        imported = run_cli(tmp_path, *arguments, PYTHONPROFILEIMPORTTIME="1").stderr
        assert "click" in imported
        assert not re.search(r"\b(logitlint\.flow|pathspec|torch|tensorflow|jax)$", imported, re.MULTILINE)


class TestApi:
    def test_check_source(self):
        (finding,) = logitlint.check_source(BAD)
        assert (finding.code, finding.location.path, finding.location.line) == ("LGT201", "<string>", 6)
        assert logitlint.check_source(BAD, select=["LGT1"]) == []
        assert logitlint.check_source(BAD, ignore=["LGT201"]) == []
        assert logitlint.check_source(BAD.rstrip() + "  # noqa\n") == []
        assert [f.location.cell for f in logitlint.check_source(notebook(BAD), "n.ipynb")] == [1]

    @pytest.mark.parametrize("text", ["", "def", "x = 1\0", b"\xff", "'\ud800'", "("])
    def test_check_source_never_raises(self, text):
        assert logitlint.check_source(text) == []
        assert logitlint.check_source(text, "n.ipynb") == []

    def test_check_paths(self, project, monkeypatch):
        monkeypatch.chdir(project)
        result = logitlint.check_paths(["train.py", project / "fine.py"])
        assert [(f.code, f.location.path) for f in result.findings] == [("LGT201", "train.py")]
        assert (result.files, result.parsed, result.skipped) == (2, 2, ())
        assert logitlint.check_paths(".").findings == result.findings
        with pytest.raises(FileNotFoundError):
            logitlint.check_paths(["nowhere.py"])
        with pytest.raises(ValueError, match="LGT7"):
            logitlint.check_paths(["."], select=["LGT7"])

    def test_public_names(self):
        assert all(getattr(logitlint, name) is not None for name in logitlint.__all__)
        with pytest.raises(AttributeError):
            logitlint.nothing  # noqa: B018

    def test_json_is_plain(self, project):
        assert json.loads(run_cli(project, "check", "--output-format", "json").stdout)
