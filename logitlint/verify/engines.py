"""Evaluating source on a framework: the elements of the result, and their gradient by its own differentiation.

Runs in the child process; each engine imports its framework when it is made.
"""

from __future__ import annotations

import functools
import importlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

Function = Callable[[Mapping[str, Any]], Any]
"""What an expression computes from its inputs."""

Numbers = list[Any]


class Engine(Protocol):
    """A framework with its ways to run a function.

    `run` gives the result as `(samples, elements)` and one gradient for each name in `moving`, as NumPy arrays of
    float64; the gradient is that of the elements times `weights`, which has one row for each sample.
    """

    def modes(self) -> Sequence[str]:
        """The ways to run that work here."""

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """A tensor; class indices have the dtype `int64`."""

    def turned(self, tensor: Any) -> Any:
        """A tensor with two axes, transposed."""

    def stacked(self, tensors: Sequence[Any]) -> Any:
        """Tensors along a new first axis."""

    def run(
        self, function: Function, inputs: Mapping[str, Any], moving: Sequence[str], weights: Numbers, mode: str
    ) -> tuple[Any, list[Any]]:
        """Evaluate and differentiate; without `moving` nothing is differentiated."""


class Torch:
    """PyTorch, eager and compiled."""

    def __init__(self) -> None:
        self.torch: Any = importlib.import_module("torch")
        self.torch.set_num_threads(1)

    def modes(self) -> Sequence[str]:
        """`torch.compile` needs a C++ compiler."""
        return ("eager", "compile") if shutil.which("c++") or shutil.which("g++") else ("eager",)

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """A tensor on the CPU."""
        return self.torch.tensor(numbers, dtype=getattr(self.torch, dtype))

    def turned(self, tensor: Any) -> Any:
        """Transposed."""
        return tensor.T

    def stacked(self, tensors: Sequence[Any]) -> Any:
        """Stacked."""
        return self.torch.stack(list(tensors))

    def run(
        self, function: Function, inputs: Mapping[str, Any], moving: Sequence[str], weights: Numbers, mode: str
    ) -> tuple[Any, list[Any]]:
        """By `backward`."""
        step = self.torch.compile(function, dynamic=False) if mode == "compile" else function
        given = {name: value.clone().requires_grad_(name in moving) for name, value in inputs.items()}
        flat = step(given).reshape(len(weights), -1)
        gradients = []
        if moving:
            flat.backward(self.torch.tensor(weights, dtype=flat.dtype))
            gradients = [given[name].grad.double().numpy() for name in moving]
        return flat.detach().double().numpy(), gradients


class TensorFlow:
    """TensorFlow: eager, `tf.function`, and XLA."""

    def __init__(self) -> None:
        self.tf: Any = importlib.import_module("tensorflow")
        self.tf.config.threading.set_intra_op_parallelism_threads(1)

    def modes(self) -> Sequence[str]:
        """XLA comes with TensorFlow."""
        return "eager", "graph", "xla"

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """A tensor."""
        return self.tf.constant(numbers, dtype=dtype)

    def turned(self, tensor: Any) -> Any:
        """Transposed."""
        return self.tf.transpose(tensor)

    def stacked(self, tensors: Sequence[Any]) -> Any:
        """Stacked."""
        return self.tf.stack(list(tensors))

    def run(
        self, function: Function, inputs: Mapping[str, Any], moving: Sequence[str], weights: Numbers, mode: str
    ) -> tuple[Any, list[Any]]:
        """By `GradientTape`, inside of the compiled function."""
        tf, names = self.tf, list(inputs)

        def step(*tensors: Any) -> tuple[Any, Any]:
            given = dict(zip(names, tensors, strict=True))
            watched = [given[name] for name in moving]
            with tf.GradientTape() as tape:
                tape.watch(watched)
                flat = tf.reshape(function(given), (len(weights), -1))
            if not moving:
                return flat, []
            return flat, tape.gradient(flat, watched, output_gradients=tf.constant(weights, dtype=flat.dtype))

        run = step if mode == "eager" else tf.function(step, jit_compile=mode == "xla")
        flat, gradients = run(*inputs.values())
        return tf.cast(flat, "float64").numpy(), [tf.cast(one, "float64").numpy() for one in gradients]


