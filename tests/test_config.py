"""Configuration: the nearest file counts, the command line counts more, and mistakes are named."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec
from running import BAD, check_json, run_cli, run_flake8

from logitlint.catalog import Catalog, CatalogError, load
from logitlint.config.keys import KEYS
from logitlint.config.patterns import matches
from logitlint.config.read import ConfigurationError, Said, inline, read
from logitlint.config.resolve import Configurations, combined
from logitlint.config.settings import Settings
from logitlint.files.discovery import discover

LOG1P = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"
LOG = "import torch\n\n\ndef f(x):\n    return torch.log(torch.softmax(x, 1))\n"
KERAS = """\
import keras

model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def section(text: str) -> str:
    return f"[project]\nname = 'x'\n\n[tool.logitlint]\n{text}\n"


def shown(folder: Path, *arguments: str) -> list[tuple[str, str]]:
    """File and code of each finding."""
    data, done = check_json(folder, *arguments)
    assert done.returncode in (0, 1), done.stderr
    return [(finding["path"], finding["code"]) for finding in data["findings"]]


def of(folder: Path, **options: object) -> Settings:
    return Configurations(**options).of_folder(folder).settings


class TestWhichFileCounts:
    def test_the_nearest_and_only_that(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", section('select = ["LGT2"]\nkeras-backend = "jax"'))
        write(tmp_path / "a" / "pyproject.toml", "[tool.other]\nselect = 5\n")
        write(tmp_path / "b" / "logitlint.toml", 'select = ["LGT411"]')
        for folder in ("", "a", "b", "b/c"):
            write(tmp_path / folder / "x.py", LOG1P + BAD)
        assert shown(tmp_path) == [
            ("a/x.py", "LGT201"),
            ("b/c/x.py", "LGT411"),
            ("b/x.py", "LGT411"),
            ("x.py", "LGT201"),
        ]
        assert of(tmp_path / "b").keras_backend is None
        assert shown(tmp_path / "b", "../x.py") == [("../x.py", "LGT201")]

    def test_order_in_a_folder(self, tmp_path: Path) -> None:
        for name in ("pyproject.toml", "logitlint.toml", ".logitlint.toml"):
            write(
                tmp_path / name,
                section(f'exclude = ["{name}"]') if name == "pyproject.toml" else f'exclude = ["{name}"]',
            )
            assert of(tmp_path).exclude == (name,)

    def test_one_file_for_all_and_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "logitlint.toml", 'select = ["LGT1"]')
        other = write(tmp_path / "ci" / "strict.toml", 'select = ["LGT2"]\ncatalog = ["c.toml"]')
        chosen = of(tmp_path, file=other)
        assert chosen.selections[0].select == ("LGT2",)
        assert chosen.root == str(tmp_path)
        assert chosen.catalog == (str(tmp_path / "ci" / "c.toml"),)
        assert of(tmp_path, isolated=True) == Settings(root=str(tmp_path))

    def test_extend(self, tmp_path: Path) -> None:
        write(
            tmp_path / "base.toml",
            'select = ["LGT2", "LGT4"]\nignore = ["LGT204"]\nextend-exclude = ["a"]\nmin-severity = "error"',
        )
        write(tmp_path / "logitlint.toml", 'extend = "base.toml"\nextend-select = ["LGT204"]\nextend-exclude = ["b"]')
        got = of(tmp_path)
        rules = got.rules("x.py")
        assert {"LGT201", "LGT204", "LGT401"} <= rules
        assert "LGT101" not in rules
        assert got.extend_exclude == ("a", "b")
        assert got.min_severity == "error"
        write(tmp_path / "base.toml", 'extend = "logitlint.toml"')
        with pytest.raises(ConfigurationError, match=r"base\.toml: extend leads back to .*logitlint\.toml"):
            of(tmp_path)
        write(tmp_path / "base.toml", 'extend = "nowhere.toml"')
        with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot be read: No such file"):
            of(tmp_path)


