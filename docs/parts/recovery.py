"""What Keras makes of a softmax or sigmoid in front of its losses, measured on each backend.

One sample is badly wrong: logits `[0, 200]` with class 0, or the one logit -200 with target 1. On paper the loss is 200
and the gradient has size 1. `python recovery.py BACKEND` measures on one backend and prints JSON.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
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


def table() -> str:
    """The table, and what its words mean in numbers."""
    backends = list(dict.fromkeys(backend for backend, _ in COLUMNS.values()))
    started = {backend: _start(backend) for backend in backends}
    found = {backend: _finish(child) for backend, child in started.items()}
    numbers: dict[str, set[Measured]] = {}
    rows = []
    for head, loss in found[backends[0]]["graph"]:
        cells = []
        for backend, mode in COLUMNS.values():
            measured = found[backend][mode][head, loss]
            word = said(measured)
            numbers.setdefault(word, set()).add(measured)
            cells.append(word)
        rows.append(f"| {head} | {loss} | {' | '.join(cells)} |")
    legend = [f"* {word}: {ranges(numbers[word])}" for word in (RIGHT, CLIPPED, TWICE) if word in numbers]
    titles = ("the model ends with", "loss", *COLUMNS)
    head_lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    return "\n".join(legend) + "\n\n" + "\n".join(head_lines + rows) + "\n"


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
        [sys.executable, __file__, backend],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **quiet, "KERAS_BACKEND": backend},
    )


def _finish(child: subprocess.Popen[str]) -> dict[str, dict[tuple[str, str], Measured]]:
    output, errors = child.communicate()
    if child.returncode:
        raise RuntimeError(f"Keras cannot be measured:\n{errors}")
    found: dict[str, dict[tuple[str, str], Measured]] = {}
    for mode, head, loss, *measured in json.loads(output.splitlines()[-1]):
        found.setdefault(mode, {})[head, loss] = (measured[0], measured[1])
    return found


def _measure() -> Iterator[tuple[str, str, str, float, float]]:
    """Each head with each of its losses, in each mode of the backend."""
    import keras
    import numpy as np

    modes = ("graph", "eager") if keras.backend.backend() == "tensorflow" else ("eager",)
    for name, (build, losses, shape) in heads().items():
        logits = np.array([[0.0, GAP]] if shape[-1] == 2 else [[-GAP]], "float32").reshape(1, *shape)
        target = np.array([[1.0, 0.0]] if shape[-1] == 2 else [[1.0]], "float32").reshape(1, *shape)
        for title, make in losses.items():
            model, loss = build(keras.Input(shape)), make()
            sparse = isinstance(loss, keras.losses.SparseCategoricalCrossentropy)
            wanted = np.zeros(target.shape[:-1], "int32") if sparse else target
            for mode in modes:
                yield mode, name, title, *_run(model, loss, logits, wanted, mode)


def heads() -> Mapping[str, tuple[Callable[[Any], Any], Mapping[str, Callable[[], Any]], tuple[int, ...]]]:
    """What models end with: how they are built on an input, with which losses, and the shape of a sample."""
    import keras
    from keras import layers, losses

    native = _own_softmax(keras.backend.backend())

    def ending(*steps: Any) -> Callable[[Any], Any]:
        def build(inputs: Any) -> Any:
            outputs = inputs
            for step in steps:
                outputs = step(outputs)
            return keras.Model(inputs, outputs)

        return build

    def dense(units: int, activation: str, **options: Any) -> Any:
        return layers.Dense(units, activation, use_bias=False, kernel_initializer="identity", **options)

    cross = _both("CategoricalCrossentropy")
    others = {
        "`SparseCategoricalCrossentropy(ignore_class=9)`": lambda: losses.SparseCategoricalCrossentropy(ignore_class=9),
        "`KLDivergence()`": losses.KLDivergence,
    }
    focal = _both("CategoricalFocalCrossentropy", alpha=1.0, gamma=0.0)
    binary = _both("BinaryCrossentropy")
    binary_focal = _both("BinaryFocalCrossentropy", gamma=0.0)
    float16 = {"dtype": "mixed_float16"}
    return {
        '`Dense(activation="softmax")`': (ending(dense(2, "softmax")), {**cross, **focal, **others}, (2,)),
        '`Activation("softmax")`, `Softmax()`': (ending(layers.Softmax()), cross, (2,)),
        "`keras.ops.softmax`": (ending(keras.ops.softmax), cross, (2,)),
        "the framework's own softmax": (ending(layers.Lambda(native, output_shape=(2,))), cross, (2,)),
        'softmax, then `Activation("linear")`': (ending(layers.Softmax(), layers.Activation("linear")), cross, (2,)),
        "softmax, then `Reshape`": (
            ending(layers.Softmax(), layers.Reshape((2,))),
            cross,
            (2,),
        ),
        "softmax, then a cast": (ending(layers.Softmax(), lambda p: keras.ops.cast(p, "float16")), cross, (2,)),
        "softmax, then a slice": (ending(layers.Softmax(), lambda p: p[:, :2]), cross, (2,)),
        '`TimeDistributed(Dense(activation="softmax"))`': (
            ending(layers.TimeDistributed(dense(2, "softmax"))),
            cross,
            (1, 2),
        ),
        '`Dense(activation="softmax")` in `mixed_float16`': (ending(dense(2, "softmax", **float16)), cross, (2,)),
        '`Dense` in `mixed_float16`, `Activation("softmax", dtype="float32")`': (
            ending(dense(2, "linear", **float16), layers.Activation("softmax", dtype="float32")),
            cross,
            (2,),
        ),
        '`Dense(1, activation="sigmoid")`': (ending(dense(1, "sigmoid")), {**binary, **binary_focal}, (1,)),
        "sigmoid, then `Reshape`": (ending(layers.Activation("sigmoid"), layers.Reshape((1,))), binary, (1,)),
        "`Dense(2)`, as it is meant": (ending(dense(2, "linear")), _of_logits({**cross, **focal}), (2,)),
        "`Dense(1)`, as it is meant": (ending(dense(1, "linear")), _of_logits({**binary, **binary_focal}), (1,)),
    }


def _both(name: str, **options: float) -> dict[str, Callable[[], Any]]:
    """A loss without and with `from_logits`."""
    import keras

    make = functools.partial(getattr(keras.losses, name), **options)
    return {f"`{name}()`": make, f"`{name}(from_logits=True)`": functools.partial(make, from_logits=True)}


def _of_logits(losses: Mapping[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    return {title: make for title, make in losses.items() if "from_logits" in title}


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
    print(json.dumps(list(_measure())))