class Jax:
    """JAX, op by op and under `jit`."""

    def __init__(self) -> None:
        self.jax: Any = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.numpy: Any = importlib.import_module("numpy")

    def modes(self) -> Sequence[str]:
        """Both always work."""
        return "eager", "jit"

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """An array; rounding to `dtype` is exact, since the numbers have it already."""
        return self.jax.numpy.asarray(self.numpy.asarray(numbers)).astype(dtype)

    def turned(self, tensor: Any) -> Any:
        """Transposed."""
        return tensor.T

    def stacked(self, tensors: Sequence[Any]) -> Any:
        """Stacked."""
        return self.jax.numpy.stack(list(tensors))

    def run(
        self, function: Function, inputs: Mapping[str, Any], moving: Sequence[str], weights: Numbers, mode: str
    ) -> tuple[Any, list[Any]]:
        """By `vjp`."""
        jax = self.jax

        def step(given: Mapping[str, Any]) -> tuple[Any, Any]:
            def of(*moved: Any) -> Any:
                return function({**given, **dict(zip(moving, moved, strict=True))}).reshape(len(weights), -1)

            if not moving:
                return of(), ()
            flat, pull = jax.vjp(of, *(given[name] for name in moving))
            return flat, pull(jax.numpy.asarray(weights).astype(flat.dtype))

        flat, gradients = (jax.jit(step) if mode == "jit" else step)(dict(inputs))
        return self._float64(flat), [self._float64(one) for one in gradients]

    def _float64(self, array: Any) -> Any:
        return self.numpy.asarray(array.astype("float64"))


class NumPy:
    """NumPy and SciPy: values only."""

    def __init__(self) -> None:
        self.numpy: Any = importlib.import_module("numpy")
        importlib.import_module("scipy.special")

    def modes(self) -> Sequence[str]:
        """There is one way to run it."""
        return ("eager",)

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """An array."""
        return self.numpy.asarray(numbers, dtype)

    def turned(self, tensor: Any) -> Any:
        """Transposed."""
        return tensor.T

    def stacked(self, tensors: Sequence[Any]) -> Any:
        """Stacked."""
        return self.numpy.stack(list(tensors))

    def run(
        self, function: Function, inputs: Mapping[str, Any], moving: Sequence[str], weights: Numbers, mode: str
    ) -> tuple[Any, list[Any]]:
        """The value alone, whatever is `moving`."""
        with self.numpy.errstate(all="ignore"):
            flat = function(inputs).reshape(len(weights), -1)
        return flat.astype("float64"), []


class Keras:
    """Keras 3: its functions, differentiated by its backend."""

    BACKENDS: ClassVar[Mapping[str, Callable[[], Engine]]] = {"tensorflow": TensorFlow, "jax": Jax, "torch": Torch}

    def __init__(self, backend: str) -> None:
        self.backend = self.BACKENDS[backend]()
        self.keras: Any = importlib.import_module("keras")
        self.modes = self.backend.modes
        self.turned = self.backend.turned
        self.stacked = self.backend.stacked
        self.run = self.backend.run

    def array(self, numbers: Numbers, dtype: str) -> Any:
        """A tensor, of the type that layers, losses and metrics made from now on compute in."""
        if dtype != "int64":
            self.keras.config.set_floatx(dtype)
        return self.backend.array(numbers, dtype)


ENGINES: Mapping[str, Callable[[], Engine]] = {
    "tensorflow": TensorFlow,
    "keras-tensorflow": functools.partial(Keras, "tensorflow"),
    "keras-jax": functools.partial(Keras, "jax"),
    "keras-torch": functools.partial(Keras, "torch"),
    "torch": Torch,
    "jax": Jax,
    "numpy": NumPy,
}
"""By framework, how source is run on it."""
