"""LGT402: the logarithm of a sigmoid."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT402",
    name="log-of-sigmoid",
    severity=Severity.WARNING,
    summary="log of a sigmoid: -inf and a nan gradient for very negative logits",
    message="log of a sigmoid is -inf for very negative logits{and_gradient}; use {log_sigmoid} on the logits",
    why="""\
`sigmoid(z)` is 0 in float32 for z <= -89 (PyTorch) or -87.5 (TensorFlow, JAX), and `log(0)` is `-inf` with gradient
`nan`. In float16 the value breaks at z = -17.5 or earlier, the gradient at -11.2. No compiler repairs it.

`logsigmoid(z)` is `min(z, 0) - log1p(exp(-|z|))`, exact for every input: at z = -200 it gives -200 and gradient 1.
""",
    fix="""\
`F.logsigmoid(z)` in PyTorch, `tf.math.log_sigmoid(z)`, `keras.ops.log_sigmoid(z)`, `jax.nn.log_sigmoid(z)`; with NumPy
`-np.logaddexp(0, -z)` or `scipy.special.log_expit(z)`. The values agree wherever the old ones were finite.
""",
    bad=(
        """\
import torch


def bpr_loss(user, pos_item, neg_item):
    pos = (user * pos_item).sum(dim=1)
    neg = (user * neg_item).sum(dim=1)
    return -torch.log(torch.sigmoid(pos - neg)).mean()
""",
        """\
import torch
from torch import nn

discriminator = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())


def generator_loss(fake):
    return -discriminator(fake).log().mean()
""",
        """\
import tensorflow as tf


def skip_gram_loss(center, context):
    score = tf.reduce_sum(center * context, axis=1)
    prob = tf.sigmoid(score)
    return -tf.reduce_mean(tf.math.log(prob))
""",
        """\
import jax
import jax.numpy as jnp


def preference_loss(chosen, rejected, beta=0.1):
    return -jnp.log(jax.nn.sigmoid(beta * (chosen - rejected))).mean()
""",
    ),
    good=(
        """\
import torch.nn.functional as F


def bpr_loss(user, pos_item, neg_item):
    pos = (user * pos_item).sum(dim=1)
    neg = (user * neg_item).sum(dim=1)
    return -F.logsigmoid(pos - neg).mean()
""",
        """\
import torch


def log_probability_of_bin(upper, lower):
    mass = torch.sigmoid(upper) - torch.sigmoid(lower)
    return torch.log(mass.clamp(min=1e-12))
""",
        """\
import tensorflow as tf


def gated_energy(x, w):
    gate = tf.sigmoid(tf.matmul(x, w))
    return tf.math.log(tf.reduce_sum(gate * tf.square(x), axis=1) + 1.0)
""",
        """\
import numpy as np


def log_sigmoid(z):
    return -np.logaddexp(0, -z)
""",
        """\
import torch


def step(model, x):
    score = torch.sigmoid(model(x))
    score = model.temperature(x)
    return torch.log(score)
""",
    ),
)
