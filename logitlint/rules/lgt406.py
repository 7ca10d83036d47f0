"""LGT406: a binary cross entropy written out by hand."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT406",
    name="manual-binary-cross-entropy",
    severity=Severity.WARNING,
    summary="-(y * log(p) + (1 - y) * log(1 - p)) instead of the library's loss on logits",
    message=(
        "binary cross entropy by hand is nan once {activation} rounds to 0 or 1 (logits beyond {rounds}); "
        "use {binary_cross_entropy}"
    ),
    why="""\
In float32 `p = sigmoid(z)` is exactly 1 from z = 16.8 on and 0 below -87.5 to -89. One of the two logarithms is then
`-inf`:

- a **correct** positive sample with z >= 16.8 gives `nan`, since its second half is `0 * -inf`;
- a wrong negative sample with z >= 16.8 gives `inf`, a wrong positive one with z <= -89 too.

In float16 it breaks at 8, in bfloat16 at 6. A good model reaches these logits, and one `nan` destroys every weight.
Compilers do not repair it, and an eps inside the logarithm has its own faults (LGT404).

The library's loss computes `max(z, 0) - z * y + log1p(exp(-|z|))` and is exact for every input.
""",
    fix="""\
Use the loss on logits: `F.binary_cross_entropy_with_logits(z, y)`,
`tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z)`, `BinaryCrossentropy(from_logits=True)`,
`optax.sigmoid_binary_cross_entropy(z, y)`. With NumPy: `np.logaddexp(0, z) - y * z`.
""",
    bad=(
        """\
import torch


def bce(logits, y):
    p = torch.sigmoid(logits)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
""",
        """\
import tensorflow as tf


def log_loss(x, w, y):
    p = tf.sigmoid(tf.matmul(x, w))
    return tf.reduce_mean(-y * tf.math.log(p) - (1 - y) * tf.math.log(1 - p))
""",
        """\
import jax
import jax.numpy as jnp


def loss(w, x, y):
    preds = jax.nn.sigmoid(jnp.dot(x, w))
    return -jnp.mean(y * jnp.log(preds) + (1.0 - y) * jnp.log(1.0 - preds))
""",
        """\
import numpy as np
from scipy.special import expit


def cost(theta, x, y):
    h = expit(x @ theta)
    return -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / len(y)
""",
    ),
    good=(
        """\
import torch.nn.functional as F


def bce(logits, y):
    return F.binary_cross_entropy_with_logits(logits, y)
""",
        """\
import torch


def stable_bce(z, y):
    return (torch.relu(z) - z * y + torch.log1p(torch.exp(-torch.abs(z)))).mean()
""",
        """\
import jax
import jax.numpy as jnp


def loss(w, x, y):
    z = jnp.dot(x, w)
    return jnp.mean(jax.nn.softplus(z) - y * z)
""",
        """\
import numpy as np


def binary_entropy(p):
    return -(p * np.log(p) + (1 - p) * np.log(1 - p))
""",
        """\
import torch.nn.functional as F


def weighted_bce(z, y, pos_weight):
    return -(pos_weight * y * F.logsigmoid(z) + (1 - y) * F.logsigmoid(-z)).mean()
""",
    ),
)
