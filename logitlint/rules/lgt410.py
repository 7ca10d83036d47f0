"""LGT410: a sigmoid written out by hand."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT410",
    name="manual-sigmoid",
    severity=Severity.WARNING,
    summary="1 / (1 + exp(-x)) or exp(x) / (1 + exp(x)) instead of sigmoid",
    message="sigmoid by hand overflows in exp for large negative x{or_gradient}; use {sigmoid}",
    why="""\
- `1 / (1 + exp(-x))`: for x <= -89 (float32) `exp(-x)` is `inf`. The value is 0, as it should be, but the gradient is
  `nan` in PyTorch, TensorFlow and JAX, eager and compiled. In float64 it happens at -710, in float16 at -11.2.
- `exp(x) / (1 + exp(x))`: for x >= 89 it is `inf / inf`, so the value itself is `nan`.
- **NumPy** prints a RuntimeWarning ("overflow encountered in exp") and goes on.
- **`math.exp`** raises `OverflowError` beyond 709.

The form that picks the side by the sign, `where(x >= 0, 1 / (1 + exp(-x)), exp(x) / (1 + exp(x)))`, gives the right
values and is not reported.
""",
    fix="""\
`torch.sigmoid(x)`, `tf.sigmoid(x)`, `jax.nn.sigmoid(x)`, `scipy.special.expit(x)`. With NumPy alone:
`0.5 * (1 + np.tanh(0.5 * x))`.
""",
    bad=(
        """\
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
""",
        """\
import torch


def gate(x):
    return torch.exp(x) / (1 + torch.exp(x))
""",
        """\
import tensorflow as tf


def hidden_probability(v, w, b):
    return 1.0 / (1.0 + tf.exp(-(tf.matmul(v, w) + b)))
""",
        """\
import math


def sigmoid(x):
    return 1 / (1 + math.exp(-x))
""",
        """\
import jax.numpy as jnp


def predict(params, x):
    z = jnp.dot(x, params)
    e = jnp.exp(z)
    return e / (1 + e)
""",
    ),
    good=(
        """\
import numpy as np


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
""",
        """\
import math


def sigmoid(x):
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)
""",
        """\
import numpy as np


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
""",
        """\
import numpy as np


def cauchy_kernel(x):
    return 1 / (1 + np.square(x))
""",
        """\
from scipy.special import expit


def predict(x, w):
    return expit(x @ w)
""",
        """\
import torch


def t_distribution(distance, alpha):
    return 1.0 / (1.0 + distance / alpha)
""",
    ),
)
