"""What each framework calls the stable functions, for messages: the names that a user can type."""

from __future__ import annotations

from collections.abc import Mapping

from ..flow.values import Tensor, Value

DEFAULT: Mapping[str, str] = {
    **{name: name for name in ("softmax", "log_softmax", "sigmoid", "log_sigmoid", "softplus", "logsumexp")},
    "cross_entropy": "the library's cross entropy on the logits",
    "binary_cross_entropy": "the library's loss on the logits",
}
"""By the names that fixes and statements use."""

NAMES: Mapping[str, Mapping[str, str]] = {
    "torch": {
        "log_sigmoid": "logsigmoid",
        "cross_entropy": "F.cross_entropy on the logits",
        "binary_cross_entropy": "F.binary_cross_entropy_with_logits",
    },
    "tensorflow": {
        "logsumexp": "reduce_logsumexp",
        "cross_entropy": "tf.nn.softmax_cross_entropy_with_logits",
        "binary_cross_entropy": "tf.nn.sigmoid_cross_entropy_with_logits",
    },
    "jax": {
        "cross_entropy": "optax.softmax_cross_entropy on the logits",
        "binary_cross_entropy": "optax.sigmoid_binary_cross_entropy on the logits",
    },
    "numpy": {
        "softmax": "scipy.special.softmax",
        "log_softmax": "scipy.special.log_softmax",
        "sigmoid": "scipy.special.expit",
        "log_sigmoid": "scipy.special.log_expit",
        "softplus": "np.logaddexp(0, x)",
        "logsumexp": "scipy.special.logsumexp",
        "cross_entropy": "scipy.special.log_softmax on the logits",
        "binary_cross_entropy": "scipy.special.log_expit on the logits",
    },
}
"""Where a framework has another name, or one that says more."""

ROOTS: Mapping[str, str] = {
    "torch": "torch",
    "tensor": "torch",
    "tensorflow": "tensorflow",
    "jax": "jax",
    "flax": "jax",
    "numpy": "numpy",
    "scipy": "numpy",
    "math": "numpy",
}


def framework_of(value: Tensor) -> str:
    """The framework that computes a term, by the outermost functions in it; empty if that has no words of its own."""
    level: list[Value] = [value]
    while level:
        roots = [term.spelled.partition(".")[0] for term in level if isinstance(term, Tensor) and term.spelled]
        if roots:
            return next((ROOTS[root] for root in roots if root in ROOTS), "")
        level = [arg for term in level if isinstance(term, Tensor) for arg in term.args]
    return ""


def name_in(framework: str, function: str) -> str:
    """What a framework calls a stable function."""
    return NAMES.get(framework, {}).get(function, DEFAULT[function])
