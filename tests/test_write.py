"""Content that is edited and written back: everything else stays byte for byte, and nothing is ever half written."""

import codecs
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import run_cli

from logitlint.files.document import Unwritable, document
from logitlint.files.source import source_from_text
from logitlint.files.write import Disk, Original, clear_abandoned, read_original, write_together
from logitlint.finding import Edit, Location

LOG = "torch.log(torch.softmax(x, dim=1))"
STABLE = "torch.log_softmax(x, dim=1)"


def edit(line, column, end_line, end_column, replacement, cell=None):
    return Edit(Location("a", cell, line, column, end_line, end_column), replacement)


def edited(data: bytes, name: str, *edits: Edit) -> bytes:
    content = document(source_from_text(data, name), data)
    for one in edits:
        content.require_editable(one)
    return content.edited(edits).data


class TestScript:
    @pytest.mark.parametrize(
        ("encoding", "opening"),
        [
            ("utf-8", ""),
            ("utf-8-sig", ""),
            ("utf-8-sig", "# coding: utf-8\n"),
            ("latin-1", "# -*- coding: latin-1 -*-\n"),
            ("cp1252", "# vim: set fileencoding=cp1252 :\r\n"),
            ("shift_jis", "# coding: shift_jis\n"),
            ("iso2022_jp", "# coding: iso2022_jp\n"),
        ],
    )
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_encoding_and_line_ends_stay(self, encoding, opening, ending):
        word = "漢字" if encoding.endswith("jp") or encoding.endswith("jis") else "é"
        lines = [f"a = '{word}'; b = 1", "c = 2\r\nd = 3", f"e = 4  # {word}"]
        line = 2 if opening else 1
        text = opening + ending.join(lines)
        new = edited(text.encode(encoding), "a.py", edit(line, 9 + len(word), line, 10 + len(word), "B"))
        assert new == text.replace("b = 1", "B = 1").encode(encoding)

    def test_edits_at_one_place_keep_their_order(self):
        edits = [edit(1, 1, 1, 1, "f("), edit(1, 1, 1, 1, "g("), edit(1, 1, 1, 2, "y"), edit(1, 2, 1, 2, "))")]
        assert edited(b"x\n", "a.py", *edits) == b"f(g(y))\n"

    def test_what_the_encoding_cannot_hold_is_refused(self):
        with pytest.raises(Unwritable, match="iso-8859-1 cannot hold"):
            edited(b"# coding: latin-1\nx\n", "a.py", edit(2, 1, 2, 2, "漢"))

    def test_bytes_that_would_come_out_differently_are_refused(self):
        data = b"# coding: utf-7\nx = '+AGE-'\n"
        with pytest.raises(Unwritable, match="not what Python would write"):
            document(source_from_text(data, "a.py"), data)

    def test_content_that_changed_is_refused(self):
        for other in (b"x = 2\n", b"\xff", b"x = 1\0"):
            with pytest.raises(Unwritable, match="changed on disk"):
                document(source_from_text(b"x = 1\n", "a.py"), other)


def cell(source, **more):
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": source, **more}


SHEET = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"language": "python"}}}


