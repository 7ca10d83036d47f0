"""LGT408: a log-sum-exp written out by hand, without the max subtracted."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT408",
    name="manual-logsumexp",
    severity=Severity.WARNING,
    summary="log(sum(exp(x))) with no max subtracted",
    message="log(sum(exp(x))) overflows to inf from {overflow}; use {logsumexp}",
    why="""\
The result of a log-sum-exp is about as large as its largest input, but the way there leads through `exp`. In float32 it
is `inf` for inputs of 87.5 or more, and `-inf` when all inputs are below -88.5 (TensorFlow, JAX) or -105 (PyTorch):
normal values for log-likelihoods. The gradient is `nan` from 88 on. In float64 the limits are 709 and about -710 to
-750, in float16 10 and -18.5. No compiler repairs it.

`logsumexp` computes `m + log(sum(exp(x - m)))` with the max `m` and never breaks.
""",
    fix="""\
`torch.logsumexp(x, dim=…)` (the axis is required), `tf.reduce_logsumexp(x, axis=…)`,
`jax.scipy.special.logsumexp(x, axis=…)`, `scipy.special.logsumexp(x, axis=…)`.
""",
    bad=(
        """\
import torch


def free_energy(logits):
    return -torch.log(torch.sum(torch.exp(logits), dim=1))
""",
        """\
import torch


def partition(scores):
    return scores.exp().sum(dim=-1).log()
""",
        """\
import numpy as np


def log_evidence(log_weights):
    weights = np.exp(log_weights)
    total = np.sum(weights)
    return np.log(total)
""",
        """\
import tensorflow as tf


def energy(logits):
    return -tf.math.log(tf.reduce_sum(tf.exp(logits), axis=-1))
""",
        """\
import jax.numpy as jnp


def mixture_log_prob(log_pi, log_likelihoods):
    return jnp.log(jnp.exp(log_pi + log_likelihoods).sum(axis=-1))
""",
    ),
    good=(
        """\
import numpy as np


def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))
""",
        """\
import torch


def log_sum_exp(vec):
    max_score, _ = vec.max(dim=1)
    return max_score + torch.log(torch.sum(torch.exp(vec - max_score.unsqueeze(1)), dim=1))
""",
        """\
import jax.numpy as jnp
from jax.scipy.special import logsumexp


def mixture_log_prob(log_pi, log_likelihoods):
    return logsumexp(log_pi + log_likelihoods, axis=-1) - jnp.log(2.0)
""",
        """\
import tensorflow as tf


def log_total(counts):
    return tf.math.log(tf.reduce_sum(counts, axis=-1))
""",
        """\
import torch


def entropy_of_attention(scores):
    log_weights = torch.log_softmax(scores, dim=-1)
    return torch.sum(torch.exp(log_weights) * -log_weights, dim=-1)
""",
    ),
)
