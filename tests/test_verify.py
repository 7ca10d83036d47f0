"""Rewrites run before and after on the real frameworks, in real child processes."""

import dataclasses
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest
from click.testing import CliRunner

from logitlint.fixes.identities import STABLE
from logitlint.fixes.plan import FIXERS
from logitlint.verify import runner
from logitlint.verify.checks import Checker, Rewrite, differs_on_paper
from logitlint.verify.command import verify
from logitlint.verify.domains import BINARY, CLASSES, ONE, PAIR, ROWS
from logitlint.verify.dtypes import DTYPES
from logitlint.verify.frameworks import FRAMEWORKS
from logitlint.verify.oracle import exactly
from logitlint.verify.statement import Kind, Statement
from logitlint.verify.statements import STATEMENTS
from logitlint.verify.verdict import Verdict

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "verified.md"


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {missing}")


TORCH, TENSORFLOW, JAX, NUMPY = needs("torch"), needs("tensorflow"), needs("jax", "optax"), needs("scipy")


def run(*arguments: str):
    return CliRunner().invoke(verify, arguments)


def test_every_fix_has_a_statement():
    assert {one.code for one in STATEMENTS} == set(FIXERS)
    assert set(STABLE) <= {one.before for one in STATEMENTS}
    assert len({one.title for one in STATEMENTS}) == len(STATEMENTS)


@pytest.mark.parametrize("one", [one for one in STATEMENTS if one.kind is Kind.PRESERVING], ids=lambda one: one.title)
def test_preserving_rewrites_are_the_same_function_on_paper(one):
    assert differs_on_paper(one) == ""


@pytest.mark.parametrize("formula", sorted({one.exact for one in STATEMENTS if one.differentiable}))
def test_the_oracle_differentiates(formula):
    inputs = {"x": [-1.25, -0.5], "y": [-3.0, -2.0], "t": [0.25, 0.75], "k": [1.0]}
    if "prod" in formula or formula == "log(1 + x)":
        inputs["x"] = [0.5, 2.0]
    if "weight=[0.5, 2.0, 1.0, 1.5]" in formula:
        inputs["x"] = [-1.25, -0.5, 0.3, 0.7]

    def value(step):
        moved = {"x": [inputs["x"][0] + step, *inputs["x"][1:]]}
        return exactly(formula, inputs | moved, {})[0][0]

    slope = exactly(formula, inputs, {"x": [1.0] + [0.0] * (len(inputs["x"]) - 1)})[0][1]
    step = mpmath.mpf(2) ** -20
    assert abs((value(step) - value(-step)) / (2 * step) - slope) < 1e-9


def test_the_oracle_keeps_its_digits_far_out():
    ((value, slope),) = exactly("log(1 - sigmoid(x))", {"x": [1000.0]}, {"x": [1.0]})
    assert (float(value), float(slope)) == (-1000.0, -1.0)
    ((value, slope),) = exactly("log(sigmoid(x))", {"x": [1000.0]}, {"x": [1.0]})
    assert mpmath.almosteq(value, -slope, 1e-30)
    assert mpmath.nstr(-value, 5) == "5.076e-435"


def test_formats_round_as_they_do():
    assert DTYPES["float32"].rounded(0.1) == 0.10000000149011612
    assert DTYPES["float16"].rounded(0.1) == 0.0999755859375
    assert DTYPES["bfloat16"].rounded(0.1) == 0.10009765625
    assert DTYPES["float16"].rounded(70000.0) == float("inf")


def rungs(output: str, dtype: str) -> dict[str, list[str]]:
    """The rows of a printed ladder by their logit."""
    block = next(block for block in output.strip().split("\n\n") if f", {dtype}" in block)
    return {row.split()[0]: row.split()[1:] for row in block.splitlines()[3:]}


@TENSORFLOW
def test_the_ladder_of_the_forum_on_tensorflow(tmp_path):
    done = run("--ladder", "--framework", "tensorflow", "--plot", str(tmp_path / "ladder.svg"))
    assert done.exit_code == 0, done.output
    single, double = rungs(done.output, "float32"), rungs(done.output, "float64")
    assert list(single) == ["0.0001", "0.001", "0.01", "0.1", "1", "10", "100", "1000"]
    stable, naive, _, stable_gradient, naive_gradient = single["10"]
    assert stable == "10.00004577636718750000"
    assert naive == "9.99958610534667968750"
    assert naive_gradient == "0.99949508905410766602"
    assert float(stable_gradient) == pytest.approx(0.9999546)
    for rows, gradient in ((single, "nan"), (double, "inf")):
        stable, naive, difference, stable_gradient, naive_gradient = rows["100"]
        assert (float(stable), float(difference), float(stable_gradient)) == (100.0, 1.0, 1.0)
        assert (naive, naive_gradient) == ("inf", gradient)
        assert rows["1000"][4] == "nan"
    assert "<svg" in (tmp_path / "ladder.svg").read_text("utf-8")


