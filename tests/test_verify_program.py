"""Programs that are copied, fixed and run before and after, in real child processes."""

import builtins
import importlib.util
import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from running import notebook, run_cli

from logitlint.verify.command import verify
from logitlint.verify.program import run as program_run
from logitlint.verify.program.compare import Comparison
from logitlint.verify.program.distance import activation, distance, line_distance
from logitlint.verify.program.fixing import Fixed, fixed
from logitlint.verify.program.instrument import PROBE, instrumented
from logitlint.verify.program.record import Enough, Record
from logitlint.verify.program.report import judgement
from logitlint.verify.program.run import program_of
from logitlint.verify.program.versions import Outcome, Workshop

TOLERANCE = 1e-3

PATH = os.environ.get("PYTHONPATH", "")


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {missing}")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")


FORMULAS = """\
import sys
import uuid
from pathlib import Path

import numpy as np


def softplus(x):
    terms = np.log(1 + np.exp(x))
    return terms.sum()


if __name__ == "__main__":
    scale = float(sys.argv[1])
    x = scale * np.random.randn(6) + np.random.default_rng().normal() + float(Path("data/shift.txt").read_text())
    Path("out.txt").write_text(str(softplus(x)))
    sizes = np.abs(x)
    while sizes.max() > 1:
        sizes = sizes / 2
    print("softplus", softplus(x), "in run", uuid.uuid4())
    print("sizes", sizes)
"""


@pytest.fixture
def formulas(tmp_path: Path) -> Path:
    write(tmp_path, formulas=FORMULAS)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "shift.txt").write_text("0.5")
    return tmp_path


def test_a_program_runs_in_copies_with_its_arguments_and_data(formulas: Path) -> None:
    before = {path: path.read_bytes() for path in formulas.rglob("*") if path.is_file()}
    done = run_cli(formulas, "verify", "--program", "formulas.py", "--seed", "3", "--", "2")
    assert done.returncode == 0, done.stderr
    assert "Without and with 1 fix (LGT409 safe), meant to keep the numbers:" in done.stdout
    assert "not compared, because two runs without the fix differ: line 1 of what is printed" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Close: nothing that was compared differs by more than 0.001")
    assert {path: path.read_bytes() for path in formulas.rglob("*") if path.is_file()} == before


def test_what_was_infinite_and_is_not_any_more_is_said(formulas: Path) -> None:
    done = run_cli(formulas, "verify", "--program", "formulas.py", "--", "2000")
    assert "softplus: terms: " in done.stdout
    assert "of its numbers are finite with the fix, and inf or nan without" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("formulas.py", "--", "many"), "formulas.py:14: ValueError: could not convert string to float: 'many'"),
        (("formulas.py", "--timeout", "1", "--", "nan"), "formulas.py does not end within 1 s"),
        (("other.py",), "other.py was not seen to run any of the 2 places with a fix in"),
        (("ended.py",), "ended.py ends with exit status 3"),
    ],
)
def test_what_does_not_run_has_one_line_and_status_2(formulas: Path, arguments: tuple[str, ...], said: str) -> None:
    hangs = FORMULAS.replace("while sizes.max() > 1:", "while np.isnan(scale):")
    write(formulas, formulas=hangs, other="import formulas\n", ended=FORMULAS + "sys.exit(3)\n")
    if arguments[0] == "ended.py":
        arguments = (*arguments, "--", "1")
    done = run_cli(formulas, "verify", "--program", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]


def test_a_project_that_is_imported_from_where_it_is_installed(formulas: Path) -> None:
    (formulas / "lib").mkdir()
    (formulas / "formulas.py").rename(formulas / "lib" / "formulas.py")
    write(formulas, main="from formulas import softplus\nprint(softplus(1.0))\n")
    done = run_cli(
        formulas, "verify", "--program", "main.py", PYTHONPATH=os.pathsep.join([str(formulas / "lib"), PATH])
    )
    assert done.returncode == 0, done.stderr
    write(formulas, main=f"import sys\nsys.path.insert(0, {str(formulas / 'lib')!r})\nimport formulas\n")
    done = run_cli(formulas, "verify", "--program", "main.py")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"lib/formulas.py is imported from {formulas}, not from its copy")


def test_arguments_that_make_no_sense(formulas: Path) -> None:
    write(formulas, fine="print(1)\n")
    (formulas / "formulas.py").unlink()
    done = run_cli(formulas, "verify", "--program", "fine.py")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"{formulas}: there is no fix to run")
    runner = CliRunner()
    assert runner.invoke(verify, ["--program", str(formulas / "nothing.py")]).exit_code == 2
    assert "with --program go" in runner.invoke(verify, ["--rules", "--program", str(formulas / "fine.py")]).output
    assert (
        "no rule 'LGT999'"
        in runner.invoke(verify, ["--select", "LGT999", "--program", str(formulas / "fine.py")]).output
    )


