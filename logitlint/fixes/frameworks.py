"""What the activations are called in each framework, for code that a fix writes."""

from __future__ import annotations

from dataclasses import dataclass

from ..flow.values import Const, Tensor


@dataclass(frozen=True)
class Activation:
    """A function that applies an activation: equivalent dotted paths, and the keyword of its axis if it has one."""

    paths: tuple[str, ...]
    axis: str = ""


FUNCTIONS: dict[str, dict[str, Activation]] = {
    "torch": {
        "softmax": Activation(("torch.softmax", "torch.nn.functional.softmax"), "dim"),
        "sigmoid": Activation(("torch.sigmoid", "torch.nn.functional.sigmoid")),
        "log_softmax": Activation(("torch.log_softmax", "torch.nn.functional.log_softmax"), "dim"),
        "log_sigmoid": Activation(("torch.nn.functional.logsigmoid",)),
        "exp": Activation(("torch.exp",)),
    },
    "tensorflow": {
        "softmax": Activation(("tensorflow.nn.softmax",), "axis"),
        "sigmoid": Activation(("tensorflow.sigmoid", "tensorflow.nn.sigmoid")),
        "log_softmax": Activation(("tensorflow.nn.log_softmax",), "axis"),
        "log_sigmoid": Activation(("tensorflow.math.log_sigmoid",)),
    },
    "keras": {
        "softmax": Activation(("keras.ops.softmax",), "axis"),
        "sigmoid": Activation(("keras.ops.sigmoid",)),
        "log_softmax": Activation(("keras.ops.log_softmax",), "axis"),
        "log_sigmoid": Activation(("keras.ops.log_sigmoid",)),
    },
    "jax": {
        "softmax": Activation(("jax.nn.softmax", "flax.linen.softmax"), "axis"),
        "sigmoid": Activation(("jax.nn.sigmoid", "flax.linen.sigmoid")),
        "log_softmax": Activation(("jax.nn.log_softmax", "flax.linen.log_softmax"), "axis"),
        "log_sigmoid": Activation(("jax.nn.log_sigmoid", "flax.linen.log_sigmoid")),
    },
    "numpy": {
        "softmax": Activation(("scipy.special.softmax",), "axis"),
        "sigmoid": Activation(("scipy.special.expit",)),
        "log_softmax": Activation(("scipy.special.log_softmax",), "axis"),
        "log_sigmoid": Activation(("scipy.special.log_expit",)),
    },
}

ROOTS = {
    "torch": "torch",
    "tensor": "torch",
    "tensorflow": "tensorflow",
    "tf_keras": "tensorflow",
    "keras": "keras",
    "jax": "jax",
    "flax": "jax",
    "haiku": "jax",
    "numpy": "numpy",
    "scipy": "numpy",
}


def framework(value: Tensor) -> str:
    """The framework of an activation, by the spelling under which the source imports it; empty if unknown."""
    spelled = value.spelled or (value.entry.name if value.entry is not None else "")
    return ROOTS.get(spelled.split(".")[0], "")


def activation_of(value: Tensor) -> Activation | None:
    """The function that applies the activation of a value."""
    return FUNCTIONS.get(framework(value), {}).get(value.op)


def axis_of(value: Tensor) -> str | None:
    """The axis of a softmax as source: empty for the last one, None where the code does not say it."""
    if value.op in ("sigmoid", "exp"):
        return ""
    if isinstance(value.axis, Const) and isinstance(value.axis.value, int):
        return str(value.axis.value)
    return None if value.axis is not None or framework(value) == "torch" else ""