class TestCommandLine:
    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ([], {"LGT201", "LGT202"}),
            (["--select", "LGT401"], {"LGT401"}),
            (["--ignore", "LGT2"], set()),
            (["--extend-select", "LGT203"], {"LGT201", "LGT202", "LGT203"}),
            (["--config", 'select = ["LGT5"]'], {"LGT501", "LGT502"}),
            (["--config", 'select = ["LGT5"]', "--select", "LGT101"], {"LGT101"}),
        ],
    )
    def test_counts_more_than_the_file(self, tmp_path: Path, options: list[str], expected: set[str]) -> None:
        write(tmp_path / "logitlint.toml", 'select = ["LGT201", "LGT202", "LGT204"]\nignore = ["LGT204"]')
        printed = run_cli(tmp_path, "config", *options).stdout
        on = int(re.search(r"# (\d+) rules? (?:is|are) on", printed)[1])
        off = set(re.search(r"off: (.*)", printed)[1].split(", "))
        assert on == len(expected)
        assert not expected & off

    def test_options(self, tmp_path: Path) -> None:
        write(tmp_path / "logitlint.toml", 'min-severity = "error"\noutput-format = "github"\nunfixable = ["LGT4"]')
        write(tmp_path / "k.py", KERAS)
        assert run_cli(tmp_path, "check").stdout == ""
        done = run_cli(tmp_path, "check", "--min-severity", "note", "--keras-backend", "jax")
        assert done.stdout.startswith("::warning title=LGT101")
        printed = run_cli(tmp_path, "config", "k.py", "--keras-backend", "jax", "--config", "src = ['lib']").stdout
        assert "# for k.py, from logitlint.toml\n" in printed
        assert re.search(r'^keras-backend = "jax" +# the command line$', printed, re.MULTILINE)
        assert re.search(r'^src = \[".*/lib"\] +# --config$', printed, re.MULTILINE)
        assert re.search(r'^unfixable = \["LGT4"\] +# logitlint\.toml$', printed, re.MULTILINE)
        assert tomllib.loads(printed).keys() == KEYS.keys() - {"select"}

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            (["--config", "slect = []"], "--config: no key 'slect', did you mean 'select'?"),
            (["--config", "keras-backend=jax"], 'no TOML; a string needs quotes, keras-backend = "jax"'),
            (["--config", "nowhere.toml"], "nowhere.toml: cannot be read: No such file or directory"),
            (["--config", "a.toml", "--config", "b.toml"], "only one configuration file can count"),
            (["--config", "a.toml", "--isolated"], "--isolated reads no file"),
            (["--extend-select", "LGT291"], "no rule 'LGT291', did you mean LGT2"),
        ],
    )
    def test_mistakes(self, tmp_path: Path, options: list[str], error: str) -> None:
        done = run_cli(tmp_path, "config", *options)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert error in done.stderr


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("select = [", "x.toml: is no TOML: Invalid value (at end of document)"),
            ("per-file-ignore = {}", "x.toml: no key 'per-file-ignore', did you mean 'per-file-ignores'?"),
            ("zzz = 1", "x.toml: no key 'zzz'"),
            ('select = "LGT1"', "x.toml: select must be a list of codes"),
            ("select = [1]", "x.toml: select must be a list of codes"),
            ('ignore = ["LGT20l"]', "x.toml: ignore: no rule 'LGT20l', did you mean LGT210?"),
            (
                'fixable = ["softmax-into-logit-loss"]',
                "x.toml: fixable: no rule 'softmax-into-logit-loss', did you mean LGT201?",
            ),
            ('per-file-ignores = ["LGT1"]', "x.toml: per-file-ignores must be a table of patterns with lists of codes"),
            (
                'per-file-ignores = {"a" = "LGT1"}',
                "x.toml: per-file-ignores must be a table of patterns with lists of codes",
            ),
            ("respect-gitignore = 1", "x.toml: respect-gitignore must be true or false"),
            ('output-format = "sarf"', "not 'sarf', did you mean 'sarif'?"),
            ('keras-backend = "theano"', "keras-backend must be one of tensorflow, jax, torch, not 'theano'"),
            ('exclude = ["!a"]', "x.toml: exclude must be a list of patterns, not '!a'"),
            ('src = [""]', "x.toml: src must be a list of paths, not ''"),
            ("extend = 1", "x.toml: extend must be a path"),
        ],
    )
    def test_file_key_and_what_is_right(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, error: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ConfigurationError) as raised:
            read(write(tmp_path / "x.toml", text))
        assert error in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_in_every_door(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", section("slect = []"))
        write(tmp_path / "a.py", BAD)
        error = "pyproject.toml: no key 'slect', did you mean 'select'?"
        for command in ("check", "config"):
            done = run_cli(tmp_path, command)
            assert (done.returncode, done.stderr) == (2, f"Error: {error}\n")
        done = run_flake8(tmp_path, ".")
        assert done.returncode == 1
        assert error in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        (tmp_path / "pyproject.toml").rename(write(tmp_path / "sub" / "a.py", BAD).parent / "pyproject.toml")
        assert run_cli(tmp_path, "check").stderr == f"Error: sub/{error}\n"
        assert f"sub/a.py:1:1: LGT000 sub/{error}" in run_flake8(tmp_path, ".").stdout

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([*KEYS, "extend", "slect"]) | st.text(max_size=5),
            st.recursive(
                st.text(max_size=8)
                | st.integers(-2, 2)
                | st.booleans()
                | st.sampled_from(["LGT1", "ALL", "a/b", "jax"]),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
                max_leaves=5,
            ),
            max_size=4,
        )
    )
    def test_any_values(self, tmp_path: Path, values: dict[str, object]) -> None:
        """A configuration is used or refused in one line, whatever it holds."""
        text = "\n".join(f"{_toml(key)} = {_toml(value)}" for key, value in values.items())
        file = tmp_path / "logitlint.toml"
        file.write_text(text, "utf-8", errors="surrogatepass")
        try:
            got = Configurations().of_folder(tmp_path)
        except ConfigurationError as error:
            said = str(error)
        else:
            said = ""
        assert "\n" not in said
        if said:
            return
        assert values.keys() <= KEYS.keys()
        got.settings.rules("a.py")
        hash(got.settings)
        got.settings.excludes_somewhere(tmp_path / "a" / "b.py")

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=40))
    def test_any_text_on_the_command_line(self, text: str) -> None:
        with contextlib.suppress(ConfigurationError):
            assert inline((text,)).place == "--config"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" if not 0xD800 <= ord(char) < 0xE000 else "?" for char in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


