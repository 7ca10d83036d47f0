"""LGT412: the square root of an exponential."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT412",
    name="sqrt-of-exp",
    severity=Severity.WARNING,
    summary="sqrt(exp(x)) or sqrt(softmax(x)): the gradient is nan once exp overflows or vanishes",
    message="the gradient of sqrt is nan once its argument overflows or vanishes; use {detail}",
    why="""\
The gradient of `sqrt(u)` is `1 / (2 * sqrt(u))`, which is `inf` at u = 0. Where `exp(x)` has vanished, its own gradient
is 0, and `inf * 0` is `nan`. In float32 `sqrt(exp(x))` has value 0 and gradient `nan` for x <= -104 (PyTorch), and
value `inf` and gradient `nan` for x >= 89. `sqrt(softmax(x))` has gradient `nan` in every component as soon as one
class is 104 below the best.

The place where it occurs is the standard deviation from a log-variance, `sqrt(exp(logvar))`, as in variational
autoencoders, with a network that is free to make `logvar` very small.

`exp(x / 2)` is the same number, without a detour: its range is twice as large and its gradient always finite there.
""",
    fix="""\
`exp(0.5 * logvar)`. For the square root of a softmax: `exp(0.5 * log_softmax(x))`.
""",
    bad=(
        """\
import torch


def reparameterize(mu, logvar):
    std = torch.sqrt(torch.exp(logvar))
    return mu + std * torch.randn_like(std)
""",
        """\
import torch


def sample(mu, logvar):
    return mu + logvar.exp().sqrt() * torch.randn_like(mu)
""",
        """\
import tensorflow as tf


def sample(mean, log_var):
    variance = tf.exp(log_var)
    return mean + tf.sqrt(variance) * tf.random.normal(tf.shape(mean))
""",
        """\
import jax.numpy as jnp


def stddev(log_var):
    return jnp.sqrt(jnp.exp(log_var))
""",
        """\
import torch


def hellinger(a, b):
    p, q = torch.softmax(a, dim=1), torch.softmax(b, dim=1)
    return torch.norm(torch.sqrt(p) - torch.sqrt(q), dim=1)
""",
    ),
    good=(
        """\
import torch


def reparameterize(mu, logvar):
    std = torch.exp(0.5 * logvar)
    return mu + std * torch.randn_like(std)
""",
        """\
import tensorflow as tf


def pooled_std(log_var_a, log_var_b):
    return tf.sqrt(tf.exp(log_var_a) + tf.exp(log_var_b))
""",
        """\
import torch
import torch.nn.functional as F


def stddev(raw):
    return torch.sqrt(F.softplus(raw))
""",
        """\
import numpy as np


def amplitude(log_power):
    power = np.exp(log_power)
    power = power + 1.0
    return np.sqrt(power)
""",
    ),
)
