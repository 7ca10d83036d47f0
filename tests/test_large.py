"""Large programs: in parts, with modules that import everything, with functions that are called again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

import logitlint
from logitlint import programs
from logitlint.check import check_program, project_of
from logitlint.check import programs as programs_of
from logitlint.config.premises import NOTHING
from logitlint.files.inputs import inputs_from_paths
from logitlint.files.source import Block, Source
from logitlint.flow import functions
from logitlint.flow.project import Project, may_bind
from logitlint.flow.runs import FRUITLESS_STEPS, SHORT

FIXTURES = Path(__file__).parent / "fixtures" / "flow"


def places(result: logitlint.Result) -> set[tuple[str, str, int, int]]:
    return {(f.code, f.location.path, f.location.line, f.location.column) for f in result.findings}


def test_parts_find_what_the_whole_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = logitlint.check_paths(FIXTURES)
    monkeypatch.setattr(programs, "MAX_TOGETHER", 1)
    parts = logitlint.check_paths(FIXTURES)
    assert places(parts) == places(whole)
    assert len(parts.findings) == len(whole.findings)
    assert parts.parsed == whole.parsed


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)


def test_a_fix_knows_of_readers_in_other_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        act="import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n",
        serve="import torch\nfrom act import act\n\n\ndef serve(x):\n    return torch.round(act(x))\n",
        train="from torch import nn\nfrom act import act\n\n\ndef f(x, y):\n    return nn.NLLLoss()(act(x), y)\n",
    )
    monkeypatch.chdir(tmp_path)
    (whole,) = logitlint.check_paths(".").findings
    assert "not looked at" not in whole.fix.message
    monkeypatch.setattr(programs, "MAX_TOGETHER", 1)
    (part,) = logitlint.check_paths(".").findings
    assert part.location == whole.location
    assert part.fix.applicability is logitlint.Applicability.UNSAFE
    assert "serve.py imports act.py and was not looked at with it" in part.fix.message


def test_folders_stay_together() -> None:
    sources = [
        Source(f"{folder}/{name}.py", Path(f"/{folder}/{name}.py"), (Block("#" * size),))
        for folder, name, size in (
            ("a", "x", 6),
            ("a", "y", 3),
            ("b", "x", 3),
            ("b", "y", 3),
            ("c", "x", 12),
            ("c", "y", 1),
        )
    ]
    cut = [[source.path for source in part] for part in programs.cut(sources, 10)]
    assert cut == [["a/x.py", "a/y.py"], ["b/x.py", "b/y.py"], ["c/x.py"], ["c/y.py"]]
    assert programs.cut(sources, 100) == [sources]


def test_modules_that_a_star_may_not_bring_the_name_from_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    read = Project.read
    monkeypatch.setattr(Project, "read", lambda self, file: run.append(file.name) or read(self, file))
    package = tmp_path / "package"
    package.mkdir()
    for number in range(5):
        write(
            package,
            **{f"m{number}": f"import torch\n\n\ndef f{number}(x):\n    return print(torch.softmax(x, 1)) or x\n"},
        )
    write(package, act="import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n")
    write(package, __init__="".join(f"from .m{number} import *\n" for number in range(5)) + "from .act import *\n")
    write(
        tmp_path,
        train="import torch\nfrom package import *\n\n\ndef f(x):\n    print(x)\n    return torch.log(act(x))\n",
    )
    sources = inputs_from_paths([tmp_path / "train.py"]).sources
    (program,) = programs_of(sources, NOTHING, project_of(sources, NOTHING))
    checked = check_program(program, lambda size: None)
    assert [finding.code for finding in checked.result.findings] == ["LGT401"]
    assert {"__init__.py", "act.py"} == set(run)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def act(x): ...", True),
        ("class act:", True),
        ("act = torch.relu", True),
        ("other, act = pair", True),
        ("from torch.nn.functional import relu as act", True),
        ("from x import (\n    other,\n    act,\n)", True),
        ("if new:\n    act: object = 1", True),
        ("__all__ = ['act']\nact = 1", True),
        ("__all__ = ['other']\nact = 1", False),
        ("y = act(x)", False),
        ("def react(x): ...", False),
        ("", False),
    ],
)
def test_what_may_bind_a_name(text: str, expected: bool) -> None:
    assert may_bind(text, "act") is expected


MANY = FRUITLESS_STEPS // SHORT + 10
"""More calls than a function is run for if nothing comes of it."""


def test_what_is_given_probabilities_runs_however_often_it_ran_before() -> None:
    calls = "".join(f"    nll(x, 'part {number}')\n" for number in range(MANY))
    text = (
        "import torch\n\n\ndef nll(p, what):\n    return -torch.log(p).mean() if what else p\n\n\n"
        f"def f(x):\n{calls}    return nll(torch.softmax(x, 1), 'all')\n"
    )
    assert [finding.code for finding in logitlint.check_source(text)] == ["LGT401"]


@pytest.mark.parametrize("chosen", ["True", "'prob'", "torch.softmax", "Head('prob')", "[torch.softmax]"])
def test_what_is_chosen_by_an_argument_runs_after_others_were_chosen(chosen: str) -> None:
    calls = "".join(f"    head(x[{number}], {number}, 'raw')\n" for number in range(3))
    text = (
        "import torch\n\n\n"
        "class Head:\n    def __init__(self, mode):\n        self.mode = mode\n\n\n"
        "def head(x, number, mode):\n"
        "    if mode is True or mode == 'prob' or getattr(mode, 'mode', 0) == 'prob':\n"
        "        return torch.softmax(x, 1)\n"
        "    if isinstance(mode, list):\n        return mode[0](x, 1)\n"
        "    return mode(x, 1) if mode is torch.softmax else x\n\n\n"
        f"def f(x):\n{calls}    return torch.log(head(x, 9, {chosen}))\n"
    )
    assert [finding.code for finding in logitlint.check_source(text)] == ["LGT401"]


def test_what_always_gives_probabilities_gives_them_when_it_is_not_run_any_more() -> None:
    calls = "".join(f"def f{number}(x):\n    return torch.log(act(x))\n\n\n" for number in range(MANY))
    text = f"import torch\n\n\ndef act(x):\n    print(x)\n    return torch.softmax(x, 1)\n\n\n{calls}"
    assert [finding.code for finding in logitlint.check_source(text)] == ["LGT401"] * MANY


def test_what_brings_nothing_is_not_run_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = "".join(f"    x = nothing(x, {number}, other({number}))\n" for number in range(2, 200))
    text = (
        "import torch\n\n\ndef other(number):\n    return print(number)\n\n\n"
        "def nothing(x, number, other):\n    return x + number + other\n\n\n"
        f"def f(x):\n{calls}    return torch.log(torch.softmax(x, 1))\n"
    )
    runs: list[str] = []
    run = functions.run
    monkeypatch.setattr(
        functions, "run", lambda vm, function, *rest: runs.append(function.name) or run(vm, function, *rest)
    )
    assert [finding.code for finding in logitlint.check_source(text)] == ["LGT401"]
    assert 0 < runs.count("nothing") <= MANY


def test_a_module_does_not_import_itself(tmp_path: Path) -> None:
    """What one file of a folder finds under a name is no answer for the file of that name."""
    inner = tmp_path / "scripts"
    inner.mkdir()
    write(tmp_path, model="")
    write(inner, model="import model\n", train="import model\n")
    for importers in (["train", "model", "train"], ["model", "train", "model"]):
        project = Project(frozenset())
        found = {name: project.resolve(inner / f"{name}.py", "model") for name in importers}
        assert found == {"train": inner / "model.py", "model": tmp_path / "model.py"}
