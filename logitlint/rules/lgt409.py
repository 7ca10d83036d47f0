"""LGT409: a softplus written out by hand."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT409",
    name="manual-softplus",
    severity=Severity.WARNING,
    summary="log(1 + exp(x)) or log1p(exp(x)) instead of softplus",
    message="log(1 + exp(x)) overflows to inf from {overflow}; use {softplus}",
    why="""\
For a large x the result is x itself, but `exp(x)` overflows on the way: from x = 89 on (float32; 710 in float64, 11.2
in float16) the value is `inf` and the gradient `nan`, under TensorFlow and JAX wrong from 87.5 on. `log1p(exp(x))`
overflows at the same place.

For a very negative x, `1 + exp(x)` is 1 and its logarithm 0: everything below x = -16.6 is lost. `log1p` repairs this
side only. So does TensorFlow's graph mode; no compiler repairs the overflow.
""",
    fix="""\
`F.softplus(x)`, `tf.nn.softplus(x)`, `jax.nn.softplus(x)`; with NumPy `np.logaddexp(0, x)`. PyTorch's softplus returns
x itself above `threshold=20`, which is right to rounding.
""",
    bad=(
        """\
import torch


def std(rho):
    return torch.log(1 + torch.exp(rho))
""",
        """\
import torch


def softplus(x):
    return x.exp().add(1).log()
""",
        """\
import numpy as np


def logistic_loss(margin):
    return np.log1p(np.exp(-margin)).mean()
""",
        """\
import tensorflow as tf


def logistic_loss(y, score):
    return tf.reduce_mean(tf.math.log(1.0 + tf.exp(-y * score)))
""",
        """\
import jax.numpy as jnp


def positive(x):
    e = jnp.exp(x)
    return jnp.log1p(e) + 1e-3
""",
    ),
    good=(
        """\
import numpy as np


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
""",
        """\
import torch


def stable_bce(z, y):
    return z.clamp(min=0) - z * y + (1 + (-z.abs()).exp()).log()
""",
        """\
import numpy as np


def softplus(x):
    return np.where(x > 30, x, np.log1p(np.exp(np.minimum(x, 30))))
""",
        """\
import math


def softplus(x):
    if x > 30:
        return x
    return math.log1p(math.exp(x))
""",
        """\
import jax.numpy as jnp


def log_odds_ratio(a, b):
    return jnp.logaddexp(0.0, a) - jnp.logaddexp(0.0, b)
""",
    ),
)
