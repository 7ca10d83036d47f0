"""Comments that silence findings, unused ones, comments that are written, and baselines."""

from __future__ import annotations

import ast
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import BAD, GOOD, check_json, notebook, run_cli, run_flake8

import logitlint
from logitlint.api import check_inputs, ignore_inputs
from logitlint.files.document import Document, document
from logitlint.files.inputs import inputs_from_paths, inputs_from_text
from logitlint.files.source import Block, source_from_text
from logitlint.suppress.baseline import BaselineError, baseline_text, read_baseline
from logitlint.suppress.comments import directives, layout

HEAD = "import torch\nfrom torch import nn\n\nx = torch.zeros(3)\ny = x\nloss = nn.CrossEntropyLoss()\n"
CALL = "loss(torch.softmax(x, 1), y)"


def codes(text: str, name: str = "<string>", **options: object) -> list[str]:
    return [finding.code for finding in logitlint.check_source(text, name, **options)]


def ignored(text: str, name: str = "a.py", reason: str = "") -> tuple[str, list[str]]:
    """The text with comments, and the notes."""
    done = ignore_inputs(inputs_from_text(text, name), lambda source: Document(source, text), reason=reason)
    return next((change.after.text for changes in done.changes for change in changes), text), list(done.notes)


class TestComments:
    @pytest.mark.parametrize(
        ("comment", "left"),
        [
            ("# logitlint: ignore", []),
            ("# logitlint: ignore because it is so", []),
            ("# logitlint: ignore: because it is so", []),
            ("#logitlint:ignore[LGT201]", []),
            ("# logitlint: ignore[LGT2, LGT101] as in the paper", ["LGT900"]),
            ("# logitlint: ignore[lgt201]", []),
            ("# type: ignore  # logitlint: ignore[LGT201]", []),
            ("# noqa: E501  # logitlint: ignore[LGT201] why # not", []),
            ("# logitlint: ignore[LGT101]", ["LGT201", "LGT900"]),
            ("# logitlint: ignore[LGT101, LGT900]", ["LGT201"]),
            ("# logitlint: ignore[]", ["LGT201", "LGT900"]),
            ("# logitlint: ignore LGT201", ["LGT201", "LGT900"]),
            ("# logitlint: ignore[LGT201", ["LGT201", "LGT900"]),
            ("# logitlint: ignored", ["LGT201"]),
            ("# Logitlint says: ignore this", ["LGT201"]),
        ],
    )
    def test_at_the_line(self, comment: str, left: list[str]) -> None:
        assert codes(f"{HEAD}{CALL}  {comment}\n") == left

    @pytest.mark.parametrize(
        "comment", ["# logitlint: ignore-file[LGT201]", "# logitlint: ignore-file", "#flake8: noqa: LGT2"]
    )
    def test_for_the_file(self, comment: str) -> None:
        assert codes(f"{HEAD}{CALL}\n{comment}\n{CALL}\n") == []
        assert codes(notebook(HEAD, CALL, comment), "n.ipynb") == []
        assert codes(f"{comment}\n{HEAD}") == ([] if "flake8" in comment and "LGT" not in comment else ["LGT900"])

    @pytest.mark.parametrize(
        "code",
        [
            f'{CALL}; s = "# noqa"\n',
            f's = """\n{CALL}  # noqa\n"""; {CALL}\n',
            f"{CALL}\n# noqa\n",
            f'{CALL}; s = f"{{x}} # logitlint: ignore"\n',
        ],
    )
    def test_what_only_looks_like_one(self, code: str) -> None:
        assert codes(HEAD + code) == ["LGT201"]

    def test_behind_a_string_or_a_line_that_goes_on(self) -> None:
        """Where the line of the finding cannot hold a comment, the line that can does."""
        text = f'a = {CALL}, """\n  b\n"""  # noqa: LGT201\n'
        text += f"b = {CALL} + \\\n    1 + \\\n    2  # logitlint: ignore[LGT201]\n"
        assert codes(HEAD + text) == []

    def test_flake8_hears_them(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(
            f"{HEAD}{CALL}  # logitlint: ignore[LGT201]\n{CALL}  # logitlint: ignore[LGT1]\n"
        )
        done = run_flake8(tmp_path, "--select=LGT", ".")
        assert [line.split()[1] for line in done.stdout.splitlines()] == ["LGT201", "LGT900"]

    def test_a_fix_leaves_the_line_alone(self) -> None:
        text = f"{HEAD}print(torch.log(torch.softmax(x, 1)))  # logitlint: ignore[LGT401]\n"
        assert logitlint.fix_source(text, unsafe=True) == text

    def test_lines_are_counted_as_elsewhere(self) -> None:
        block = Block("a = 1  # noqa\r\n\x0cb = '''\r\n\r'''\rc = 1 \\\n  + 2  # noqa")
        found = layout(block)
        assert [comment.line for comment in found.comments] == [1, 6]
        assert [found.slot(line) for line in range(1, 7)] == [1, 4, 4, 4, 6, 6]

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [
                    "#",
                    " noqa",
                    ": ",
                    "LGT201",
                    "[",
                    "]",
                    "logitlint:",
                    " ignore",
                    "-file",
                    ",",
                    "x",
                    "'",
                    "\n",
                    "\\",
                    '"""',
                    "ß",
                ]
            )
        )
    )
    def test_any_comment(self, parts: list[str]) -> None:
        text = "".join(parts)
        for directive in directives(source_from_text(text, "a.py")):
            span = directive.span
            assert directive.text == text.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]
        logitlint.check_source(text)
        logitlint.fix_source(text)