class TestFiles:
    def found(self, root: Path, text: str, *names: str, **options: object) -> list[str]:
        write(root / "logitlint.toml", text)
        files, _ = discover([root / name for name in names] or [root], Configurations(**options))
        return [file.relative_to(root).as_posix() for file in files]

    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        for name in ("a.py", "gen/b.py", "gen/deep/c.py", "build/d.py", ".h/e.py", "ignored.py", "x/gen/f.py"):
            write(tmp_path / name, "x = 1\n")
        (tmp_path / ".git").mkdir()
        write(tmp_path / ".gitignore", "ignored.py\n")
        return tmp_path

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ["a.py", "gen/b.py", "gen/deep/c.py", "x/gen/f.py"]),
            ('extend-exclude = ["gen"]', ["a.py"]),
            ('extend-exclude = ["gen/deep", "a.*"]', ["gen/b.py", "x/gen/f.py"]),
            ('extend-exclude = ["/gen/*.py", "x/**"]', ["a.py", "gen/deep/c.py"]),
            ('exclude = ["gen", "x", ".git"]', [".h/e.py", "a.py", "build/d.py"]),
            ('respect-gitignore = false\nextend-exclude = ["gen"]', ["a.py", "ignored.py"]),
        ],
    )
    def test_exclude(self, tree: Path, text: str, expected: list[str]) -> None:
        assert self.found(tree, text) == expected

    def test_a_named_path_is_read_unless_forced(self, tree: Path) -> None:
        text = 'extend-exclude = ["gen/"]\n'
        assert self.found(tree, text, "gen/b.py", "build/d.py", "a.py") == ["a.py", "build/d.py", "gen/b.py"]
        assert self.found(tree, text, "gen") == ["gen/b.py", "gen/deep/c.py"]
        assert self.found(tree, text + "force-exclude = true", "gen/b.py", "build/d.py", "a.py") == ["a.py"]
        assert self.found(tree, text + "force-exclude = true", "gen", "gen/deep") == []
        nothing = "No findings in 0 analysed of 0 files.\n"
        done = run_cli(tree, "check", "gen/b.py")
        assert (done.returncode, done.stdout) == (0, nothing)
        done = run_cli(tree, "check", "--fix", "--stdin-filename", "gen/b.py", "-", stdin=LOG)
        assert (done.returncode, done.stdout, done.stderr) == (0, LOG, nothing)

    def test_names_fit_as_in_gitignore(self) -> None:
        """Also those that are compared as a shell would: patterns of no more than a name and stars."""
        names = ("a", "a.py", ".py", ".a", "a.b.py", "ab", "xa", "a-b_1", "A.py", "a*", "a b", "é.py")
        patterns = ("a", "a/", "*.py", ".*", ".*/", "*", "a*b*", "*a", "a.?y", "[ab].py", "a-b_1", "**", "a**", "é*")
        for pattern, name, is_folder in itertools.product(patterns, names, (False, True)):
            expected = GitIgnoreSpec.from_lines([pattern]).match_file(name + "/" * is_folder)
            assert matches(pattern, Path("/top/x", name), "/top", is_folder) == expected, (pattern, name, is_folder)

    def test_excluded_for_flake8_too(self, tree: Path) -> None:
        write(tree / "logitlint.toml", 'extend-exclude = ["gen"]')
        write(tree / "gen" / "b.py", BAD)
        write(tree / "a.py", BAD)
        done = run_flake8(tree, "--select=LGT", ".")
        assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["./a.py"]

    @pytest.mark.parametrize(
        ("pattern", "off"),
        [("*.py", "abc"), ("tests/*", "b"), ("tests", "bc"), ("tests/**", "bc"), ("!tests/*", "ac"), ("c.py", "c")],
    )
    def test_per_file_ignores(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, off: str) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "logitlint.toml", f'[per-file-ignores]\n"{pattern}" = ["LGT2"]')
        got = of(tmp_path)
        names = {"a": "a.py", "b": "tests/b.py", "c": "tests/deep/c.py"}
        expected = set(off)
        if pattern in ("tests/*", "!tests/*"):  # as in .gitignore, what matches a folder matches what is in it
            expected = {"b", "c"} if pattern == "tests/*" else {"a"}
        assert {key for key, path in names.items() if "LGT201" not in got.rules(path)} == expected
        assert "LGT401" in got.rules("a.py")


