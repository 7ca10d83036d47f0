"""Fixes in code, verified with the code's own arguments on the real frameworks."""

import dataclasses
import importlib.util
import json
from pathlib import Path

import formulas
import pytest
from click.testing import CliRunner

import logitlint
from logitlint.cli import main
from logitlint.finding import Applicability, Claim
from logitlint.fixes import logs, losses, manual, origin
from logitlint.fixes.formula import Formula
from logitlint.rules.registry import all_rules
from logitlint.verify import runner
from logitlint.verify.code import Verifier
from logitlint.verify.forms import statement_of
from logitlint.verify.paths import keras_backend
from logitlint.verify.verdict import Verdict

FIXTURES = Path(__file__).parent / "fixtures" / "flow"


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {missing}")


TORCH, NUMPY, KERAS = needs("torch"), needs("scipy"), needs("keras", "torch")

PYTORCH = """\
import torch
from torch import nn
from torch.nn import functional as F

EPS = 1e-6
net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
crit = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.2, reduction="sum")


def weighted(x, y):
    return crit(net(x), y)


def ignoring(h, y):
    return F.nll_loss(F.softmax(h, dim=-1), y, ignore_index=2)


def binary(h, y, w):
    p = torch.sigmoid(h)
    print(p > 0.3)
    return F.binary_cross_entropy(p, y, weight=w)


def guarded(h, eps):
    return torch.log(torch.sigmoid(h) + EPS), torch.log(torch.sigmoid(h) + eps)


def columns(h):
    return torch.log(torch.softmax(h, dim=0))


def by_hand(h, y):
    q = h.sigmoid()
    return -(y * torch.log(q) + (1 - y) * torch.log(1 - q)).mean()


def rest(h):
    return torch.exp(h[:, 0]).add(1).log(), torch.distributions.Categorical(torch.softmax(h, -1))
"""


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(main, ["verify", *arguments], input=text)