class TestUnused:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("x = 1  # logitlint: ignore\n", "x = 1\n"),
            ("x = 1  # logitlint: ignore[LGT201] why\ny = 2", "x = 1\ny = 2"),
            ("x = 1  # noqa: LGT201\n", "x = 1\n"),
            ("x = 1  # noqa: LGT201, E501\n", "x = 1  # noqa: E501\n"),
            ("x = 1  # NoQA: lgt201, E501\n", "x = 1  # NoQA: E501\n"),
            ("x = 1  # noqa: E501 LGT201 because\n", "x = 1  # noqa: E501 because\n"),
            ("x = 1  # type: ignore # noqa:LGT201\n", "x = 1  # type: ignore\n"),
            ("x = 1  # noqa:LGT201 # type: ignore\n", "x = 1  # type: ignore\n"),
            ("# logitlint: ignore-file[LGT201]\nx = 1\n", "x = 1\n"),
            ("if x:\n    # flake8: noqa: LGT201\n    y = 1\n", "if x:\n    y = 1\n"),
            ("x = 1\n# logitlint: ignore", "x = 1\n"),
            ("x = 1  # noqa\n", "x = 1  # noqa\n"),
            ("x = 1  # noqa: E501\n", "x = 1  # noqa: E501\n"),
            ("x = 1  # noqa: LGT411\n", "x = 1  # noqa: LGT411\n"),
            ("x = 1  # noqa: LGT201, LGT900\n", "x = 1  # noqa: LGT201, LGT900\n"),
            ("x = 1  # logitlint: ignore LGT201\n", "x = 1  # logitlint: ignore LGT201\n"),
        ],
    )
    def test_removed(self, before: str, after: str) -> None:
        assert logitlint.fix_source(before) == after
        assert logitlint.fix_source(after) == after

    def test_message(self) -> None:
        (finding,) = logitlint.check_source("x = 1  # logitlint: ignore[LGT20l] why\n")
        assert (
            finding.message == "`# logitlint: ignore[LGT20l]` silences nothing: no rule 'LGT20L', did you mean LGT210?"
        )

    def test_there_is_nothing_to_verify(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("x = 1  # logitlint: ignore\n")
        done = run_cli(tmp_path, "check", "--fix", "--verify")
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "a.py").read_text() == "x = 1\n"

    def test_rules_that_are_off_may_be_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("x = 1  # logitlint: ignore[LGT201, LGT4]\n")
        assert codes_of(tmp_path) == ["LGT900"]
        assert codes_of(tmp_path, "--ignore", "LGT2,LGT4") == []
        assert codes_of(tmp_path, "--config", "per-file-ignores = {'a.py' = ['LGT2', 'LGT4']}") == []
        assert codes_of(tmp_path, "--min-severity", "warning") == []

    def test_not_where_nobody_can_tell(self, tmp_path: Path) -> None:
        """The loss is in a file that another one gives a softmax to: alone, its comment looks unused."""
        (tmp_path / "loss.py").write_text(
            "import torch.nn.functional as F\n\n\n"
            "def loss(p, y):\n    return F.cross_entropy(p, y)  # logitlint: ignore[LGT201]\n"
        )
        (tmp_path / "train.py").write_text(
            "import torch\nfrom loss import loss\n\n\ndef f(x, y):\n    return loss(torch.softmax(x, 1), y)\n"
        )
        assert codes_of(tmp_path) == []
        assert codes_of(tmp_path, "loss.py") == []
        (tmp_path / "train.py").write_text("from loss import loss\n")
        assert codes_of(tmp_path, "loss.py") == []
        assert codes_of(tmp_path) == ["LGT900"]
        (tmp_path / "broken.py").write_text("x = 1  # logitlint: ignore\nx = (\n")
        assert codes_of(tmp_path, "broken.py") == []