class TestFixes:
    @pytest.mark.parametrize(
        ("text", "applicability"),
        [
            ("", "safe"),
            ('extend-unsafe-fixes = ["LGT401"]', "unsafe"),
            ('extend-unsafe-fixes = ["LGT4"]\nextend-safe-fixes = ["LGT401"]', "safe"),
            ('unfixable = ["LGT4"]', "none"),
            ('unfixable = ["LGT4"]\nfixable = ["LGT401"]', "safe"),
            ('fixable = ["LGT2"]', "none"),
        ],
    )
    def test_how_safe(self, tmp_path: Path, text: str, applicability: str) -> None:
        write(tmp_path / "logitlint.toml", text)
        write(tmp_path / "a.py", LOG)
        data, _ = check_json(tmp_path)
        (finding,) = data["findings"]
        assert finding["fix"]["applicability"] == applicability
        if applicability == "none":
            assert finding["fix"]["message"].startswith("the configuration leaves LGT401 to you; it could replace")
            assert run_cli(tmp_path, "check", "--fix").returncode == 1
            assert (tmp_path / "a.py").read_text() == LOG

    def test_promoted(self, tmp_path: Path) -> None:
        write(tmp_path / "logitlint.toml", 'extend-safe-fixes = ["LGT201"]')
        write(tmp_path / "a.py", BAD)
        assert run_cli(tmp_path, "check", "--fix").returncode == 0
        assert "softmax" not in (tmp_path / "a.py").read_text()