@pytest.mark.parametrize("framework", [pytest.param("torch", marks=TORCH), pytest.param("jax", marks=JAX)])
def test_the_ladder_of_the_forum_elsewhere(framework):
    done = run("--ladder", "--framework", framework)
    assert done.exit_code == 0, done.output
    single, double = rungs(done.output, "float32"), rungs(done.output, "float64")
    assert float(single["10"][0]) == pytest.approx(10.0000454, abs=1e-6)
    assert float(single["10"][1]) == pytest.approx(9.9996, abs=5e-4)
    for rows in (single, double):
        stable, naive, _, stable_gradient, naive_gradient = rows["100"]
        assert (float(stable), naive, float(stable_gradient)) == (100.0, "inf", 1.0)
        assert naive_gradient in ("inf", "nan")
        assert rows["1000"][4] == "nan"


@TORCH
def test_the_ladder_of_a_rule():
    done = run("--ladder", "lgt401", "--framework", "torch", "--dtype", "float32")
    rows = rungs(done.output, "float32")
    assert rows["1000"][:3] == ["-inf", "-1000.00000000000000000000", "-1000.00000000000000000000"]
    assert len(rows) == 16
    assert run("--ladder", "LGT207").exit_code == 2
    assert "LGT501 has no rewrite with a ladder" in run("--ladder", "LGT501").output
    assert "no rule 'LGT999'" in run("--ladder", "LGT999").output
    assert "no rule 'LGT999'" in run("--rules", "--select", "LGT401,LGT999").output


GREEN = [
    pytest.param(("--framework", "torch"), marks=TORCH),
    pytest.param(("--framework", "numpy"), marks=NUMPY),
    pytest.param(("--framework", "tensorflow"), marks=TENSORFLOW),
    pytest.param(("--framework", "tensorflow", "--mode", "xla", "--select", "LGT401,LGT402,LGT404"), marks=TENSORFLOW),
    pytest.param(("--framework", "keras-tensorflow", "--select", "LGT1,LGT2,LGT5"), marks=TENSORFLOW),
    pytest.param(("--framework", "keras-torch", "--select", "LGT1,LGT2,LGT5"), marks=[TORCH, needs("keras")]),
    pytest.param(("--framework", "keras-jax", "--select", "LGT101,LGT102"), marks=[JAX, needs("keras")]),
    pytest.param(("--framework", "jax", "--mode", "jit", "--select", "LGT2,LGT401,LGT402,LGT408"), marks=JAX),
]


@pytest.mark.parametrize("arguments", GREEN, ids=" ".join)
def test_rules_are_green(arguments):
    mode = () if "--mode" in arguments else ("--mode", "eager")
    done = run("--rules", "--dtype", "float32", "--check", str(DOCUMENT), *arguments, *mode)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.count("→") >= 2


def test_the_document_holds_every_rewrite():
    text = DOCUMENT.read_text("utf-8")
    assert [one.title for one in STATEMENTS if f"`{one.title}`" not in text] == []
    assert not re.search(r"NOT equal|not run", text)


LOG_SIGMOID = Statement(code="LGT402", before="log(sigmoid(x))", after="log_sigmoid(x)", domain=ONE)
ROWWISE = Statement(code="LGT401", before="log(softmax(x))", after="log_softmax(x)", domain=ROWS, axis=1)
SMOOTHED = Statement(
    code="LGT101",
    before="ce(softmax(x), t, label_smoothing=0.1)",
    after="ce_logits(x, t, label_smoothing=0.1)",
    domain=CLASSES,
)
DOUBLE = Statement(
    code="LGT201", before="ce_logits(softmax(x), t)", after="ce_logits(x, t)", domain=CLASSES, kind=Kind.CORRECTING
)
BY_HAND = "torch.log(torch.sigmoid(x))"

