"""The catalog is true: every name is imported from the real framework, every signature compared with the real one."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from logitlint.catalog import load
from logitlint.catalog.model import Activation, Distribution, Entry, Loss, Metric, Op, Trainer, Wrapper
from logitlint.catalog.stable import frameworks

CATALOG = load()
ENTRIES = list(CATALOG.entries)
ROOTS = sorted({name.partition(".")[0] for entry in ENTRIES for name in entry.names})
REFERENCES = (
    *("value", "axis", "prediction", "target", "from_logits", "unless_set", "threshold", "units", "activation"),
    *("layers", "outputs", "level", "model", "loss"),
)
UNCHECKED = 40
"""How many parameter lists may stay uncompared, because Python cannot see them (C functions without a docstring)."""

MISSING = object()


@pytest.fixture(autouse=True, scope="module")
def compilers_in_order() -> None:
    """PyTorch's compiler and TensorFlow bring an LLVM each; the process survives only if PyTorch's comes first."""
    with contextlib.suppress(ImportError):
        importlib.import_module("torch._dynamo")


def framework(root: str) -> ModuleType:
    """The framework's module; the test is skipped where it is not installed, or too old for the others."""
    try:
        return importlib.import_module(root)
    except (ImportError, AttributeError) as error:
        pytest.skip(f"{root}: {error}")


@functools.cache
def resolve(name: str) -> Any:
    """The object of a dotted name, or MISSING."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            return functools.reduce(getattr, parts[end:], importlib.import_module(".".join(parts[:end])))
        except (ImportError, AttributeError):
            continue
    return MISSING


def spellings(name: str) -> Iterator[str]:
    """The name itself, then every way in which an alias reaches it."""
    yield name
    for prefix, target in CATALOG.aliases:
        if name.startswith(target + "."):
            yield prefix + name.removeprefix(target)


def real(name: str) -> Any:
    """What the name means in the first spelling that exists, or MISSING."""
    return next((found for s in spellings(name) if (found := resolve(s)) is not MISSING), MISSING)


def rows(root: str) -> Iterator[tuple[Entry, str]]:
    """Every row with each of its names below `root`."""
    return ((entry, name) for entry in ENTRIES for name in entry.names if name.partition(".")[0] == root)


def signature(thing: Any) -> inspect.Signature | None:
    """The signature, seen through metaclasses and dispatchers that hide it behind `*args`, or None."""
    for candidate in (thing, thing.__init__) if inspect.isclass(thing) else (thing,):
        try:
            found = inspect.signature(candidate)
        except (TypeError, ValueError):
            continue
        parameters = [p for p in found.parameters.values() if p.name != "self"]
        hidden = [p.kind for p in parameters[:1]] == [inspect.Parameter.VAR_POSITIONAL] and parameters[0].name == "args"
        if not hidden or len(parameters) == 1:
            return found.replace(parameters=parameters)
    return None


def listed(found: inspect.Signature) -> list[str]:
    """The parameters of a signature in the notation of the catalog."""
    return [("*" if p.kind is p.VAR_POSITIONAL else "") + p.name for p in found.parameters.values()]


def documented(thing: Any, short: str) -> list[list[str]]:
    """The parameter lists that a docstring writes down, `name(a, b) -> result`, one for each overload."""
    call = rf"\b{short.rstrip('_')}_?\((\w[^()]*(?:\([^()]*\)[^()]*)*)\)"
    calls = re.findall(rf"(?:\A\s*[\w.]*{call}|{call} *->)", getattr(thing, "__doc__", None) or "")
    return [[re.split(r"[=:\] ]", part.strip(" ["))[0] for part in "".join(one).split(",")] for one in calls]


def agrees(entry: Entry, name: str) -> bool | None:
    """Whether the row's parameters are the first of the real ones; None if nobody can say."""
    thing, wanted = real(name), list(entry.params)
    found = signature(thing)
    if found is not None:
        return listed(found)[: len(wanted)] == wanted
    overloads = documented(thing, name.rpartition(".")[2])
    return any(one[: len(wanted)] == wanted for one in overloads) if overloads else None


@pytest.mark.parametrize("root", ROOTS)
def test_names_exist_unless_they_are_gone(root: str) -> None:
    framework(root)
    wrong = [name for entry, name in rows(root) if (resolve(name) if entry.gone else real(name)) is MISSING]
    assert [name for name in wrong if not CATALOG.by_name[name].gone] == []
    still_there = [name for entry, name in rows(root) if entry.gone and name not in wrong]
    assert still_there == []


@pytest.mark.parametrize("root", ROOTS)
def test_classes_are_classes(root: str) -> None:
    framework(root)
    for entry, name in rows(root):
        found = real(name)
        if found is MISSING:
            continue
        if entry.kind == "class":
            assert inspect.isclass(found) or name.startswith("tensorflow.layers"), name
        elif inspect.isclass(found):
            assert entry.drifting or not callable(object.__new__(found)), f"{name} makes objects that can be called"


