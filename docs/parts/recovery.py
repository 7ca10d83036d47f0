"""What Keras makes of a softmax or sigmoid in front of its losses, measured on each backend.

One sample is badly wrong: logits `[0, 200]` with class 0, or the one logit -200 with target 1. On paper the loss is 200
and the gradient has size 1. `KERAS_BACKEND=jax python recovery.py` measures on one backend and
prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

COLUMNS: Mapping[str, tuple[str, str]] = {
    "TensorFlow, `fit`": ("tensorflow", "graph"),
    "TensorFlow, op by op": ("tensorflow", "eager"),
    "JAX": ("jax", "eager"),
    "PyTorch": ("torch", "eager"),
}
GAP = 200.0

Measured = tuple[float, float]
"""The loss and the size of its gradient."""

Key = tuple[str, str, bool]
"""What a model ends with, the loss, and whether it is told `from_logits=True`."""


def table() -> str:
    """The table, and what its words mean in numbers."""
    backends = list(dict.fromkeys(backend for backend, _ in COLUMNS.values()))
    started = {backend: _start(backend) for backend in backends}
    found = {backend: _finish(child) for backend, child in started.items()}
    numbers: dict[str, set[Measured]] = {}
    rows: dict[tuple[str, str], list[str]] = {}
    for head, loss, from_logits in found[backends[0]]["graph"]:
        cells = []
        for backend, mode in COLUMNS.values():
            measured = found[backend][mode][head, loss, from_logits]
            numbers.setdefault(said(measured), set()).add(measured)
            cells.append(said(measured))
        old = rows.get((head, loss))
        rows[head, loss] = [f"{one} / {other}" for one, other in zip(old, cells, strict=True)] if old else cells
    lines = [f"| {head} | {loss} | {' | '.join(cells)} |" for (head, loss), cells in rows.items()]
    legend = [f"* {word}: {ranges(numbers[word])}" for word in (RIGHT, CLIPPED, TWICE) if word in numbers]
    titles = ("the model ends with", "cross entropy", *COLUMNS)
    return "\n".join([*legend, "", f"| {' | '.join(titles)} |", "|" + "---|" * len(titles), *lines]) + "\n"


RIGHT, CLIPPED, TWICE = "right", "*clipped*", "**twice**"


def said(measured: Measured) -> str:
    """What happened, in a word; the numbers where it is none of them."""
    loss, gradient = measured
    if abs(loss - GAP) < 1 and abs(gradient - 1) < 0.01:
        return RIGHT
    if gradient == 0:
        return CLIPPED if loss > 10 else TWICE
    return f"loss {loss:.4g}, gradient {gradient:.2g}"


def ranges(numbers: set[Measured]) -> str:
    """The smallest and largest numbers."""
    losses, gradients = zip(*numbers, strict=True)
    ends = dict.fromkeys(f"{loss:.4g}" for loss in (min(losses), max(losses)))
    return f"loss {' to '.join(ends)}, gradient {max(gradients):.2g}"


def _start(backend: str) -> subprocess.Popen[str]:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, __file__],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **quiet, "KERAS_BACKEND": backend},
    )


def _finish(child: subprocess.Popen[str]) -> dict[str, dict[Key, Measured]]:
    output, errors = child.communicate()
    if child.returncode:
        raise RuntimeError(f"Keras cannot be measured:\n{errors}")
    found: dict[str, dict[Key, Measured]] = {}
    for mode, head, loss, from_logits, *measured in json.loads(output.splitlines()[-1]):
        found.setdefault(mode, {})[head, loss, from_logits] = (measured[0], measured[1])
    return found


def _measure() -> Iterator[tuple[str, str, str, bool, float, float]]:
    """Each head with each of its losses, in each mode of the backend."""
    import keras
    import numpy as np

    modes = ("graph", "eager") if keras.backend.backend() == "tensorflow" else ("eager",)
    for head, (steps, shape, pairs) in heads().items():
        inputs = keras.Input(shape)
        outputs = inputs
        for step in steps:
            outputs = step(outputs)
        model = keras.Model(inputs, outputs)
        logits = np.array([0.0, GAP] if shape[-1] == 2 else [-GAP], "float32").reshape(1, *shape)
        target = np.array([1.0, 0.0] if shape[-1] == 2 else [1.0], "float32").reshape(1, *shape)
        for name, from_logits in pairs:
            loss = getattr(keras.losses, name)(**OPTIONS.get(name, {}), **TOLD if from_logits else {})
            wanted = np.zeros(target.shape[:-1], "int32") if name.startswith("Sparse") else target
            for mode in modes:
                yield mode, head, WORDS[name], from_logits, *_run(model, loss, logits, wanted, mode)


OPTIONS: Mapping[str, Mapping[str, float]] = {
    "CategoricalFocalCrossentropy": {"alpha": 1.0, "gamma": 0.0},
    "BinaryFocalCrossentropy": {"gamma": 0.0},
    "SparseCategoricalCrossentropy": {"ignore_class": 9},
}
"""What makes the focal losses the plain ones, and the class that does not count."""

WORDS: Mapping[str, str] = {
    "CategoricalCrossentropy": "categorical",
    "CategoricalFocalCrossentropy": "categorical focal",
    "SparseCategoricalCrossentropy": "sparse, with `ignore_class`",
    "KLDivergence": "KL divergence",
    "BinaryCrossentropy": "binary",
    "BinaryFocalCrossentropy": "binary focal",
}

TOLD = {"from_logits": True}

Head = tuple[Sequence[Callable[[Any], Any]], tuple[int, ...], Sequence[tuple[str, bool]]]
"""The steps from the input to the output, the shape of a sample, and the losses, each with its `from_logits`."""


def heads() -> Mapping[str, Head]:
    """What models end with."""
    import keras
    from keras import layers

    def dense(units: int, activation: str, **options: Any) -> Any:
        return layers.Dense(units, activation, use_bias=False, kernel_initializer="identity", **options)

    def both(*names: str) -> list[tuple[str, bool]]:
        return [(name, from_logits) for name in names for from_logits in (False, True)]

    softmax, native = layers.Softmax(), layers.Lambda(_own_softmax(keras.backend.backend()), output_shape=(2,))
    cross, focal = both("CategoricalCrossentropy"), both("CategoricalFocalCrossentropy")
    binary, binary_focal = both("BinaryCrossentropy"), both("BinaryFocalCrossentropy")
    others = [("SparseCategoricalCrossentropy", False), ("KLDivergence", False)]
    half = "mixed_float16"
    steps: Mapping[str, Sequence[Callable[[Any], Any]]] = {
        "`Softmax()`": [softmax],
        "`keras.ops.softmax`": [keras.ops.softmax],
        "the framework's own softmax": [native],
        'softmax, then `Activation("linear")`': [softmax, layers.Activation("linear")],
        "softmax, then `Reshape`": [softmax, layers.Reshape((2,))],
        "softmax, then a cast": [softmax, lambda p: keras.ops.cast(p, "float16")],
        "softmax, then a slice": [softmax, lambda p: p[:, :2]],
        '`Dense(2, "softmax")` in `mixed_float16`': [dense(2, "softmax", dtype=half)],
        "`Dense` in `mixed_float16`, then softmax in `float32`": [
            dense(2, "linear", dtype=half),
            layers.Activation("softmax", dtype="float32"),
        ],
    }
    return {
        '`Dense(2, "softmax")`': ([dense(2, "softmax")], (2,), cross + focal + others),
        **{head: (path, (2,), cross) for head, path in steps.items()},
        "`TimeDistributed`, softmax inside": (
            [layers.TimeDistributed(dense(2, "softmax"))],
            (1, 2),
            cross,
        ),
        '`Dense(1, "sigmoid")`': ([dense(1, "sigmoid")], (1,), binary + binary_focal),
        "sigmoid, then `Reshape`": ([layers.Activation("sigmoid"), layers.Reshape((1,))], (1,), binary),
        "`Dense(2)`, as it is meant": ([dense(2, "linear")], (2,), [cross[1], focal[1]]),
        "`Dense(1)`, as it is meant": ([dense(1, "linear")], (1,), [binary[1], binary_focal[1]]),
    }


def _own_softmax(backend: str) -> Callable[[Any], Any]:
    """The softmax of what Keras runs on."""
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.nn.softmax  # type: ignore[no-any-return]
    if backend == "jax":
        import jax

        return jax.nn.softmax
    import torch

    return lambda x: torch.softmax(x, dim=-1)


def _run(model: Any, loss: Any, logits: Any, target: Any, mode: str) -> Measured:
    """The loss of a sample, and the largest derivative by a logit."""
    import keras
    import numpy as np

    def value(z: Any) -> Any:
        return loss(target, model(z))

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        def both(z: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(z)
                found = value(z)
            return found, tape.gradient(found, z)

        found, slope = (tf.function(both) if mode == "graph" else both)(tf.constant(logits))
    elif backend == "jax":
        import jax

        found, slope = jax.value_and_grad(value)(jax.numpy.asarray(logits))
    else:
        import torch

        z = torch.tensor(logits, requires_grad=True)
        found = value(z)
        found.backward()
        found, slope = found.detach(), z.grad
    return float(found), float(np.abs(np.asarray(slope)).max())


if __name__ == "__main__":
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        sys.modules["tensorflow"] = None  # type: ignore[assignment]  # which Keras imports wherever it is installed
    print(json.dumps(list(_measure())))
