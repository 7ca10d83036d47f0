"""LGT407: a softmax written out by hand, without the max subtracted."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT407",
    name="manual-softmax",
    severity=Severity.WARNING,
    summary="exp(x) / sum(exp(x)) with no max subtracted",
    message="{softmax_by_hand}",
    why="""\
`exp(89)` is `inf` in float32, and `inf / inf` is `nan`. A single input of 89 or more turns the whole row into `nan`;
in float64 it takes 710, in float16 11.2. When all inputs are below -88.5 (TensorFlow, JAX) or -105 (PyTorch), the sum
is 0 and the result `0 / 0 = nan` as well. Under XLA and `jax.jit` the gradient is wrong from 44 on.

NumPy only prints a RuntimeWarning, the frameworks print nothing, and no compiler repairs it.

Subtracting the max first changes nothing on paper and makes every input safe: `e = exp(x - max(x)); e / sum(e)`.
""",
    fix="""\
The library's softmax, with the axis of the sum: `torch.softmax(x, dim=-1)`, `tf.nn.softmax(x)`, `jax.nn.softmax(x)`,
`scipy.special.softmax(x, axis=-1)`.
""",
    bad=(
        """\
import numpy as np


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
""",
        """\
import numpy as np


def probabilities(scores):
    exp_scores = np.exp(scores)
    return exp_scores / exp_scores.sum()
""",
        """\
import torch


def attention_weights(scores):
    num = torch.exp(scores)
    den = num.sum(dim=-1, keepdim=True)
    return num / den
""",
        """\
import tensorflow as tf


def softmax(logits):
    return tf.exp(logits) / tf.reduce_sum(tf.exp(logits), axis=-1, keepdims=True)
""",
        """\
import jax.numpy as jnp


def boltzmann(q_values, temperature):
    e = jnp.exp(q_values / temperature)
    return jnp.divide(e, jnp.sum(e))
""",
    ),
    good=(
        """\
import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
""",
        """\
import numpy as np


def softmax(x):
    x = x.copy()
    x -= x.max()
    return np.exp(x) / np.exp(x).sum()
""",
        """\
import torch


def softmax(x):
    biggest, _ = torch.max(x, dim=1, keepdim=True)
    e = torch.exp(x - biggest)
    return e / e.sum(dim=1, keepdim=True)
""",
        """\
import jax.numpy as jnp


def scaled_energy(x, reference):
    return jnp.exp(x) / jnp.sum(reference)
""",
        """\
import torch


def info_nce_ratio(pos, neg):
    return torch.exp(pos) / torch.exp(neg).sum(dim=1)
""",
        """\
import numpy as np


def normalise(weights):
    return weights / np.sum(weights)
""",
    ),
)