class TestAnalysis:
    def test_keras_backend(self, tmp_path: Path) -> None:
        write(tmp_path / "jax" / "logitlint.toml", 'keras-backend = "jax"')
        write(tmp_path / "tf" / "logitlint.toml", 'keras-backend = "tensorflow"')
        for folder in ("jax", "tf", "none"):
            write(tmp_path / folder / "k.py", KERAS)
        write(
            tmp_path / "tf" / "own.py",
            KERAS.replace("import", 'import os\nos.environ["KERAS_BACKEND"] = "jax"\nimport', 1),
        )
        write(tmp_path / "jax" / "tf.py", KERAS.replace("import keras", "from tensorflow import keras"))
        data, _ = check_json(tmp_path)
        assert {f["path"]: f["severity"] for f in data["findings"]} == {
            "jax/k.py": "warning",
            "jax/tf.py": "note",
            "none/k.py": "warning",
            "tf/k.py": "note",
            "tf/own.py": "warning",
        }

    def test_src(self, tmp_path: Path) -> None:
        write(
            tmp_path / "lib" / "python" / "heads.py", "import torch\n\n\ndef head(x):\n    return torch.softmax(x, 1)\n"
        )
        write(
            tmp_path / "app" / "t.py",
            "from torch import nn\nfrom heads import head\n\nnn.CrossEntropyLoss()(head(x), y)\n",
        )
        assert shown(tmp_path) == []
        write(tmp_path / "logitlint.toml", 'src = ["lib/python"]')
        assert shown(tmp_path) == [("app/t.py", "LGT201")]


CATALOG = """\
[[loss]]
names = ["acme.losses.MyFocalLoss"]
kind = "class"
expects = "logits"
params = ["gamma"]
call = ["input", "target"]

[[activation]]
names = ["bigco.nn.fast_softmax"]
space = "softmax"
params = ["input"]

[[layer]]
names = ["bigco.nn.Head"]
kind = "class"
params = ["size"]
units = "size"
"""