def codes_of(folder: Path, *arguments: str) -> list[str]:
    return [finding["code"] for finding in check_json(folder, *arguments)[0]["findings"]]


LINES = {
    "plain": (CALL, f"{CALL}  # logitlint: ignore[LGT201]"),
    "blanks behind": (f"{CALL}  \t", f"{CALL}  # logitlint: ignore[LGT201]"),
    "two codes": (
        f"f({CALL}, torch.log(torch.sigmoid(x)))",
        f"f({CALL}, torch.log(torch.sigmoid(x)))  # logitlint: ignore[LGT201, LGT402]",
    ),
    "another comment": (f"{CALL}  # note", f"{CALL}  # note  # logitlint: ignore[LGT201]"),
    "known codes": (f"{CALL}  # logitlint: ignore[LGT101] why", f"{CALL}  # logitlint: ignore[LGT101, LGT201] why"),
    "over lines": (f"f(\n    {CALL},\n)", f"f(\n    {CALL},  # logitlint: ignore[LGT201]\n)"),
    "a string goes on": (f'f({CALL}, """\na\n""")', f'f({CALL}, """\na\n""")  # logitlint: ignore[LGT201]'),
    "a line goes on": (f"a = {CALL} \\\n  + 1", f"a = {CALL} \\\n  + 1  # logitlint: ignore[LGT201]"),
    "a format string": (f'f"""{{{CALL}}}\n"""', f'f"""{{{CALL}}}\n"""  # logitlint: ignore[LGT201]'),
    "semicolons": (f"{CALL}; y = x", f"{CALL}; y = x  # logitlint: ignore[LGT201]"),
}


class TestAdd:
    @pytest.mark.parametrize(("before", "after"), LINES.values(), ids=LINES.keys())
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
    def test_where_they_go(self, before: str, after: str, end: str) -> None:
        text, expected = (HEAD + one + "\n" for one in (before, after))
        if end:
            text, expected = text.replace("\n", end), expected.replace("\n", end)
        else:
            text, expected = text[:-1], expected[:-1]
        new, notes = ignored(text)
        assert (new, notes) == (expected, [])
        assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(text))
        assert codes(new, ignore=["LGT900"]) == []
        assert ignored(new)[0] == new

    def test_command(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(BAD)
        (tmp_path / "b.py").write_bytes(b"# coding: latin-1\n# \xe9\n" + BAD.encode())
        (tmp_path / "n.ipynb").write_text(notebook("%ls", BAD))
        done = run_cli(tmp_path, "check", "--add-ignores", "--reason", "before\nlinting")
        assert done.returncode == 0
        assert done.stdout.splitlines()[-1].endswith("; 3 silenced, 0 left.")
        assert (tmp_path / "a.py").read_text() == BAD.replace(
            "y)\n", "y)  # logitlint: ignore[LGT201] before linting\n"
        )
        assert b"\xe9" in (tmp_path / "b.py").read_bytes()
        assert run_cli(tmp_path, "check").returncode == 0
        assert "before é" not in run_cli(tmp_path, "check").stdout

    def test_what_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "n.ipynb").write_text(before := notebook(HEAD, f"%time {CALL}\n"))
        (tmp_path / "a.py").write_text(BAD)
        (tmp_path / "a.py").chmod(0o400)
        done = run_cli(tmp_path, "check", "--add-ignores")
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            "a.py: not changed: is read-only",
            "n.ipynb:cell 2:1: not ignored: line 1 of cell 2 is not Python",
        ]
        assert (tmp_path / "n.ipynb").read_text() == before

    def test_stdin(self, tmp_path: Path) -> None:
        done = run_cli(tmp_path, "check", "--add-ignores", "-", stdin=BAD)
        assert done.stdout == BAD.replace("y)\n", "y)  # logitlint: ignore[LGT201]\n")

    @pytest.mark.parametrize("other", ["--fix", "--diff", "--fix-only", "--write-baseline=b"])
    def test_not_together(self, tmp_path: Path, other: str) -> None:
        assert run_cli(tmp_path, "check", "--add-ignores", other).returncode == 2

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.lists(
                st.sampled_from(
                    [
                        *(before for before, _ in LINES.values()),
                        "%ls",
                        "!pip x",
                        f"%time {CALL}",
                        "def (",
                        "é = 'ß\\U0001F600'",
                    ]
                ),
                max_size=4,
            ),
            max_size=4,
        ),
        st.booleans(),
        st.sampled_from([None, 0, 1, 4]),
    )
    def test_notebooks_stay_notebooks(self, cells: list[list[str]], ascii_only: bool, indent: int | None) -> None:
        """Only the sources of cells change, only by comments, and everything else stays to the byte."""
        raw = json.loads(notebook(HEAD, *("\n".join(cell) for cell in cells)))
        raw["cells"].insert(0, {"cell_type": "markdown", "source": f"{CALL}"})
        for cell in raw["cells"][::2]:
            cell["source"] = cell["source"].splitlines(keepends=True)
        text = json.dumps(raw, ensure_ascii=ascii_only, indent=indent)
        new, _ = ignored(text, "n.ipynb")
        after = json.loads(new)
        for old_cell, new_cell in zip(raw["cells"], after["cells"], strict=True):
            assert type(old_cell["source"]) is type(new_cell["source"])
            old_lines, new_lines = ("".join(cell["source"]).splitlines() for cell in (old_cell, new_cell))
            for one, other in zip(old_lines, new_lines, strict=True):
                assert other.split("  # logitlint")[0].rstrip() in (one, one.rstrip(), one.split("  # logitlint")[0])
            old_cell["source"] = new_cell["source"] = ""
        assert raw == after
        assert "LGT900" not in codes(new, "n.ipynb") or "ignore[LGT101" in text