def test_a_notebook(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\nimport numpy as np",
        "def f(x):\n    return np.log(1 + np.exp(x))",
        "y = f(np.ones(3))",
    ]
    (tmp_path / "work.ipynb").write_text(notebook(*cells, "display(y)\nprint(y)"), "utf-8")
    done = run_cli(tmp_path, "verify", "--program", "work.ipynb")
    assert done.returncode == 0, done.stderr
    assert "LGT409" in done.stdout
    assert "printed    1 line" in done.stdout


def test_a_wrong_fix_is_not_close(formulas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments) -> Fixed:
        right = fixed(*arguments)
        contents = {
            name: data.replace(b"np.logaddexp(0, x)", b"np.logaddexp(0, -x)") for name, data in right.contents.items()
        }
        assert contents != right.contents
        return Fixed(contents, right.findings, right.notes)

    monkeypatch.chdir(formulas)
    monkeypatch.setattr(program_run, "fixed", wrong)
    done = CliRunner().invoke(verify, ["--program", "formulas.py", "1"])
    assert done.exit_code == 1, done.output
    assert "Not close: softplus: terms.\n" in done.output

    def crashing(*arguments) -> Fixed:
        right = fixed(*arguments)
        return Fixed({"formulas.py": b"1 / 0\n"}, right.findings, right.notes)

    monkeypatch.setattr(program_run, "fixed", crashing)
    done = CliRunner().invoke(verify, ["--program", "formulas.py", "1"])
    assert done.exit_code == 1
    assert "with the fixes it stops: formulas.py:1: ZeroDivisionError: division by zero" in done.output


MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 8)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return torch.sigmoid(self.out(self.drop(torch.relu(self.hidden(x)))))
"""

TRAIN = """\
import torch
from model import Net
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader):
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    criterion = nn.BCELoss()
    for _ in range(1000):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        predicted = model(x)
        right = (predicted > 0.5) == y.bool()
    return right.float().mean().item()


def main():
    x = torch.randn(64, 3)
    y = (x[:, :1] + x[:, 1:2] > 0).float()
    model = Net()
    train(model, DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True))
    print(model, evaluate(model, x, y))


main()
"""


def versions(
    folder: Path, script: str, monkeypatch: pytest.MonkeyPatch, plants: Mapping[str, tuple[str, bytes, bytes]] = {}
) -> dict[str, Comparison]:
    """A program beside itself with its fixes, and with these that are changed: by name, the file, and what for what."""
    monkeypatch.chdir(folder)
    program = program_of(Path(script), (), 5, 0, 120)
    right = fixed(program.root, program.script, ()).contents
    with Workshop(program) as workshop:
        before = workshop.run({})
        found = {"": Comparison(before, before, workshop.run(right), TOLERANCE)}
        for name, (file, old, new) in plants.items():
            assert old in right[file]
            wrong = {**right, file: right[file].replace(old, new)}
            found[name] = Comparison(before, before, workshop.run(wrong), TOLERANCE)
    assert not workshop.folder.exists()
    return found


@needs("torch")
def test_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, model=MODEL, train=TRAIN)
    plants = {
        "threshold": ("train.py", b"> 0.0", b"> 0.5"),
        "loss": ("train.py", b"BCEWithLogitsLoss()", b"BCEWithLogitsLoss(pos_weight=torch.tensor(1.05))"),
    }
    found = versions(tmp_path, "train.py", monkeypatch, plants)
    right = found[""]
    assert right.before.shortened
    assert not right.not_close
    assert {row.what: row.size for row in right.rows} == {
        "loss at backward": "5 steps",
        "weights at the start": "4 arrays",
        "variables": right.rows[2].size,
        "printed": "1 line",
    }
    assert right.held.keys() == {"evaluate: predicted"}
    assert right.held["evaluate: predicted"][0] == "sigmoid"
    assert found["threshold"].not_close == ["printed", "evaluate: right"]
    assert {"loss at backward", "printed", "train: loss", "main: model"} <= set(found["loss"].not_close)
    assert "weights at the start" not in found["loss"].not_close


KERAS = """\
import keras
import numpy as np
import tensorflow as tf

x = np.random.randn(200, 3).astype("float32")
y = (x[:, :1] > 0).astype("float32")


def build():
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


model = build()
model.fit(x, y, batch_size=8, epochs=3, validation_data=(x[:20], y[:20]))
for _ in range(100):
    model.train_on_batch(x[:8], y[:8])
p = model.predict(x)
classes = (p > 0.5).astype(int)
print(p[:2], classes.sum(), model.evaluate(x, y))