@pytest.mark.parametrize("root", ROOTS)
def test_parameters_are_in_their_real_order(root: str) -> None:
    framework(root)
    wrong = {}
    for entry, name in rows(root):
        if real(name) is not MISSING and not entry.drifting and agrees(entry, name) is False:
            wrong[name] = (entry.params, str(signature(real(name))))
    assert wrong == {}


def test_few_parameter_lists_cannot_be_compared() -> None:
    names = [
        name
        for entry in ENTRIES
        for name in entry.names
        if entry.params and not entry.drifting and real(name) is not MISSING and agrees(entry, name) is None
    ]
    assert len(names) <= UNCHECKED, names


@pytest.mark.parametrize("root", ROOTS)
def test_defaults_are_the_real_ones(root: str) -> None:
    framework(root)
    wrong = {}
    for entry, name in rows(root):
        found = real(name)
        known = signature(found) if found is not MISSING else None
        if known is None or entry.drifting:
            continue
        for parameter, value in entry.defaults.items():
            actual = known.parameters[parameter].default
            if (type(actual), actual) != (type(value), value) and actual != value:
                wrong[name] = (parameter, value, actual)
    assert wrong == {}


@pytest.mark.parametrize("root", ROOTS)
def test_objects_are_called_with_the_stated_parameters(root: str) -> None:
    framework(root)
    wrong = {}
    for entry, name in rows(root):
        cls = real(name)
        if entry.kind != "class" or cls is MISSING or isinstance(entry, Distribution | Trainer | Wrapper):
            continue
        ways = ("forward", "__call__") if isinstance(entry, Loss) else ("update_state", "forward", "call", "__call__")
        method = next((getattr(cls, way) for way in ways if hasattr(cls, way)), None)
        found = signature(method) if method else None
        if found is None or any(p.kind is p.VAR_POSITIONAL for p in found.parameters.values()):
            continue
        if listed(found)[: len(entry.call)] != list(entry.call):
            wrong[name] = (entry.call, str(found))
    assert wrong == {}


def test_rows_refer_to_parameters_that_exist() -> None:
    for entry in ENTRIES:
        named = [getattr(entry, field, "") for field in REFERENCES if not entry.gone]
        known = {p.lstrip("*") for p in (*entry.params, *entry.call)}
        for name in entry.names:
            found = signature(real(name)) if real(name) is not MISSING else None
            known.update(found.parameters if found else ())
        assert {p.lstrip("*") for p in (*named, *getattr(entry, "operands", ())) if p} <= known, entry.names


def test_twins_are_losses_on_logits() -> None:
    for entry in ENTRIES:
        if isinstance(entry, Loss) and entry.twin:
            twin = CATALOG.find(entry.twin)
            assert isinstance(twin, Loss), entry.twin
            assert (twin.expects, twin.family, twin.kind) == ("logits", entry.family, entry.kind)


def test_trainers_name_losses_that_have_a_row() -> None:
    for entry in ENTRIES:
        if isinstance(entry, Trainer) and entry.loss_default:
            for name in (entry.named.get(entry.loss_default, entry.loss_default), *entry.named.values()):
                assert isinstance(CATALOG.find(name), Loss)


def test_tensors_have_the_methods() -> None:
    numpy, torch, tensorflow = (pytest.importorskip(root) for root in ("numpy", "torch", "tensorflow"))
    jax = pytest.importorskip("jax")
    tensors = (torch.ones(2, 2), numpy.ones((2, 2)), tensorflow.ones((2, 2)), jax.numpy.ones((2, 2)))
    assert [name for name in CATALOG.by_method if not any(hasattr(t, name) for t in tensors)] == []


STABLE = [
    (name, path.replace("tensorflow.", "tensorflow.compat.v1.") if one.name == "tensorflow 1" else path, function)
    for one in frameworks().values()
    for name, function in one.functions.items()
    for path in function.paths
]
MEANINGS = {"relu": {"rectified"}, "softplus": {"rectified", "logaddexp"}}
SHORT = {"F": "torch.nn.functional", "tf": "tensorflow"}


@pytest.mark.parametrize("root", sorted({path.partition(".")[0] for _, path, _ in STABLE}))
def test_stable_functions_exist_and_take_their_keywords(root: str) -> None:
    framework(root)
    for _, path, function in STABLE:
        if path.startswith(f"{root}."):
            found = resolve(path)
            assert found is not MISSING, path
            known = signature(found)
            assert known is None or {function.axis, function.keep} - {""} <= set(known.parameters), path


