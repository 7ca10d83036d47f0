"""LGT411: log(1 + x) and exp(x) - 1 for a small x."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT411",
    name="manual-log1p-expm1",
    severity=Severity.NOTE,
    summary="log(1 + x) or exp(x) - 1 instead of log1p, expm1",
    message="loses digits for small x; use {detail}",
    default=False,
    why="""\
Near x = 0 the result is about x, but `1 + x` and `exp(x)` round to a multiple of 1.2e-7 before the small part is taken
out again. In float32, with x = 1e-5 the error is 0.14 %, with x = 1e-7 it is 19 %, and at 5e-8 the result is 0.

Whether that matters depends on the values, which a reader of the code can't see: for counts and image intensities it
does not. The rule is therefore off unless it is asked for (`--extend-select LGT411`).

`log(1 + exp(x))` is softplus and belongs to LGT409.
""",
    fix="""\
`log1p(x)` and `expm1(x)`, which every framework has: `torch.log1p`, `tf.math.log1p`, `jnp.log1p`, `np.log1p`,
`math.log1p`. For a large x they give the same values.
""",
    bad=(
        """\
import numpy as np


def compound(rate, years):
    return years * np.log(1 + rate)
""",
        """\
import torch


def growth(rate):
    return torch.exp(rate) - 1
""",
        """\
import tensorflow as tf


def compress(x):
    return tf.sign(x) * tf.math.log(1.0 + tf.abs(x))
""",
        """\
import jax.numpy as jnp


def elu(x, alpha):
    return jnp.where(x > 0, x, alpha * (jnp.exp(jnp.minimum(x, 0)) - 1))
""",
    ),
    good=(
        """\
import numpy as np


def compound(rate, years):
    return years * np.log1p(rate)
""",
        """\
import math

SCALE = math.log(1 + 255)


def entropy_bits(n):
    return math.log(n + 2) / SCALE
""",
        """\
import torch


def shifted(x):
    return torch.exp(x) - 2 + torch.log(x - 1)
""",
        """\
import jax.numpy as jnp


def softplus(x):
    return jnp.logaddexp(x, 0.0) + jnp.exp(x - 1)
""",
    ),
)