PLANTED = {
    "sign flipped": (LOG_SIGMOID, (BY_HAND, "torch.nn.functional.logsigmoid(-x)")),
    "sign of the loss flipped": (LOG_SIGMOID, (BY_HAND, "-torch.nn.functional.logsigmoid(x)")),
    "wrong axis": (ROWWISE, ("torch.log(torch.softmax(x, dim=1))", "torch.log_softmax(x, dim=-1)")),
    "eps ignored": (LOG_SIGMOID, ("torch.log(torch.sigmoid(x) + 1e-3)", "torch.nn.functional.logsigmoid(x)")),
    "tiny eps ignored": (LOG_SIGMOID, ("torch.log(torch.sigmoid(x) + 1e-6)", "torch.nn.functional.logsigmoid(x)")),
    "label_smoothing dropped": (
        SMOOTHED,
        (
            "-torch.sum((t * 0.9 + 0.1 / t.shape[1]) * torch.log(torch.softmax(x, dim=1)), dim=1)",
            "torch.nn.functional.cross_entropy(x, t, reduction='none')",
        ),
    ),
    "a softmax left in": (
        DOUBLE,
        ("torch.nn.functional.cross_entropy(torch.softmax(x, dim=1), t, reduction='none')",) * 2,
    ),
    "gradient cut": (LOG_SIGMOID, (BY_HAND, "torch.nn.functional.logsigmoid(x.detach()) + 0 * x")),
}


@TORCH
def test_planted_wrong_rewrites_are_caught():
    checker = Checker(["eager"])
    checks = list(checker.check_sources([Rewrite(*planted) for planted in PLANTED.values()], FRAMEWORKS["torch"]))
    assert checker.failures == []
    assert len(checks) == len(PLANTED)
    assert {name: check.verdict for name, check in zip(PLANTED, checks, strict=True)} == dict.fromkeys(
        PLANTED, Verdict.WRONG
    )


@TENSORFLOW
def test_dropped_label_smoothing_is_caught_in_keras():
    after = "keras.losses.categorical_crossentropy(t, x, from_logits=True)"
    before = "keras.losses.categorical_crossentropy(t, keras.ops.softmax(x), label_smoothing=0.1)"
    checks = Checker(["eager"], ["float32"]).check_sources(
        [Rewrite(SMOOTHED, (before, after))], FRAMEWORKS["keras-tensorflow"]
    )
    assert [check.verdict for check in checks] == [Verdict.WRONG]


@pytest.mark.parametrize(
    "planted",
    [
        Statement(code="LGT403", before="log(1 - sigmoid(x))", after="log_sigmoid(x)", domain=ONE),
        Statement(code="LGT404", before="log(softmax(x) + 1e-8)", after="log_softmax(x)", domain=PAIR),
        Statement(
            code="LGT102", before="bce(sigmoid(x), t, label_smoothing=0.1)", after="bce_logits(x, t)", domain=BINARY
        ),
    ],
    ids=["sign", "eps", "label_smoothing"],
)
def test_wrong_statements_are_caught_on_paper(planted):
    assert differs_on_paper(planted).startswith("on paper: ")


@NUMPY
def test_a_wrong_rewrite_fails_the_command(monkeypatch):
    wrong = dataclasses.replace(LOG_SIGMOID, after="log_sigmoid(-x)")
    monkeypatch.setattr("logitlint.verify.statements.STATEMENTS", (wrong, LOG_SIGMOID))
    done = run("--rules", "--framework", "numpy", "--dtype", "float32")
    assert done.exit_code == 1
    assert "NOT equal" in done.stdout
    assert len(done.stderr.splitlines()) == 1


def broken(monkeypatch, before: str, patience: float = 60.0):
    """Let something else happen first in the child process."""
    monkeypatch.setattr(runner, "CHILD", before + "; " + runner.CHILD)
    monkeypatch.setattr("logitlint.verify.checks.PATIENCE", patience)


def only_line(done) -> str:
    (line,) = done.stderr.splitlines()
    return line


LITTLE = ("--rules", "--select", "LGT402", "--dtype", "float32", "--framework", "numpy")


@NUMPY
def test_a_framework_that_is_missing(monkeypatch):
    broken(monkeypatch, "import sys; sys.modules['numpy'] = None")
    done = run(*LITTLE)
    assert (done.exit_code, only_line(done)) == (2, "numpy: not installed (no module numpy)")


def test_a_framework_that_hangs(monkeypatch):
    broken(monkeypatch, "import time; time.sleep(60)", patience=0.5)
    done = run(*LITTLE)
    assert (done.exit_code, only_line(done)) == (2, "numpy: no answer within 0.5 s at its import")


