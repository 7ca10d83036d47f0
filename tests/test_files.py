"""What is read, and as what: discovery, encodings, notebooks."""

import ast
import json
import os
from pathlib import Path

import pytest

from logitlint.files.discovery import discover
from logitlint.files.notebook import python_of_cell
from logitlint.files.source import Unreadable, read_source, source_from_text


def write(path: Path, content: str | bytes = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def found(root: Path, *paths: Path) -> list[str]:
    return [Path(os.path.relpath(file, root)).as_posix() for file in discover(paths or (root,))[0]]


class TestDecoding:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"s = '\xc3\xa9'; p = 1\n", "s = 'é'; p = 1\n"),
            (b"\xef\xbb\xbfs = '\xc3\xa9'\n", "s = 'é'\n"),
            (b"# -*- coding: latin-1 -*-\ns = '\xe9'\n", "# -*- coding: latin-1 -*-\ns = 'é'\n"),
            (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n", None),
            (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
            (b"", ""),
        ],
    )
    def test_text(self, tmp_path, data, text):
        source = read_source(write(tmp_path / "a.py", data), "a.py")
        assert source.file == tmp_path / "a.py"
        assert [block.cell for block in source.blocks] == [None]
        if text is None:
            assert source.blocks[0].text.endswith("s = '€'\n")
        else:
            assert source.blocks[0].text == text

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"x = 1\ns = '\xe9'\nt = 2\n" * 3, "utf-8"),
            (b"x = 1\0\n", "NUL"),
            ("x = 1\n".encode("utf-16"), "NUL"),
            (b"# coding: klingon\nx = 1\n", "klingon"),
            (b"# coding: hex\nx = 1\n", "hex"),
            (b"# coding: undefined\nx = 1\n", "undefined"),
            (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "encoding problem"),
            (b"# coding: ascii\ns = '\xe9'\n", "ascii"),
        ],
    )
    def test_undecodable(self, tmp_path, data, reason):
        with pytest.raises(Unreadable) as error:
            read_source(write(tmp_path / "a.py", data), "a.py")
        assert reason in error.value.reason
        assert "\n" not in error.value.reason

    def test_text_is_not_decoded_twice(self):
        source = source_from_text("# coding: ascii\ns = 'é'\n", "a.py")
        assert source.blocks[0].text == "# coding: ascii\ns = 'é'\n"
        assert source.file == Path.cwd() / "a.py"

    @pytest.mark.parametrize("text", ["x = '\ud800'", "x = 1\0"])
    def test_text_that_no_parser_takes(self, text):
        with pytest.raises(Unreadable):
            source_from_text(text, "<string>")

    def test_lines_are_those_of_python(self):
        source = source_from_text("a\r\nb\rc\x0c\u2028d\ne", "<string>")
        assert source.lines() == ["a", "b", "c\x0c\u2028d", "e"]
        assert source.file is None


class TestNotebook:
    @staticmethod
    def read(content: object, **more: object):
        return source_from_text(json.dumps({"cells": content, **more}), "n.ipynb")

    def test_cells_keep_their_place(self):
        source = self.read(
            [
                {"cell_type": "markdown", "source": "# title"},
                {"cell_type": "code", "source": "x = 1\ny = 2"},
                {"cell_type": "code", "source": ["z = 3\n", "w = 4"]},
                {"cell_type": "code", "source": []},
            ]
        )
        assert [(block.cell, block.text) for block in source.blocks] == [
            (2, "x = 1\ny = 2"),
            (3, "z = 3\nw = 4"),
            (4, ""),
        ]
        assert source.lines(3) == ["z = 3", "w = 4"]

    def test_old_format(self):
        sheets = [{"cells": [{"cell_type": "heading", "source": "t"}, {"cell_type": "code", "input": ["x = 1"]}]}]
        source = source_from_text(json.dumps({"worksheets": sheets}), "n.ipynb")
        assert [(block.cell, block.text) for block in source.blocks] == [(2, "x = 1")]

    @pytest.mark.parametrize("cell", [7, None, [], {"cell_type": "code"}, {"cell_type": "code", "source": [1, 2]}])
    def test_odd_cell_is_named_and_the_others_stay(self, cell):
        source = self.read([cell, {"cell_type": "code", "source": "x = 1"}])
        assert [block.cell for block in source.blocks] == [2]
        assert [(skipped.path, skipped.cell) for skipped in source.skipped] == [("n.ipynb", 1)]

    @pytest.mark.parametrize("code", ["x = 1\0", "x = '\ud800'"])
    def test_cell_that_no_parser_takes(self, code):
        source = self.read([{"cell_type": "code", "source": code}])
        assert not source.blocks
        assert len(source.skipped) == 1

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "3", "{}", '{"cells": 3}', '{"worksheets": [3]}x', "[" * 100_000],
    )
    def test_no_notebook(self, text):
        with pytest.raises(Unreadable, match="not a notebook"):
            source_from_text(text, "n.ipynb")

    def test_other_language(self):
        with pytest.raises(Unreadable, match="in R, not Python"):
            self.read([], metadata={"kernelspec": {"language": "R"}})