class TestBaseline:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        (tmp_path / "a.py").write_text(f"{HEAD}{CALL}\n{CALL}\n")
        (tmp_path / "b.py").write_text(BAD)
        done = run_cli(tmp_path, "check", "--write-baseline", "known.json")
        assert (done.returncode, done.stdout) == (0, "Wrote 3 findings to known.json.\n")
        return tmp_path

    def test_known_findings_are_silent_and_new_ones_fail(self, project: Path) -> None:
        done = run_cli(project, "check", "--baseline", "known.json")
        assert (done.returncode, done.stdout) == (
            0,
            "No findings in 2 analysed of 2 files; 3 known from the baseline.\n",
        )
        (project / "b.py").write_text(
            BAD + f"\n\n{BAD.splitlines()[-2]}\n    return 1 + nn.NLLLoss()(torch.softmax(x, dim=1), y)\n"
        )
        data, done = check_json(project, "--baseline", "known.json")
        assert done.returncode == 1
        assert [finding["code"] for finding in data["findings"]] == ["LGT203"]
        assert (data["summary"]["known"], data["summary"]["stale"]) == (3, 0)

    def test_it_survives_shifts_layout_and_other_names(self, project: Path) -> None:
        (project / "sub").mkdir()
        text = "# new\n\n" + (project / "a.py").read_text().replace(CALL, "loss( torch.softmax(x, 1,), y )  # new")
        (project / "sub" / "c.py").write_text(text)
        (project / "a.py").unlink()
        done = run_cli(project / "sub", "check", "..", "--baseline", "../known.json")
        assert (done.returncode, done.stdout.split("; ")[-1]) == (0, "3 known from the baseline.\n")

    def test_as_many_as_there_were(self, project: Path) -> None:
        (project / "a.py").write_text(f"{HEAD}{CALL}\n{CALL}\n{CALL}\n")
        assert codes_of(project, "--baseline", "known.json") == ["LGT201"]

    def test_stale_entries_are_counted(self, project: Path) -> None:
        (project / "a.py").write_text(f"{HEAD}{CALL}\n")
        assert "; 1 stale entry in the baseline" in run_cli(project, "check", "--baseline", "known.json").stdout
        assert "stale" not in run_cli(project, "check", "b.py", "--baseline", "known.json").stdout
        (project / "a.py").unlink()
        assert "; 2 stale entries in the base" in run_cli(project, "check", "b.py", "--baseline", "known.json").stdout

    def test_known_findings_are_not_fixed(self, project: Path) -> None:
        before = (project / "b.py").read_text()
        assert run_cli(project, "check", "--fix", "--unsafe-fixes", "--baseline", "known.json").returncode == 0
        assert (project / "b.py").read_text() == before

    def test_the_file_can_be_read_in_a_review(self, project: Path) -> None:
        data = json.loads((project / "known.json").read_text())
        assert [(e["path"], e["code"], e["count"]) for e in data["findings"]] == [
            ("a.py", "LGT201", 2),
            ("b.py", "LGT201", 1),
        ]
        assert run_cli(project, "check", "--write-baseline", "again.json").returncode == 0
        assert (project / "again.json").read_text() == (project / "known.json").read_text()

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            (None, "cannot be read: No such file or directory"),
            ("", "is no baseline: not JSON"),
            ("[" * 100_000, "is no baseline: not JSON"),
            ("[]", "is no baseline of logitlint"),
            ('{"findings": []}', "is no baseline of logitlint"),
            ('{"baseline": 9, "findings": []}', "is a baseline of another version of logitlint; write it again"),
            ('{"baseline": 1, "findings": [3]}', "entry 1 must be an object"),
            (
                '{"baseline": 1, "findings": [{"key": 1, "path": "a"}]}',
                "entry 1 needs `key` and `path`, which are strings",
            ),
            (
                '{"baseline": 1, "findings": [{"key": "a", "path": "a", "count": 0}]}',
                "entry 1: `count` must be a positive number",
            ),
        ],
    )
    def test_mistakes(self, tmp_path: Path, text: str | None, error: str) -> None:
        file = tmp_path / "b.json"
        if text is not None:
            file.write_text(text)
        with pytest.raises(BaselineError) as raised:
            read_baseline(file)
        assert str(raised.value).endswith(error)
        assert str(raised.value).startswith(str(file))

    def test_mistakes_on_the_command_line(self, tmp_path: Path) -> None:
        (tmp_path / "b.json").write_text("{}")
        (tmp_path / "a.py").write_text(GOOD)
        done = run_cli(tmp_path, "check", "--baseline", "b.json")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "Error: b.json: is no baseline of logitlint\n")
        assert run_cli(tmp_path, "check", "--baseline", "b.json", "--write-baseline", "b.json").returncode == 2
        done = run_cli(tmp_path, "check", "--write-baseline", "no/where.json")
        assert (done.returncode, done.stderr) == (
            2,
            "Error: no/where.json: cannot be written: No such file or directory\n",
        )

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-2, 3) | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["baseline", "findings", "key", "path", "count"]), inner, max_size=4)
            ),
            max_leaves=12,
        )
    )
    def test_any_content(self, tmp_path: Path, content: object) -> None:
        file = tmp_path / "b.json"
        file.write_text(json.dumps(content))
        with contextlib.suppress(BaselineError):
            known = read_baseline(file)
            assert len(check_inputs(inputs_from_text(BAD, "a.py"), known=known).findings) == 1

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=3))
    def test_what_was_there_is_known_in_any_order(self, tmp_path: Path, order: list[int], blanks: list[int]) -> None:
        """Lines may move past each other and apart: only what the code says counts."""
        lines = [CALL, f"print({CALL})", "torch.log(torch.sigmoid(x))", CALL]
        file = tmp_path / "b.json"
        inputs = inputs_from_text(HEAD + "\n".join(lines), str(tmp_path / "a.py"))
        file.write_text(baseline_text(check_inputs(inputs).findings, inputs.sources, file), "utf-8")
        moved = [lines[number] for number in order]
        for place in blanks:
            moved.insert(place, "# moved\n")
        inputs = inputs_from_text(HEAD + "\n".join(moved), str(tmp_path / "b.py"))
        result = check_inputs(inputs, known=read_baseline(file))
        assert (result.findings, result.known, result.stale) == ((), 4, 0)


def test_a_file_that_changed_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(BAD)
    inputs = inputs_from_paths(["a.py"])
    Path("a.py").write_text(BAD + "# changed\n")
    done = ignore_inputs(inputs, lambda source: document(source, Path(source.path).read_bytes()))
    assert done.changes == ()
    assert done.notes == ("a.py: not changed: changed on disk since it was read",)