def test_a_framework_that_crashes(monkeypatch):
    broken(monkeypatch, "import os; os.abort()")
    done = run(*LITTLE)
    assert (done.exit_code, only_line(done)) == (2, "numpy: stopped at its import with signal 6")


@NUMPY
def test_the_others_go_on(monkeypatch):
    broken(monkeypatch, "import sys; sys.modules['torch'] = None")
    done = run(*LITTLE, "--framework", "torch")
    assert done.exit_code == 0
    assert only_line(done) == "torch: not installed (no module torch)"
    assert "numpy" in done.stdout


@NUMPY
def test_memory_is_limited():
    with (
        runner.Run("numpy", [], memory=1 << 20) as child,
        pytest.raises(runner.Failed, match=r"^numpy: (stopped|cannot be imported)"),
    ):
        list(child.answers())


@NUMPY
def test_what_raises_is_told_and_the_rest_goes_on():
    checker = Checker(None, ["float32"])
    sources = [Rewrite(LOG_SIGMOID, ("numpy.log(scipy.special.expit(x))", "numpy.nothing(x)"))]
    (check,) = checker.check_sources(sources, FRAMEWORKS["numpy"])
    assert check.verdict is None
    assert check.error.startswith("float32: AttributeError: ")


@NUMPY
def test_what_hangs_ends_the_framework_and_keeps_what_came_before():
    checker = Checker(None, ["float32"])
    checker.patience = 3
    plain = ("numpy.log(scipy.special.expit(x))", "scipy.special.log_expit(x)")
    endless = Rewrite(LOG_SIGMOID, (plain[0], "x * 9 ** 9 ** 9"))
    checks = checker.check_sources([Rewrite(LOG_SIGMOID, plain), endless], FRAMEWORKS["numpy"])
    assert next(iter(checks)).verdict is Verdict.BETTER
    (failure,) = checker.failures
    assert failure == "numpy: no answer within 3 s at x * 9 ** 9 ** 9 (eager, float32)"


@NUMPY
def test_a_document_is_written_and_compared(tmp_path):
    file = tmp_path / "verified.md"
    file.write_text("## LGT402 log-of-sigmoid\n\n| `kept` | torch | eager | equal | - | - | - | - | - |\n", "utf-8")
    assert run("--rules", "--framework", "numpy", "--write", str(file)).exit_code == 0
    assert "| `kept` | torch |" in file.read_text("utf-8")
    assert run(*LITTLE, "--check", str(file)).exit_code == 0
    file.write_text(file.read_text("utf-8").replace(f"| {Verdict.BETTER.value} |", "| equal |"), "utf-8")
    done = run(*LITTLE, "--check", str(file))
    assert done.exit_code == 1
    assert "the document says 'equal'" in only_line(done)


@NUMPY
def test_rows_of_a_framework_that_stops_are_kept(tmp_path, monkeypatch):
    file = tmp_path / "verified.md"
    kept = "## LGT402 log-of-sigmoid\n\n| `kept` | torch | eager | equal | - | - | - | - | - |\n"
    file.write_text(kept, "utf-8")
    stopping = (
        "import sys, os, json; import logitlint.verify.child as child; run = child.evaluated; "
        "child.evaluated = lambda engine, case, mode: "
        "os._exit(3) if type(engine).__name__ == 'Torch' and case['id'] else run(engine, case, mode)"
    )
    chosen = [LOG_SIGMOID, dataclasses.replace(LOG_SIGMOID, code="LGT403")]
    monkeypatch.setattr("logitlint.verify.statements.STATEMENTS", chosen)
    broken(monkeypatch, f"import sys; sys.path.insert(0, {runner.ROOT!r}); {stopping}")
    done = run("--rules", "--framework", "torch", "--framework", "numpy", "--write", str(file))
    assert done.exit_code == 2
    stopped, told = done.stderr.splitlines()
    assert stopped.startswith("torch: stopped at ")
    assert told == f"{file}: the rows of torch are kept as they were"
    text = file.read_text("utf-8")
    assert "| `kept` | torch |" in text
    assert "not run" not in text
    assert "| numpy | eager |" in text


def test_options_that_make_no_sense():
    assert run().exit_code == 2
    assert run("--ladder", "--rules").exit_code == 2
    assert run("--rules", "--plot", "x.svg").exit_code == 2
    assert run("--rules", "--write", "x.md", "--mode", "eager").exit_code == 2


def test_the_command_line_does_not_import_it():
    code = "import sys, logitlint.cli; print([m for m in sys.modules if m in ('mpmath', 'logitlint.verify.command')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