weights = tf.Variable(tf.random.normal([3, 2]))
targets = tf.one_hot(tf.cast(y[:, 0], tf.int32), 2)
optimizer = keras.optimizers.SGD(0.1)


@tf.function(jit_compile=True)
def step():
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(tf.reduce_sum(targets * tf.math.log(tf.nn.softmax(x @ weights)), axis=1))
    optimizer.apply_gradients([(tape.gradient(loss, weights), weights)])
    return loss


for _ in range(100):
    step()

v1 = tf.compat.v1
with tf.Graph().as_default():
    slope = v1.get_variable("slope", [3, 1])
    cost = tf.reduce_mean(v1.losses.log_loss(y, tf.nn.sigmoid(tf.matmul(x, slope))))
    train = v1.train.GradientDescentOptimizer(0.1).minimize(cost)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for _ in range(100):
            session.run(train)
"""


@needs("tensorflow", "keras")
def test_keras_and_tensorflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, train=KERAS)
    (found,) = versions(tmp_path, "train.py", monkeypatch).values()
    assert not found.not_close, found.far
    sizes = {row.what: row.size for row in found.rows}
    for name in (
        "loss in fit",
        "accuracy in fit",
        "loss of train_on_batch",
        "loss at tape.gradient",
        "loss in the session",
    ):
        assert sizes[name] == "5 steps"
    assert sizes["val_loss in fit"] == "1 step"
    assert sizes["weights at the start"] == "3 arrays"
    assert {"p", "classes", "model", "weights"} <= found.before.variables.keys()


OPTAX = """\
import jax
import jax.numpy as jnp
import optax

x = jax.random.normal(jax.random.key(0), (30, 4))
labels = jnp.argmax(x[:, :3], axis=1)
params = {"w": jax.random.normal(jax.random.key(1), (4, 3))}
optimizer = optax.adam(0.1)
state = optimizer.init(params)


def loss_fn(params):
    p = jax.nn.softmax(x @ params["w"])
    return optax.softmax_cross_entropy_with_integer_labels(p, labels).mean()


@jax.jit
def step(params, state):
    loss, grads = jax.value_and_grad(loss_fn)(params)
    updates, state = optimizer.update(grads, state)
    return optax.apply_updates(params, updates), state, loss


for _ in range(1000):
    params, state, loss = step(params, state)
print(loss, jnp.log(1 + jnp.exp(x[0, 0])), jax.vmap(jax.grad(jnp.sin))(x[0]))
"""


@needs("jax", "optax")
def test_jax_with_fixes_of_both_kinds(tmp_path: Path) -> None:
    write(tmp_path, train=OPTAX)
    done = run_cli(tmp_path, "verify", "--program", "train.py", "--steps", "4")
    assert done.returncode == 0, done.stderr
    first, kept, changed = done.stdout.split("\n\n")
    assert first == "Training loops were ended after 4 steps: --steps asks for more."
    assert kept.startswith("Without and with 1 fix (LGT409 safe), meant to keep the numbers:")
    assert "loss at jax.grad      4 steps  the same" in kept
    assert "weights at the start  1 array  the same" in kept
    assert changed.startswith("Without and with 1 fix (LGT201 unsafe), meant to change the numbers, so not judged:")
    assert "weights at the start  1 array  the same" in changed
    assert "loss at jax.grad, step by step, without and with the fix:" in changed
    losses = [[float(number) for number in line.split()[1:]] for line in changed.splitlines()[-4:]]
    assert all(len(pair) == 2 and pair[0] != pair[1] for pair in losses)


ORDINARY = '''\
"""Words."""
from __future__ import annotations

import asyncio
import inspect


class Base:
    for name in ("a", "b"):
        pass

    def __init__(self, *values: int, scale=1):
        """Words of a method."""
        self.values, self.scale = values, scale

    def __iter__(self):
        for value in self.values:
            yield value * self.scale


class Derived(Base):
    def __init__(self, *values):
        super().__init__(*values, scale=2)


count = 0


def counted(limit):
    global count

    def more():
        nonlocal limit
        limit -= 1
        return limit

    while more() > 0:
        count += 1
        if count == 100:
            break
    else:
        return "else"


def only_words():
    """Nothing else."""


async def later():
    async def items():
        for i in range(2):
            yield i

    return [i async for i in items()]


def searched(items):
    for item in items:
        try:
            if item == 2:
                return item
            continue
        finally:
            del item
    else:
        return None


found = [list(Derived(1, 2)), counted(5), count, searched([1, 2, 3]), searched([]), asyncio.run(later()), Base.name]
found += [Base.__init__.__doc__, only_words.__doc__, only_words(), __doc__, str(inspect.signature(Base))]
'''


def test_code_runs_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(limit=3)
    monkeypatch.setattr(builtins, PROBE, record, raising=False)
    plain, watched = {"__name__": "plain"}, {"__name__": "plain"}
    exec(ORDINARY, plain)
    exec(instrumented(ORDINARY, "ordinary.py"), watched)
    assert watched["found"] == plain["found"]
    assert plain["found"][:3] == [[2, 4], "else", 4]
    assert record.variables["counted: limit"] == 0
    assert {"Derived.__init__: values", "searched: items"} <= record.variables.keys()


def test_loops_end_when_they_have_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(limit=3)
    monkeypatch.setattr(builtins, PROBE, record, raising=False)
    names = {"step": lambda: record.step("loss", 1.0), "seen": []}
    source = """