class TestMagics:
    @pytest.mark.parametrize(
        ("cell", "python"),
        [
            ("%matplotlib inline\nx = 1", "pass\nx = 1"),
            ("!pip install torch\nx = 1", "pass\nx = 1"),
            ("!pip install \\\n  torch \\\n  jax\nx = 1", "pass\n\n\nx = 1"),
            ("if x:\n    %cd a\n    !ls\n", "if x:\n    pass\n    pass\n"),
            ("files = !ls\nx = 1", "files = ...\nx = 1"),
            ("t = %timeit -o f()\n", "t = ...\n"),
            ("?torch\ntorch.nn?\ntorch??\nx = 1", "pass\npass\npass\nx = 1"),
            ("%tensorflow_version 2.x\r\nx = 1\r\n", "pass\r\nx = 1\r\n"),
            ("%%time\nx = 1", "pass\nx = 1"),
            ("%%backend jax\nx = 1", "pass\nx = 1"),
            ("\n%%capture out\n%%timeit -n 3\nx = 1", "\npass\npass\nx = 1"),
            ("%time x = f(a,\n        b)", "0;    x = f(a,\n        b)"),
            ("    %timeit -n 10 -r 3 f(x)", "    0;" + " " * 17 + "f(x)"),
            ("%time", "pass"),
            ("h = %time fit(x,\n  y)", "h =       fit(x,\n  y)"),
            ("%env KERAS_BACKEND=jax\nimport keras", "import os; os.environ['KERAS_BACKEND'] = 'jax'\nimport keras"),
            ("  %set_env A 'b'", "  import os; os.environ['A'] = \"'b'\""),
            ("%env\n%env A\nx = %env A", "pass\npass\nx = ..."),
        ],
    )
    def test_replaced(self, cell, python):
        assert python_of_cell(cell) == python

    @pytest.mark.parametrize(
        "magic", ["bash", "html", "writefile a.py", "javascript", "sh", "latex", "cython", "R", "shell", "!"]
    )
    def test_other_languages_are_dropped(self, magic):
        assert python_of_cell(f"%%{magic}\nwhatever $x") is None

    @pytest.mark.parametrize(
        "cell",
        [
            "x = (a\n% b)",
            "x = a \\\n% b",
            's = """\n%d things\n!bang\nwhat?\n"""\nx = 1',
            "s = '''a\\'''\n% b''' % c",
            's = "it\'s (" # ["\n' + "x = 1",
            "x %= 3\ny = x != 3\nz = x % 2\n",
            "d = {\n    'a': 1,\n    # ?\n}\n",
            "s = 'what?'\n# !ls\n",
            "a[0] = b == c\n",
            "await f()\n",
        ],
    )
    def test_python_stays(self, cell):
        ast.parse(cell)
        assert python_of_cell(cell) == cell

    def test_a_string_over_lines_does_not_hide_later_magics(self):
        cell = 's = """\n%d (\n"""\n%cd x\nt = "(" + \'[\'\n!ls\n'
        assert python_of_cell(cell) == cell.replace("%cd x", "pass").replace("!ls", "pass")

    def test_columns_and_lines_stay(self):
        cell = "%matplotlib inline\n%time loss = f(x)\nfor i in y:\n    !echo {i}\n    g(i)\n"
        python = python_of_cell(cell)
        assert python is not None
        ast.parse(python)
        before, after = cell.splitlines(), python.splitlines()
        assert len(before) == len(after)
        assert after[1].index("loss") == before[1].index("loss")
        assert after[4] == before[4]

    def test_long_lines_take_no_time(self):
        for line in (" " * 300_000, "%time " + "-n10 " * 50_000 + "-", "a." * 200_000, "'" + "\\'" * 200_000):
            python_of_cell(line)


