"""Fixes go in in rounds, each looked at again; what does not hold is withdrawn, the others stay."""

import json
from pathlib import Path

import pytest
from running import notebook

import logitlint
from logitlint.api import fix_inputs
from logitlint.config.settings import Settings
from logitlint.files.document import Document, document
from logitlint.files.inputs import inputs_from_paths, inputs_from_text
from logitlint.finding import Applicability, Claim
from logitlint.fixes import plan
from logitlint.fixes.apply import MAX_ROUNDS

HEAD = "import torch\n\n\n"
LOG = HEAD + "def f(x):\n    return torch.log(torch.softmax(x, dim=1))\n"
STABLE = HEAD + "def f(x):\n    return torch.log_softmax(x, dim=1)\n"
TWICE = HEAD + "def f(x, y):\n    return torch.nn.functional.cross_entropy(torch.softmax(x, dim=1), y)\n"
ONCE = HEAD + "def f(x, y):\n    return torch.nn.functional.cross_entropy(x, y)\n"


def fixed(text: str, settings: Settings | None = None, **options):
    """The text after its fixes, and everything else that came of it."""
    inputs = inputs_from_text(text, "a.py", settings)
    done = fix_inputs(inputs, lambda source: Document(source, text), **options)
    return next((change.after.text for changes in done.changes for change in changes), text), done


def fixed_files(folder: Path, *names: str, unsafe: bool = True):
    inputs = inputs_from_paths([folder / name for name in names])
    done = fix_inputs(inputs, lambda s: document(s, s.file.read_bytes()), unsafe=unsafe)
    return {change.after.source.file.name: change.after.text for group in done.changes for change in group}, done


@pytest.fixture
def fixer(monkeypatch):
    """Put another fixer in place of that for the logarithm of a softmax."""

    def put(write, applicability=Applicability.SAFE):
        def fix(draft, verdict):
            code, node = draft.shop.at(verdict.use.site), verdict.use.site.node
            write(draft, code, node)
            draft.claim(Claim("log(softmax(x))", "log_softmax(x)"))
            return applicability, "do something"

        monkeypatch.setattr(plan, "FIXERS", {**plan.FIXERS, "LGT401": (fix,)})

    return put


class TestFixSource:
    def test_safe(self):
        assert logitlint.fix_source(LOG) == STABLE
        assert logitlint.fix_source(STABLE) == STABLE

    def test_unsafe_only_on_request(self):
        assert logitlint.fix_source(TWICE) == TWICE
        assert logitlint.fix_source(TWICE, unsafe=True) == ONCE

    def test_selection(self):
        assert logitlint.fix_source(LOG, select=["LGT2"]) == LOG
        assert logitlint.fix_source(LOG, ignore=["LGT401"]) == LOG
        assert logitlint.fix_source(LOG, select=["LGT401"]) == STABLE
        with pytest.raises(ValueError, match="LGT999"):
            logitlint.fix_source(LOG, select=["LGT999"])

    def test_notebook(self):
        text = json.dumps(json.loads(notebook("%ls\nimport torch", [*LOG.splitlines(keepends=True)])), indent=2)
        new = logitlint.fix_source(text, "n.ipynb")
        assert new == text.replace("torch.log(torch.softmax(x, dim=1))", "torch.log_softmax(x, dim=1)")

    @pytest.mark.parametrize("text", ["", "def", "x = 1\0", "'\ud800'", "(", "\ufeff" + "x = 1\n"])
    def test_what_cannot_be_parsed_comes_back(self, text):
        assert logitlint.fix_source(text) == text
        assert logitlint.fix_source(text, "n.ipynb") == text

    def test_byte_order_mark_stays(self):
        assert logitlint.fix_source("\ufeff" + LOG) == "\ufeff" + STABLE

    def test_severity(self):
        assert fixed(LOG, Settings(min_severity="error"))[0] == LOG
        assert fixed(LOG, Settings(min_severity="warning"))[0] == STABLE