for epoch in range(10):
    for batch in range(2):
        step()
        seen.append((epoch, batch))
    seen.append(sum(1 for _ in range(5)))
    for batch in range(4):
        seen.append("evaluated")
while True:
    step()
    seen.append("again")
"""
    exec(instrumented(source, "loops.py"), names)
    evaluated = ["evaluated"] * 4
    assert names["seen"] == [(0, 0), (0, 1), 5, *evaluated, (1, 0), 5, *evaluated, "again", "again", "again"]
    assert (record.shortened, record.cut, len(record.curves["loss"])) == (True, False, 6)
    with pytest.raises(Enough):
        [record.require_end() for _ in range(1000) if record.step("loss", 1.0) is None]


def outcome(losses: list[float], **variables: list[float]) -> Outcome:
    return Outcome({"loss": losses}, [], {name: [np.array(value)] for name, value in variables.items()}, [])


def test_nothing_is_compared_after_the_old_form_broke() -> None:
    before, after = outcome([1.0, 0.5, math.nan, math.nan], p=[1.0]), outcome([1.0, 0.5, 0.4, 0.3], p=[2.0])
    found = Comparison(before, before, after, TOLERANCE)
    assert [(row.what, row.size, row.off) for row in found.rows] == [("loss", "2 steps", 0.0)]
    assert found.broken == {"loss": 2}
    assert Comparison(after, after, before, TOLERANCE).not_close == ["loss", "p"]


def test_what_does_not_repeat_itself_is_not_compared() -> None:
    before, again = outcome([1.0], p=[1.0], q=[2.0]), outcome([1.0], p=[1.5], q=[2.0])
    found = Comparison(before, again, outcome([1.0], p=[3.0], q=[2.5]), TOLERANCE)
    assert (found.unsteady, found.far) == (["p"], {"q": 0.25})
    assert Comparison(before, outcome([2.0]), before, TOLERANCE).unsteady_curves == ["loss"]


def test_weights_that_are_drawn_otherwise_are_named() -> None:
    before, after = (Outcome({}, [np.array([weight])], {}, []) for weight in (1.0, 2.0))
    found = Comparison(before, before, after, TOLERANCE)
    assert found.not_close == ["weights at the start"]
    assert "which random numbers the weights are made of" in "".join(judgement(found))


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [
        ("loss 0.1234 of 10", "loss 0.1235 of 10", 0.0),
        ("loss 0.1234", "loss 0.1334", 0.0804),
        ("7 right", "8 right", 1 / 7),
        ("cat 0.5", "dog 0.5", math.inf),
        ("[0.5  1.  ]", "[0.5 1.0000001]", 0.0),
        ("tensor([2.], grad_fn=<NegBackward0>)", "tensor([2.], grad_fn=<MeanBackward0>)", 0.0),
        ("1e-3 -inf", "2e-3 -5.0", 1.0),
        ("conv2d_1 4", "conv2d_2 4", math.inf),
    ],
)
def test_lines(one: str, other: str, off: float) -> None:
    assert line_distance(one, other) == pytest.approx(off, abs=1e-3)


def test_arrays() -> None:
    assert distance(np.array([1.0, 100.0]), np.array([2.0, 100.0])) == 0.01
    assert distance(np.array([1.0]), np.array([math.nan])) == math.inf
    assert distance(np.array([math.inf, 1.0]), np.array([3.0, 1.0])) == 0.0
    assert distance(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 9])) == 0.25
    assert distance(np.zeros(2), np.zeros(3)) == math.inf
    logits = np.array([[-1.0, 2.0, 0.5]])
    softmax = np.exp(logits) / np.exp(logits).sum()
    assert activation([softmax], [logits], TOLERANCE)[0] == "softmax"
    assert activation([1 / (1 + np.exp(-logits))], [logits], TOLERANCE)[0] == "sigmoid"
    assert activation([1 - softmax], [logits], TOLERANCE) is None