def test_stable_functions_are_what_the_catalog_says() -> None:
    for name, path, _ in STABLE:
        entry = CATALOG.find(path)
        assert isinstance(entry, Activation | Op), path
        meaning = entry.space if isinstance(entry, Activation) else entry.op
        assert meaning in MEANINGS.get(name, {name}), path


def test_advised_losses_exist() -> None:
    advised = [said.split()[0].partition(".") for one in frameworks().values() for said in one.losses.values()]
    for head, _, rest in advised:
        framework(SHORT.get(head, head).partition(".")[0])
        assert resolve(f"{SHORT.get(head, head)}.{rest}") is not MISSING, rest


def accepted(kind: str, name: str) -> bool:
    """Whether one of the two Keras implementations accepts a string where an object is expected."""
    for root in ("keras", "tf_keras"):
        getter = resolve(f"{root}.{kind}").get
        try:
            if getter(name) is not None:
                return True
        except (TypeError, ValueError):
            continue
    return False


@pytest.mark.parametrize(("role", "kind"), [(Activation, "activations"), (Loss, "losses"), (Metric, "metrics")])
def test_keras_accepts_the_strings(role: type[Entry], kind: str) -> None:
    pytest.importorskip("keras")
    pytest.importorskip("tf_keras")
    strings = [s for entry in ENTRIES if type(entry) is role for s in entry.strings]
    assert [s for s in strings if s != "acc" and not accepted(kind, s)] == []


def test_a_string_belongs_to_one_row_of_its_role() -> None:
    counts = Counter((type(entry), s) for entry in ENTRIES for s in entry.strings)
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_root_of_a_name_is_stated() -> None:
    assert set(ROOTS) - {"builtins"} <= CATALOG.roots


def test_aliases_end_in_a_canonical_name() -> None:
    for prefix, _ in CATALOG.aliases:
        canonical = CATALOG.canonical(prefix + ".x")
        assert CATALOG.canonical(canonical) == canonical


KERAS = ["keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras", "tensorflow.compat.v1.keras", "keras.api"]
KERAS += ["keras._tf_keras.keras", "keras.src", "tensorflow.contrib.keras", "keras.api._v2.keras"]
PATHS = ["losses.BinaryCrossentropy", "layers.Dense", "layers.core.Dense", "activations.softmax", "Sequential", "Model"]
PATHS += ["backend.binary_crossentropy", "metrics.AUC"]


@pytest.mark.parametrize(("root", "path"), list(itertools.product(KERAS, PATHS)))
def test_keras_is_found_by_every_path(root: str, path: str) -> None:
    found = CATALOG.find(f"{root}.{path}")
    assert found is not None
    assert found is CATALOG.find("keras." + path)
    assert found.name.startswith("keras.")


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("keras.engine.training.Model", "keras.Model"),
        ("keras.layers.convolutional.SeparableConvolution2D", "keras.layers.SeparableConv1D"),
        ("keras.src.layers.core.dense.Dense", "keras.layers.Dense"),
        ("keras.objectives.binary_crossentropy", "keras.losses.binary_crossentropy"),
        ("tensorflow.losses.BinaryCrossentropy", "keras.losses.BinaryCrossentropy"),
        ("tensorflow.compat.v1.losses.sigmoid_cross_entropy", "tensorflow.losses.sigmoid_cross_entropy"),
        ("tensorflow.compat.v1.log", "tensorflow.log"),
        ("tensorflow.compat.v1.nn.softmax", "tensorflow.nn.softmax"),
        ("tensorflow.contrib.slim.fully_connected", "tensorflow.contrib.layers.fully_connected"),
        ("tf_slim.losses.softmax_cross_entropy", "tensorflow.contrib.losses.softmax_cross_entropy"),
        ("tensorflow.contrib.distributions.Categorical", "tensorflow_probability.distributions.Categorical"),
        ("torch.nn.modules.loss.CrossEntropyLoss", "torch.nn.CrossEntropyLoss"),
        ("torch.distributions.categorical.Categorical", "torch.distributions.Categorical"),
        ("flax.linen.activation.softmax", "jax.nn.softmax"),
        ("lightning.pytorch.LightningModule", "pytorch_lightning.LightningModule"),
        ("pytorch_lightning.core.lightning.LightningModule", "pytorch_lightning.LightningModule"),
        ("skorch.classifier.NeuralNetClassifier", "skorch.NeuralNetClassifier"),
    ],
)
def test_other_paths_are_found(name: str, canonical: str) -> None:
    found = CATALOG.find(name)
    assert found is not None
    assert found.name == canonical


@pytest.mark.parametrize("name", ["keras", "torch.nn", "torch.nn.Softmax.foo", "os.path.join", "tensorflow.losses.foo"])
def test_other_names_mean_nothing(name: str) -> None:
    assert CATALOG.find(name) is None