class TestRounds:
    def test_all_that_fits_together_at_once(self):
        text = HEAD + "def f(x, y):\n    return torch.log(torch.softmax(x, 1)), torch.softmax(y, 1).log()\n"
        new, done = fixed(text)
        assert new.endswith("    return torch.log_softmax(x, 1), torch.log_softmax(y, 1)\n")
        assert (len(done.found.findings), done.left, done.notes) == (2, (), ())

    def test_the_second_of_two_that_overlap_waits(self):
        inner = "torch.log(torch.softmax(x, dim=1))"
        new, done = fixed(LOG.replace("softmax(x", f"softmax({inner}"))
        assert new == STABLE.replace("(x, dim", "(torch.log_softmax(x, dim=1), dim")
        assert (len(done.found.findings), done.left) == (2, ())

    def test_one_edit_for_two_findings(self, fixer):
        def by_the_import(draft, code, node):
            draft.replace(code, node, "torch.log_softmax(x, 1)")
            draft.change(code, 0, 0, "# once\n")

        fixer(by_the_import)
        new, done = fixed(LOG + LOG.removeprefix(HEAD).replace("f(", "g("))
        assert new.count("# once") == 1
        assert new.count("log_softmax") == len(done.found.findings) == 2

    def test_rounds_are_bounded(self, fixer):
        def one_at_a_time(draft, code, node):
            draft.replace(code, node, "torch.log_softmax(x, 1)")
            draft.change(code, 0, 0, f"# {node.lineno}\n")

        fixer(one_at_a_time)
        functions = "".join(LOG.removeprefix(HEAD).replace("f(", f"f{i}(") for i in range(MAX_ROUNDS + 3))
        new, done = fixed(HEAD + functions)
        assert new.count("log_softmax") == MAX_ROUNDS
        assert len(done.left) == 3
        assert done.notes == (f"stopped after {MAX_ROUNDS} rounds of fixes; run it again for the others",)


class TestWithdrawn:
    @pytest.mark.parametrize(
        ("replacement", "reason"),
        [
            ("((", "the result would not parse"),
            ("torch.log(torch.softmax(-x, 1))", "it would still be found"),
            ("torch.nn.CrossEntropyLoss()(torch.softmax(x, 1), x)", "it would bring a finding of LGT201"),
        ],
    )
    @pytest.mark.parametrize("bad", [0, 1, 4])
    def test_others_stay(self, fixer, replacement, reason, bad):
        def sometimes(draft, code, node):
            inside = "bad" in code.text[: code.span(node)[0]].splitlines()[-2]
            draft.replace(code, node, replacement if inside else "torch.log_softmax(x, 1)")

        fixer(sometimes)
        body = LOG.removeprefix(HEAD)
        text = HEAD + "".join(body.replace("f(", f"{'bad' if i == bad else 'good'}{i}(") for i in range(5))
        new, done = fixed(text)
        assert new.count("log_softmax") == 4
        (left,) = done.left
        line = 5 + 2 * bad
        assert f"{left.location.line} {left.fix.applicability.value} {left.fix.message}" == f"{line} none {reason}"
        assert done.notes == (f"a.py:{line}:12: LGT401 is not fixed: {reason}",)

    def test_nothing_is_left_of_a_fix_in_several_files(self, tmp_path, monkeypatch, fixer):
        monkeypatch.chdir(tmp_path)
        Path("a.py").write_text("import b\n" + LOG)
        Path("b.py").write_text(LOG)
        fixer(lambda draft, code, node: draft.replace(code, node, "((" if "import b" in code.text else "x"))
        new, done = fixed_files(tmp_path, "a.py", "b.py")
        assert new == {"b.py": LOG.replace("torch.log(torch.softmax(x, dim=1))", "x")}
        assert [finding.location.path for finding in done.left] == ["a.py"]

    def test_what_comes_with_an_option_only_does_not_count(self, fixer):
        fixer(lambda draft, code, node: draft.replace(code, node, "torch.log(1 + x)"))
        assert "torch.log(1 + x)" in logitlint.fix_source(LOG)
        assert logitlint.fix_source(LOG, select=["LGT4"]) == LOG