class TestCatalog:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        write(tmp_path / "pyproject.toml", section('catalog = ["tools/catalog.toml"]'))
        write(tmp_path / "tools" / "catalog.toml", CATALOG)
        write(tmp_path / "acme" / "__init__.py", "from .losses import MyFocalLoss\n")
        write(
            tmp_path / "acme" / "losses.py",
            "class MyFocalLoss:\n    def __call__(self, x, y):\n        return kernel(x, y)\n",
        )
        return tmp_path

    def test_what_only_users_know(self, project: Path) -> None:
        """A loss of the project, however it is imported; an activation and a layer of a package."""
        call = "{}(gamma=2)(fast_softmax(x), y)\n"
        head = "from bigco.nn import fast_softmax\n"
        write(project / "acme" / "one.py", head + "from .losses import MyFocalLoss\n" + call.format("MyFocalLoss"))
        write(project / "two.py", head + "from acme import losses\n" + call.format("losses.MyFocalLoss"))
        write(project / "three.py", head + "from acme import MyFocalLoss as L\n" + call.format("L"))
        write(project / "four.py", "import torch\nfrom bigco.nn import Head\n\ntorch.nn.BCELoss()(Head(1)(x), y)\n")
        found = sorted(shown(project))
        assert found == [("acme/one.py", "LGT201"), ("four.py", "LGT205"), ("three.py", "LGT201"), ("two.py", "LGT201")]
        assert shown(project, "--isolated") == []
        done = run_flake8(project, "--select=LGT", ".")
        assert [line.split(":")[0] for line in done.stdout.splitlines()].count("./two.py") == 1

    def test_others_of_that_name_are_looked_into(self, project: Path) -> None:
        write(project / "other" / "losses.py", "import torch\n\n\nclass MyFocalLoss:\n    pass\n")
        write(
            project / "t.py",
            "import torch\nfrom other.losses import MyFocalLoss\n\nMyFocalLoss()(torch.softmax(x, 1), y)\n",
        )
        assert shown(project) == []

    @pytest.mark.parametrize(
        ("old", "new", "error"),
        [
            (
                '"logits"',
                '"logit"',
                "loss 1: expects must be one of logits, probabilities, log_probabilities, any, not 'logit'",
            ),
            ("expects", "expecs", "loss 1: no key 'expecs', did you mean 'expects'?"),
            ('expects = "logits"', "", "loss 1: expects is missing"),
            ('"acme.losses.MyFocalLoss"', '"MyFocalLoss"', "loss 1: 'MyFocalLoss' must be a dotted name"),
            ('"acme.losses.MyFocalLoss"', "", "loss 1: names must name something"),
            ('["input", "target"]', '["x", "target"]', "loss 1: call must name 'input', the parameter that is read"),
            ("[[loss]]", "[[losses]]", "no role 'losses', did you mean 'loss'?"),
            ("[[loss]]", "[loss]", "loss must be a list of tables, [[loss]]"),
            ('["gamma"]', '"gamma"', "loss 1: params must be a list of strings"),
            ("bigco.nn.fast_softmax", "torch.softmax", "torch.softmax has two rows"),
            ("[[loss]]", 'framework.rots = ["acme"]\n[[loss]]', "framework: no key 'rots', did you mean 'roots'?"),
            ("[[loss]]", 'framework.roots = "acme"\n[[loss]]', "framework.roots must be a list of strings"),
            ("[[loss]]", "[[loss", "is no TOML: "),
            ("[[loss]]", 'framework.aliases.a = "a.b"\n[[loss]]', "the alias 'a' in `catalog` leads back to itself"),
            ("params", 'twin = "a.b"\nparams', "acme.losses.MyFocalLoss: its twin 'a.b' is no loss that a catalog has"),
        ],
    )
    def test_mistakes(self, project: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, error: str) -> None:
        monkeypatch.chdir(project)
        file = write(project / "tools" / "wrong.toml", CATALOG.replace(old, new, 1))
        with pytest.raises(CatalogError) as raised:
            load((str(file),))
        assert str(raised.value).removeprefix("tools/wrong.toml: ").startswith(error)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.sampled_from(["loss", "activation", "layer"]),
        st.sampled_from(
            ["names", "kind", "expects", "space", "params", "call", "units", "twin", "recovery", "defaults"]
        ),
        st.recursive(
            st.text(max_size=8) | st.integers(-2, 2) | st.booleans() | st.sampled_from(["a.b", "class", "logits"]),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
            max_leaves=4,
        ),
    )
    def test_any_row(self, tmp_path: Path, role: str, key: str, value: object) -> None:
        """A catalog is used or refused in one line, whatever it holds."""
        rows = tomllib.loads(CATALOG)
        rows[role][0][key] = value
        text = "".join(
            f"[[{name}]]\n" + "".join(f"{one} = {_toml(given)}\n" for one, given in row.items())
            for name, listed in rows.items()
            for row in listed
        )
        file = tmp_path / f"{hashlib.sha256(text.encode()).hexdigest()}.toml"
        file.write_text(text, "utf-8")
        said = ""
        try:
            load((str(file),))
        except CatalogError as error:
            said = str(error)
        assert "\n" not in said
        assert not said or file.name in said

    def test_in_every_door(self, project: Path) -> None:
        write(project / "tools" / "catalog.toml", "[[loss]]\n")
        error = "tools/catalog.toml: loss 1: names is missing"
        done = run_cli(project, "check")
        assert (done.returncode, done.stderr) == (2, f"Error: {error}\n")
        done = run_flake8(project, ".")
        assert error in done.stdout + done.stderr

    def test_without_one_nothing_is_own(self) -> None:
        catalog = load()
        assert isinstance(catalog, Catalog)
        assert catalog.own == frozenset()
        assert catalog.own_name(Path("/torch/nn.py"), "CrossEntropyLoss") is None


def test_origins_in_turn() -> None:
    told = [Said("a", {"ignore": ("LGT1",)}), Said("b", {"ignore": ("LGT2",)}), Said("c", {"select": ("LGT1",)})]
    assert combined(Path("/"), None, told[:2]).origins["ignore"] == ("a", "b")
    assert combined(Path("/"), None, told).origins == {"select": ("c",)}
