"""LGT403: the logarithm of one minus a sigmoid."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT403",
    name="log-of-one-minus-sigmoid",
    severity=Severity.WARNING,
    summary="log of one minus a sigmoid: -inf and a nan gradient from logit 17 on",
    message="log(1 - sigmoid(x)) is -inf from x = {rounds} on{and_gradient}; use {log_sigmoid} of -x",
    why="""\
In float32 the numbers just below 1 are 6e-8 apart, so `sigmoid(z)` is exactly 1 from z = 16.8 on. Then `1 - p` is 0,
its logarithm `-inf`, the gradient `nan`. This is the earliest break of all: logits of 17 are normal. In float64 it
happens at 37, in float16 at 8, in bfloat16 at 6. No compiler repairs it, and `log1p(-p)` does not help either.

The original GAN loss has this form, and a good discriminator reaches such logits quickly.

Because `1 - sigmoid(z)` is `sigmoid(-z)`, the value is `logsigmoid(-z)`, exact for every input.
""",
    fix="""\
`F.logsigmoid(-z)`, `tf.math.log_sigmoid(-z)`, `jax.nn.log_sigmoid(-z)`, or `-softplus(z)`. For a whole binary cross
entropy use the library's loss on logits.
""",
    bad=(
        """\
import torch
from torch import nn

discriminator = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())


def generator_loss(fake):
    return torch.log(1 - discriminator(fake)).mean()
""",
        """\
import tensorflow as tf


def negative_sampling_loss(center, noise):
    prob = tf.nn.sigmoid(tf.reduce_sum(center * noise, axis=-1))
    return -tf.reduce_mean(tf.math.log(1.0 - prob))
""",
        """\
import jax
import jax.numpy as jnp


def log_survival(score):
    hazard = jax.nn.sigmoid(score)
    return jnp.sum(jnp.log(1 - hazard), axis=-1)
""",
        """\
import torch


def log_survival(score):
    return torch.log1p(-torch.sigmoid(score)).sum(dim=-1)
""",
    ),
    good=(
        """\
import torch.nn.functional as F


def generator_loss(discriminator, fake):
    return F.logsigmoid(-discriminator(fake)).mean()
""",
        """\
import tensorflow as tf


def negative_sampling_loss(center, noise):
    score = tf.reduce_sum(center * noise, axis=-1)
    return tf.reduce_mean(tf.nn.softplus(score))
""",
        """\
import torch


def log_failure(rates):
    return torch.log(1 - rates.clamp(0, 0.99))
""",
        """\
import torch


def retain(gate_logits, state, update):
    z = torch.sigmoid(gate_logits)
    return (1 - z) * state + z * update
""",
        """\
import torch


def escape_probability(logits, prior):
    gate = torch.sigmoid(logits)
    return torch.log(1 - 0.5 * gate * prior)
""",
    ),
)