class TestDiscovery:
    def test_scripts_and_notebooks_in_order_each_once(self, tmp_path):
        for name in ("b.py", "a/z.py", "a/n.ipynb", "c.txt", "d.pyi", "a/b/c.py"):
            write(tmp_path / name)
        expected = ["a/b/c.py", "a/n.ipynb", "a/z.py", "b.py"]
        assert found(tmp_path) == expected
        assert found(tmp_path, tmp_path / "b.py", tmp_path, tmp_path / "a" / ".." / "b.py") == expected

    def test_what_nobody_wrote_by_hand_is_left_out(self, tmp_path):
        for name in (
            ".git/a.py",
            ".hidden/a.py",
            ".ipynb_checkpoints/n.ipynb",
            "node_modules/a.py",
            "build/a.py",
            "p/dist/a.py",
            "p/__pycache__/a.py",
            "env/lib/a.py",
            "p/a.py",
        ):
            write(tmp_path / name)
        write(tmp_path / "env" / "pyvenv.cfg")
        assert found(tmp_path) == ["p/a.py"]
        assert found(tmp_path, tmp_path / "build", tmp_path / "env") == ["build/a.py", "env/lib/a.py"]

    def test_named_files_are_always_read(self, tmp_path):
        write(tmp_path / ".gitignore", "*.py\n")
        named = [write(tmp_path / name) for name in ("a.py", "script", "stub.pyi", "build/b.py")]
        assert found(tmp_path, *named) == ["a.py", "build/b.py", "script", "stub.pyi"]

    def test_gitignore(self, tmp_path):
        write(tmp_path / ".gitignore", "/generated/\n*_pb2.py\nlocal.*\n!keep_pb2.py\n")
        write(tmp_path / "src" / ".gitignore", "!local.py\nscratch/\n")
        for name in (
            "generated/a.py",
            "src/generated/a.py",
            "x_pb2.py",
            "keep_pb2.py",
            "local.py",
            "src/local.py",
            "src/x_pb2.py",
            "src/scratch/a.py",
            "scratch/a.py",
        ):
            write(tmp_path / name)
        assert found(tmp_path) == ["keep_pb2.py", "scratch/a.py", "src/generated/a.py", "src/local.py"]

    def test_gitignore_of_the_checkout_above(self, tmp_path):
        (tmp_path / ".git").mkdir()
        write(tmp_path / ".gitignore", "out/\nsrc/old.py\n")
        for name in ("src/a.py", "src/old.py", "src/out/a.py", "out/deep/a.py"):
            write(tmp_path / name)
        assert found(tmp_path, tmp_path / "src") == ["src/a.py"]
        assert found(tmp_path, tmp_path / "out") == ["out/deep/a.py"]
        assert found(tmp_path, tmp_path / "out" / "deep") == ["out/deep/a.py"]

    def test_odd_gitignore_is_no_obstacle(self, tmp_path):
        write(tmp_path / "a.py")
        (tmp_path / ".gitignore").mkdir()
        assert found(tmp_path) == ["a.py"]
        write(tmp_path / "b" / ".gitignore", b"\xff\xfe\n!\n[\n***\n")
        write(tmp_path / "b" / "b.py")
        assert found(tmp_path) == ["a.py", "b/b.py"]

    def test_links(self, tmp_path):
        write(tmp_path / "a.py")
        write(tmp_path / "p" / "b.py")
        (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "p" / "up").symlink_to("..", target_is_directory=True)
        (tmp_path / "z.py").symlink_to("a.py")
        (tmp_path / "gone.py").symlink_to("nowhere")
        assert found(tmp_path) == ["a.py", "gone.py", "p/b.py"]
        assert found(tmp_path, tmp_path / "p" / "up") == ["p/up/a.py", "p/up/gone.py", "p/up/p/b.py"]

    def test_folders_named_like_scripts_are_searched(self, tmp_path):
        write(tmp_path / "x.py" / "a.py")
        assert found(tmp_path) == ["x.py/a.py"]

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            discover([tmp_path / "nowhere"])

    def test_empty_folder_is_named(self, tmp_path):
        files, skipped = discover([tmp_path])
        assert not files
        assert len(skipped) == 1