class TestNoqa:
    def test_silenced_finding_is_not_fixed(self):
        text = LOG.rstrip() + "  # noqa: LGT401\n"
        assert logitlint.fix_source(text) == text

    def test_silenced_line_is_not_touched(self, fixer):
        def on_two_lines(draft, code, node):
            draft.replace(code, node, "torch.log_softmax(x, dim=1)")
            draft.remove_statement(code, code.module.body[1].body[0])

        fixer(on_two_lines)
        text = HEAD + "def f(x):\n    p = torch.softmax(x, dim=1)  # noqa: {}\n    return torch.log(p)\n"
        assert logitlint.fix_source(text.format("E501")) == STABLE
        new, done = fixed(text.format("LGT4"))
        assert new == text.format("LGT4")
        assert done.left[0].fix.applicability is Applicability.NONE
        assert done.left[0].fix.message == "a comment keeps a.py:5 as it is; this would do something"

    @pytest.mark.parametrize("comment", ["noqa: E501", "noqa: LGT402"])
    def test_comments_for_other_rules_do_not_matter(self, comment):
        assert "log_softmax" in logitlint.fix_source(LOG.rstrip() + f"  # {comment}\n")

    def test_lines_may_go_in_before_a_silenced_one(self, fixer):
        def with_a_line(draft, code, node):
            draft.insert_before(code, code.module.body[-1], "# here")
            draft.replace(code, node, "x")

        fixer(with_a_line)
        assert "# here\ndef f(x):  # noqa" in logitlint.fix_source(LOG.replace("f(x):", "f(x):  # noqa"))


MODEL = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.last = nn.Softmax(dim=1)

    def forward(self, x):
        return self.last(self.body(x))
"""
TRAIN = """\
from torch import nn
from model import Net

net, loss = Net(), nn.CrossEntropyLoss()


def step(x, y):
    return loss(net(x), y)
"""


class TestFiles:
    @pytest.fixture
    def project(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("model.py").write_text(MODEL)
        Path("train.py").write_text(TRAIN)
        return tmp_path

    def test_a_model_and_its_training(self, project):
        new, done = fixed_files(project, "model.py", "train.py")
        assert list(new) == ["model.py"]
        assert "return self.body(x)" in new["model.py"]
        assert done.left == ()

    def test_a_file_that_is_not_given_stays(self, project):
        new, done = fixed_files(project, "train.py")
        assert new == {}
        (left,) = done.left
        assert left.fix.applicability is Applicability.NONE
        assert left.fix.edits == ()
        assert left.fix.message.startswith("model.py must be given too, to ")

    def test_a_file_that_changed_since_it_was_read_stays(self, project):
        inputs = inputs_from_paths([project])
        (project / "model.py").write_text(MODEL + "\n# more\n")
        done = fix_inputs(inputs, lambda s: document(s, s.file.read_bytes()), unsafe=True)
        assert (done.changes, done.closed) == ((), ("model.py",))
        assert done.notes == ("model.py: not changed: changed on disk since it was read",)
        assert done.left[0].fix.message == "model.py changed on disk since it was read"

    def test_fixes_with_a_file_in_common_belong_together(self, project, fixer):
        (project / "other.py").write_text(LOG)
        (project / "model.py").write_text(MODEL + "\n\n" + LOG)
        fixed_together = fixed_files(project, "model.py", "train.py", "other.py")[1].changes
        assert [[change.after.source.path for change in group] for group in fixed_together] == [
            ["model.py"],
            ["other.py"],
        ]

    def test_magics_are_not_touched(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        text = notebook("import torch", "%time p = torch.log(torch.softmax(x, dim=1))\nprint(p)")
        Path("n.ipynb").write_text(text)
        new, done = fixed_files(tmp_path, "n.ipynb")
        assert new == {}
        assert done.notes == ("n.ipynb:cell 2:1:11: LGT401 is not fixed: line 1 of cell 2 is not Python",)