class TestNotebook:
    """The second of three cells changes: `old` becomes `new` in its second line."""

    EDIT = edit(2, 1, 2, 4, "new", cell=2)

    @pytest.mark.parametrize(
        "style",
        [
            {"indent": 1, "ensure_ascii": False},
            {"indent": 1, "ensure_ascii": True},
            {"indent": 4, "sort_keys": True},
            {"indent": "\t"},
            {},
            {"separators": (",", ":")},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("ending", ["", "\n", "\r\n\r\n"])
    @pytest.mark.parametrize("form", [list, "".join], ids=["lines", "string"])
    def test_all_else_stays(self, style, ending, form):
        def written(word):
            cells = [
                cell(form(["a = 'é'\n", "b"])),
                cell(form(["# é\t'\n", f"{word} = 'é'\n", "\n", "y"])),
                cell(form(["z"]), outputs=[{"data": {"x": "old\n\u2028é"}}]),
            ]
            return (json.dumps({**SHEET, "cells": cells}, **style) + ending).encode()

        assert edited(written("old"), "n.ipynb", self.EDIT) == written("new")

    def test_lines_come_and_go(self):
        def written(*lines):
            return json.dumps({**SHEET, "cells": [cell(["%ls\n", "x"]), cell(list(lines))]}, indent=1).encode()

        old = written("import a\n", "old\n", "x\n", "y")
        inserted = edit(1, 1, 1, 1, "import b\nimport c\n", cell=2)
        removed = edit(3, 1, 4, 1, "", cell=2)
        new = written("import b\n", "import c\n", "import a\n", "new\n", "y")
        assert edited(old, "n.ipynb", self.EDIT, inserted, removed) == new
        one = edited(written("x"), "n.ipynb", edit(1, 2, 1, 2, " = 1\ny", cell=2))
        assert one == written("x = 1\n", "y")

    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    def test_one_line_becomes_two(self, separators):
        def written(*lines):
            return json.dumps({**SHEET, "cells": [cell(["x"]), cell(list(lines))]}, separators=separators).encode()

        assert edited(written("x"), "n.ipynb", edit(1, 2, 1, 2, "\ny", cell=2)) == written("x\n", "y")

    def test_odd_escapes_stay(self):
        text = json.dumps({**SHEET, "cells": [cell("x"), cell("@/<a>\nold")]}).replace(
            "@/<a>", r"'\/\u003C\ud83d\ude00'"
        )
        assert edited(text.encode(), "n.ipynb", self.EDIT).decode() == text.replace("nold", "nnew")

    def test_byte_order_mark(self):
        data = codecs.BOM_UTF8 + json.dumps({**SHEET, "cells": [cell("x"), cell("x\nold")]}).encode()
        assert edited(data, "n.ipynb", self.EDIT) == data.replace(b"nold", b"nnew")

    def test_old_format(self):
        def written(word):
            code = {"cell_type": "code", "language": "python", "outputs": []}
            sheets = [
                {"cells": [{"cell_type": "markdown", "source": ["old"]}], "metadata": {}},
                {"metadata": {}, "cells": [{**code, "input": ["x\n", f"{word}\n", "y"]}]},
            ]
            return json.dumps({"nbformat": 3, "metadata": {"name": ""}, "worksheets": sheets}, indent=1).encode()

        assert edited(written("old"), "n.ipynb", self.EDIT) == written("new")

    @pytest.mark.parametrize("magic", ["%time x = old", "!ls old", "x = %env old", "%%time"])
    def test_line_that_is_not_python_is_refused(self, magic):
        data = json.dumps({**SHEET, "cells": [cell([magic + "\n", "old"])]}).encode()
        assert b"new" in edited(data, "n.ipynb", edit(2, 1, 2, 4, "new", cell=1))
        with pytest.raises(Unwritable, match="line 1 of cell 1 is not Python"):
            edited(data, "n.ipynb", edit(1, 1, 1, 2, "new", cell=1))

    def test_imports_go_before_a_line_magic_but_not_before_a_cell_magic(self):
        inserted = edit(1, 1, 1, 1, "import a\n", cell=1)
        line, whole = (json.dumps({**SHEET, "cells": [cell([m, "x"])]}).encode() for m in ("%time\n", "%%time\n"))
        assert b'["import a\\n", "%time\\n", "x"]' in edited(line, "n.ipynb", inserted)
        with pytest.raises(Unwritable):
            edited(whole, "n.ipynb", inserted)


@pytest.fixture
def pair(tmp_path):
    """Two files that were read and belong together."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    return [read_original(tmp_path / name) for name in ("a", "b")]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class TestWriting:
    def test_permissions_stay(self, tmp_path):
        file = tmp_path / "a.py"
        file.write_text("old")
        file.chmod(0o751)
        write_together([(read_original(file), b"new")])
        assert file.read_text() == "new"
        assert stat.S_IMODE(file.stat().st_mode) == 0o751
        assert names(tmp_path) == {"a.py"}

    def test_links_stay(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "a.py").write_text("old")
        link = tmp_path / "link.py"
        link.symlink_to("real/a.py")
        write_together([(read_original(link), b"new")])
        assert link.is_symlink()
        assert (tmp_path / "real" / "a.py").read_text() == "new"
        assert names(tmp_path / "real") == {"a.py"}

    @pytest.mark.parametrize("change", ["write", "replace", "remove"])
    def test_file_that_changed_is_kept_and_so_are_the_others(self, tmp_path, pair, change):
        other = tmp_path / "b"
        if change == "write":
            other.write_text("new words")
        elif change == "remove":
            other.unlink()
        else:
            (tmp_path / "c").write_text("own")
            os.replace(tmp_path / "c", other)
        before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
        with pytest.raises(Unwritable):
            write_together([(original, b"new") for original in pair])
        assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before

    def test_what_was_replaced_comes_back_when_another_cannot_be(self, tmp_path, pair):
        (tmp_path / "b").unlink()
        (tmp_path / "b").mkdir()
        folder = Original(pair[1].target, b"", (tmp_path / "b").stat())  # os.replace refuses to replace a folder
        with pytest.raises(Unwritable, match="cannot be written: Is a directory"):
            write_together([(pair[0], b"new"), (folder, b"new")])
        assert (tmp_path / "a").read_text() == "old"
        assert names(tmp_path) == {"a", "b"}

    @pytest.mark.parametrize("target", ["a.py", "."])
    def test_read_only(self, tmp_path, target):
        (tmp_path / "a.py").write_text("old")
        (tmp_path / target).chmod(0o555)
        try:
            with pytest.raises(Unwritable, match="read-only"):
                read_original(tmp_path / "a.py").require_writable()
        finally:
            (tmp_path / target).chmod(0o755)

    def test_only_abandoned_files_are_cleared(self, tmp_path):
        (tmp_path / "a.py").write_text("old")
        for name in (".logitlint-dead.tmp", ".logitlint-mine", "logitlint-x.tmp"):
            (tmp_path / name).touch()
        command = (
            "import pathlib, sys\nfrom logitlint.files import write\n"
            "with write._staged(write.read_original(pathlib.Path('a.py')), b'new') as name:\n"
            "    print(name, flush=True)\n    sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", command], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as living:
            held = Path(living.stdout.readline().strip()).name
            clear_abandoned([source_from_text("", str(tmp_path / "a.py"))])
            assert names(tmp_path) == {"a.py", held, ".logitlint-mine", "logitlint-x.tmp"}
            living.kill()
        clear_abandoned([source_from_text("", str(tmp_path / "a.py"))])
        assert names(tmp_path) == {"a.py", ".logitlint-mine", "logitlint-x.tmp"}

    def test_disk_refuses_what_changed_since_the_analysis(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("a.py").write_text("x = 2\n")
        with pytest.raises(Unwritable, match="changed on disk"):
            Disk().open(source_from_text("x = 1\n", "a.py"))


def old_and_new(folder: Path, files: int) -> dict[Path, tuple[str, str]]:
    """Scripts with a finding each, and what they become."""
    text = "import torch\n\n\ndef f(x):\n    return {}\n" + "# a line that makes the file longer\n" * 400
    paths = [folder / f"m{number:03}.py" for number in range(files)]
    return {path: (text.format(LOG), text.format(STABLE)) for path in paths}


FIX = [sys.executable, "-m", "logitlint", "check", "--fix-only"]
WRITE = [
    sys.executable,
    "-c",
    f"""
import os
from pathlib import Path
from logitlint.files.write import read_original, write_together
originals = [read_original(Path(name)) for name in sorted(os.listdir()) if name.endswith('.py')]
write_together([(one, one.data.replace({LOG.encode()}, {STABLE.encode()})) for one in originals])
""",
]
"""Writes all files as the parts of one fix."""


def start_over(command: list[str], folder: Path, expected: dict[Path, tuple[str, str]]) -> subprocess.Popen[bytes]:
    """Restore the files, start a command, and wait until it begins to write."""
    for file, (old, _) in expected.items():
        file.write_text(old)
    before = folder.stat().st_mtime_ns
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    while process.poll() is None and folder.stat().st_mtime_ns == before:
        time.sleep(0.0005)
    return process


def kill_while_writing(command: list[str], folder: Path, expected: dict[Path, tuple[str, str]], delay: float) -> int:
    """Start over, kill a command some seconds after it begins to write; how many files had been replaced."""
    with start_over(command, folder, expected) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    texts = {file: file.read_text() for file in expected}
    assert all(texts[file] in pair for file, pair in expected.items())
    return sum(texts[file] == new for file, (_, new) in expected.items())


def seconds_of_writing(command: list[str], folder: Path, expected: dict[Path, tuple[str, str]]) -> float:
    """How long a command that is left alone takes from its first write to its end."""
    with start_over(command, folder, expected) as process:
        began = time.perf_counter()
        process.wait()
        return time.perf_counter() - began


@pytest.mark.parametrize(("command", "times"), [(FIX, 8), (WRITE, 30)], ids=["fix", "together"])
def test_killed_while_writing(tmp_path, command, times):
    chance = random.Random(5)
    expected = old_and_new(tmp_path, 24)
    longest = seconds_of_writing(command, tmp_path, expected)
    replaced, temporary = [], 0

    def seen() -> bool:
        """Whether runs were killed while a file was being written, and, of files for themselves, between two."""
        return bool(temporary) and (command is WRITE or any(0 < number < len(expected) for number in replaced))

    while len(replaced) < times or (not seen() and len(replaced) < 20 * times):
        replaced.append(kill_while_writing(command, tmp_path, expected, chance.uniform(0, longest)))
        temporary += len(names(tmp_path)) > len(expected)
        if command is WRITE:
            clear_abandoned([source_from_text("", str(tmp_path / "a.py"))])
            assert names(tmp_path) == {file.name for file in expected}
    assert seen(), (replaced, temporary)
    assert run_cli(tmp_path, "check", "--fix").returncode == 0
    assert {file: file.read_text() for file in tmp_path.iterdir()} == {file: new for file, (_, new) in expected.items()}