def data(folder: Path, source: str, *arguments: str):
    (folder / "a.py").write_text(source, "utf-8")
    done = run(str(folder / "a.py"), "--output-format", "json", "--dtype", "float32", *arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done, json.loads(done.stdout)


def rewrites(found) -> list[tuple[str, str, str, str]]:
    return [
        (fix["code"], one["before"], one["after"], one["verdict"]) for fix in found["fixes"] for one in fix["rewrites"]
    ]


BETTER = "equal where the old one works; better beyond"
DIFFERENT = "different on purpose"


def every_fix():
    """The fixes of all bad examples, fixtures and formulas."""
    for rule in all_rules().values():
        for bad in rule.bad:
            yield from logitlint.check_source(bad, select=["ALL"])
    yield from logitlint.check_paths(FIXTURES, select=["ALL"]).findings
    for pair in formulas.PAIRS:
        yield from logitlint.check_source(pair.program(pair.before), select=["ALL"])


def test_every_fix_states_what_it_rewrites():
    claims = [claim for finding in every_fix() if finding.fix.edits for claim in finding.fix.claims]
    assert len(claims) > 300
    assert [claim for claim in claims if not claim.unclear and statement_of(claim) is None] == []
    unclear = [claim.unclear for claim in claims if claim.unclear]
    assert len(unclear) < len(claims) / 20, unclear


def test_a_fix_that_states_nothing_cannot_be_made(monkeypatch):
    source = "import torch\n\n\ndef f(h):\n    return torch.log(torch.softmax(h, dim=1))\n"
    (offered,) = logitlint.check_source(source)
    assert offered.fix.edits
    monkeypatch.setattr("logitlint.verify.forms.known", lambda: {})
    (refused,) = logitlint.check_source(source)
    assert (refused.fix.applicability, refused.fix.edits) == (Applicability.NONE, ())


@TORCH
def test_pytorch_code_with_its_own_arguments(tmp_path):
    done, found = data(tmp_path, PYTORCH)
    assert done.exit_code == 0, done.stderr
    nll, sigmoid = "torch.nn.functional.nll_loss", "torch.sigmoid(x)"
    cross = (
        "torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5], dtype=x.dtype), "
        "label_smoothing=0.2, reduction='sum')"
    )
    weight = "weight=torch.tensor([0.5], dtype=x.dtype)"
    categorical = "torch.distributions.Categorical({}, validate_args=False).log_prob(k)"
    assert rewrites(found) == [
        ("LGT201", f"{cross}(torch.softmax(x, dim=1), k)", f"{cross}(x, k)", DIFFERENT),
        (
            "LGT203",
            f"{nll}(torch.softmax(x, dim=-1), k, ignore_index=2)",
            f"{nll}(torch.nn.functional.log_softmax(x, dim=-1), k, ignore_index=2)",
            DIFFERENT,
        ),
        ("LGT102", "sigmoid(x) > 0.3", "x > -0.847297860387", "equal"),
        (
            "LGT102",
            f"torch.nn.functional.binary_cross_entropy({sigmoid}, t, {weight})",
            f"torch.nn.functional.binary_cross_entropy_with_logits(x, t, {weight})",
            BETTER,
        ),
        ("LGT404", f"torch.log({sigmoid} + 1e-06)", "torch.nn.functional.logsigmoid(x)", DIFFERENT),
        ("LGT404", f"torch.log({sigmoid} + 1e-07)", "torch.nn.functional.logsigmoid(x)", DIFFERENT),
        ("LGT401", "torch.log(torch.softmax(x, dim=0))", "torch.log_softmax(x, dim=0)", BETTER),
        ("LGT406", "torch.log(x.sigmoid())", "torch.nn.functional.logsigmoid(x)", BETTER),
        ("LGT406", "torch.log(1 - x.sigmoid())", "torch.nn.functional.logsigmoid(-x)", BETTER),
        ("LGT409", "torch.exp(x).add(1).log()", "torch.nn.functional.softplus(x)", BETTER),
        (
            "LGT103",
            categorical.format("probs=torch.softmax(x, -1)"),
            categorical.format("logits=x"),
            BETTER,
        ),
    ]
    parts = [part for fix in found["fixes"] for part in fix["rewrites"]]
    assert [part["sampled"] for part in parts if part["sampled"]] == [["w as [0.5]"], ["eps as 1e-07"]]
    softmax = next(part for part in parts if "dim=0" in part["before"])["runs"][0]
    assert softmax["value_breaks_at"]["how"] == "-inf"
    assert 80 < softmax["value_breaks_at"]["z"] < 140
    assert found["versions"].keys() == {"torch"}


PLANTED = """\
import torch
import keras


def sign(h):
    return torch.log(1 - torch.sigmoid(h))


def axis(h):
    return torch.exp(h) / torch.exp(h).sum(1, keepdim=True)


def eps(h):
    return torch.log(torch.exp(h).sum(1) + 1e-3)


def right(h):
    return torch.log(torch.softmax(h, dim=1))


def left(h, y):
    return torch.nn.functional.cross_entropy(torch.softmax(h, dim=1), y)


loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)


def smoothing(h, y):
    return loss(y, keras.activations.softmax(h))
"""


def plant(monkeypatch):
    """Let fixes flip a sign, sum along another axis, forget an eps, drop label_smoothing, and leave a softmax in."""
    monkeypatch.setattr(logs, "negated", lambda text: text)
    over, unguarded, change = Formula._over, manual._unguarded, losses.change_call

    def along_another(self, function, name, given, axis):
        return over(self, function, name, given, {**axis, "axis": "0"} if name == "softmax" else axis)

    def forgetting(*arguments):
        found = unguarded(*arguments)
        if found is not None:
            found.guarded = False
        return found

    def dropping(draft, code, call, entry, use):
        change(draft, code, call, entry, use)
        for keyword in call.keywords:
            draft.change(code, *code.span(keyword.value), "0.0")

    remove = origin.remove

    def leaving(draft, value):
        code, node = draft.shop.at(value.origin), value.origin.node
        if code.of(node).startswith("torch"):
            draft.change(code, *code.span(node.args[0]), f"1 * {code.of(node.args[0])}")
        else:
            remove(draft, value)

    monkeypatch.setattr(Formula, "_over", along_another)
    monkeypatch.setattr(manual, "_unguarded", forgetting)
    monkeypatch.setattr(losses, "change_call", dropping)
    monkeypatch.setattr(origin, "remove", leaving)


@KERAS
def test_planted_wrong_fixes_are_caught(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    plant(monkeypatch)
    done, found = data(tmp_path, PLANTED)
    assert done.exit_code == 1
    verdicts = {fix["line"]: (fix["code"], fix["verdict"]) for fix in found["fixes"]}
    wrong = "NOT equal: fix withheld"
    assert verdicts == {
        6: ("LGT403", wrong),
        10: ("LGT407", wrong),
        14: ("LGT408", wrong),
        18: ("LGT401", BETTER),
        29: ("LGT101", wrong),
    }
    assert {fix["rewrites"][-1]["framework"] for fix in found["fixes"]} == {"torch", "keras-torch"}
    assert all(fix["reason"] for fix in found["fixes"] if fix["verdict"] == wrong)
    refused = next(finding.fix for finding in logitlint.check_source(PLANTED) if finding.code == "LGT201")
    assert refused.message == "nothing states that sparse_ce_logits(softmax(x), k) is sparse_ce_logits(softmax(x), k)"


@TORCH
def test_only_fixes_that_pass_are_applied(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "negated", lambda text: text)
    file = tmp_path / "a.py"
    file.write_text(
        "import torch\n\n\ndef f(h):\n    return torch.log(1 - torch.sigmoid(h)), torch.log(torch.softmax(h, dim=1))\n"
    )
    done = CliRunner().invoke(main, ["check", "--fix", "--verify", str(file)])
    assert done.exit_code == 1
    assert "torch.log(1 - torch.sigmoid(h)), torch.log_softmax(h, dim=1)" in file.read_text()
    assert "LGT403 is not fixed: it is NOT equal: " in done.stderr
    assert CliRunner().invoke(main, ["check", "--verify", str(file)]).exit_code == 2


WITH_NUMPY = (
    "import numpy as np\n\n\ndef f(h):\n    return np.log(np.sum(np.exp(h), axis=1)), np.log(np.sum(np.exp(h)))\n"
)


@NUMPY
def test_text_from_standard_input():
    done = run("-", "--dtype", "float32", text=WITH_NUMPY)
    assert done.exit_code == 0, done.stderr
    first, second = done.stdout.strip().split("\n\n")
    assert first.splitlines()[:3] == [
        f"<stdin>:5:12 LGT408 {BETTER}",
        "  numpy.log(numpy.sum(numpy.exp(x), axis=1))",
        "  → scipy.special.logsumexp(x, axis=1)",
    ]
    assert "breaks at z = float32 100 (inf)" in first
    assert "  → scipy.special.logsumexp(x)" in second.splitlines()
    assert done.stderr.startswith(f"2 fixes: 2 {BETTER}. 2 different rewrites run in ")


@NUMPY
def test_a_page_with_pictures(tmp_path):
    file = tmp_path / "a.py"
    file.write_text(WITH_NUMPY, "utf-8")
    done = run(str(file), "--dtype", "float32", "--output-format", "html")
    assert done.exit_code == 0
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.count("<tr><td>") == done.stdout.count('<figure class="plot" id="rewrite-') == 2
    assert done.stdout.count('<path class="before" d="M') == done.stdout.count('<path class="after" d="M') == 4
    assert done.stdout.rstrip().endswith("</html>")


@NUMPY
def test_the_same_rewrite_is_run_once():
    findings = logitlint.check_source(WITH_NUMPY * 2)
    verifier = Verifier()
    verifier.checker.dtypes = ["float32"]
    assert [proof.verdict for proof in verifier.verify(findings)] == [Verdict.BETTER] * 4
    assert verifier.run == 2
    verifier.verify(findings)
    assert verifier.run == 2


def test_a_call_that_is_given_a_loss_is_not_taken_for_it():
    source = (
        "import torch\nfrom skorch import NeuralNetClassifier\nfrom torch import nn\n\n\n"
        "class Own(NeuralNetClassifier):\n    pass\n\n\n"
        "class Net(nn.Module):\n    def forward(self, x):\n        return torch.log_softmax(x, dim=1)\n\n\n"
        "model = Own(Net, criterion=nn.CrossEntropyLoss)\n"
    )
    assert [finding.code for finding in logitlint.check_source(source)] == ["LGT204"]
    fixed = logitlint.fix_source(source, unsafe=True)
    assert fixed == source.replace("torch.log_softmax(x, dim=1)", "x")


VARIABLE = """\
from keras import Sequential
from keras.layers import Activation, Dense


def net(last):
    return Sequential([Dense(10), Activation(last)])


model = net("softmax")
model.compile(loss="categorical_crossentropy")
encoder = net("tanh")
encoder.compile(loss="mse")
"""


def test_an_activation_that_a_variable_chooses_stays():
    assert [finding.code for finding in logitlint.check_source(VARIABLE)] == ["LGT101"]
    assert logitlint.fix_source(VARIABLE, unsafe=True) == VARIABLE


def test_nothing_to_verify(tmp_path):
    (tmp_path / "a.py").write_text("import torch\n", "utf-8")
    done = run(str(tmp_path))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "No fixes to verify\n")
    assert run(str(tmp_path / "missing.py")).exit_code == 2
    assert run(str(tmp_path), "--rules").exit_code == 2
    assert run(str(tmp_path), "--select", "LGT9999").exit_code == 2


def test_a_framework_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHILD", "import sys; sys.modules['numpy'] = None; " + runner.CHILD)
    done = run("-", "--dtype", "float32", text=WITH_NUMPY)
    assert done.exit_code == 2
    assert "    not verified: numpy: not installed (no module numpy)" in done.stdout.splitlines()
    assert done.stderr.splitlines()[0] == "numpy: not installed (no module numpy)"


@NUMPY
def test_a_framework_that_crashes_goes_on_with_the_next(monkeypatch):
    crashing = (
        f"import sys, os; sys.path.insert(0, {runner.ROOT!r}); import logitlint.verify.child as child; "
        "run = child.evaluated; child.evaluated = lambda engine, cases, mode: "
        "os._exit(3) if 'axis=1' in cases[0]['sources'][0] else run(engine, cases, mode); "
    )
    monkeypatch.setattr(runner, "CHILD", crashing + runner.CHILD)
    sums = ["np.log(np.sum(np.exp(h)))", "np.log(np.sum(np.exp(h), axis=1))", "np.log(1 + np.exp(h))"]
    done = run("-", "--dtype", "float32", text=f"import numpy as np\n\n\ndef f(h):\n    return {', '.join(sums)}\n")
    assert done.exit_code == 0
    stopped = "numpy: stopped at numpy.log(numpy.sum(numpy.exp(x), axis=1)) (eager, float32) with exit status 3"
    assert done.stderr.splitlines()[0] == stopped
    assert [line.split(" ", 2)[2] for line in done.stdout.splitlines() if line.startswith("<stdin>")] == [
        BETTER,
        "not verified",
        BETTER,
    ]


@NUMPY
def test_what_has_no_source_is_named():
    unclear = Claim("log(softmax(x))", "log_softmax(x)", unclear="the axis is not known")
    (finding, _) = logitlint.check_source(WITH_NUMPY)
    finding = dataclasses.replace(finding, fix=dataclasses.replace(finding.fix, claims=(unclear,)))
    (proof,) = Verifier().verify([finding])
    assert (proof.verdict, proof.reason) == (None, "the axis is not known")


def test_the_backend_of_keras(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert keras_backend(()) == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    assert keras_backend(()) == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert keras_backend(()) == "torch"
    assert keras_backend(("keras-tensorflow",)) == "tensorflow"
    monkeypatch.setenv("KERAS_BACKEND", "openvino")
    assert keras_backend(()) == "tensorflow"
