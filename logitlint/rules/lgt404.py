"""LGT404: a guarded logarithm of softmax or sigmoid."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT404",
    name="guarded-log",
    severity=Severity.WARNING,
    summary="log(p + eps), log(clip(p)) or log(max(p, eps)) of a softmax or sigmoid",
    message=(
        "the guard in this log of {activation} hides the underflow but flattens {flattened}{compilers}; use {logform}"
    ),
    why="""\
The guard keeps the number finite and makes it wrong.

- `log(p + 1e-8)` can't go below -18.42. Its value is off from |z| = 16.8 on and its gradient from 14 on; at z = -30 the
  gradient of `log(sigmoid(z) + 1e-8)` is 9e-6 instead of 1, at -100 it is 0.
- `log(clip(p, 1e-7, 1 - 1e-7))` is exact until |z| = 16.5 and has gradient exactly 0 beyond. The samples that are most
  wrong are the ones that stop teaching.
- **Compilers delete the guard.** `tf.function`, XLA and `jax.jit` turn `log(1 - p + 1e-8)` into `log(1 - p)`, since
  they fold the constants to 1 + 1e-8 = 1. The eager value at p = 1 is -18.42, the compiled one `-inf`; a hand-written
  binary cross entropy then gives `nan` for a confident, *correct* prediction (z >= 16.8). `clip` and `maximum` survive.
- In float16 1e-8 is 0, and there is no guard at all.
""",
    fix="""\
Take the logarithm from the logits: `log_softmax(x)`, `logsigmoid(x)`, `logsigmoid(-x)` for `log(1 - p)`, or the whole
loss on logits. No eps is needed. The values change where the guard acted, which is the purpose.
""",
    bad=(
        """\
import torch
import torch.nn.functional as F


def entropy(logits):
    p = F.softmax(logits, dim=1)
    return -(p * torch.log(p + 1e-8)).sum(dim=1)
""",
        """\
import tensorflow as tf


def cross_entropy(logits, labels):
    y = tf.nn.softmax(logits)
    return -tf.reduce_sum(labels * tf.math.log(tf.clip_by_value(y, 1e-10, 1.0)))
""",
        """\
import jax
import jax.numpy as jnp


def negative_loss(score):
    p = jax.nn.sigmoid(score)
    return -jnp.mean(jnp.log(1 - p + 1e-8))
""",
        """\
import torch


def log(x):
    return torch.log(x + 1e-8)


def gan_loss(d_real, d_fake):
    real, fake = torch.sigmoid(d_real), torch.sigmoid(d_fake)
    return -torch.mean(log(real) + log(1 - fake))
""",
        """\
import numpy as np
from scipy.special import expit


def log_loss(w, x, y):
    p = np.maximum(expit(x @ w), 1e-12)
    return -np.mean(y * np.log(p))
""",
        """\
import torch


def focal_loss(logits, target, gamma=2.0):
    p = torch.sigmoid(logits).clamp(1e-6, 1 - 1e-6)
    return -(target * (1 - p) ** gamma * p.log()).mean()
""",
    ),
    good=(
        """\
import torch


def log_mel(spectrogram):
    return torch.log(spectrogram.clamp(min=1e-5))
""",
        """\
import torch.nn.functional as F


def focal_loss(logits, target, gamma=2.0):
    p = logits.sigmoid()
    return -(target * (1 - p) ** gamma * F.logsigmoid(logits)).mean()
""",
        """\
import tensorflow as tf


def soft_dice(logits, target, eps=1e-6):
    p = tf.sigmoid(logits)
    return 1 - (2 * tf.reduce_sum(p * target) + eps) / (tf.reduce_sum(p + target) + eps)
""",
        """\
import torch
import torch.nn.functional as F


def masked_softmax(scores, mask):
    return F.softmax(scores + torch.log(mask + 1e-45), dim=-1)
""",
        """\
import numpy as np


def kl(p, q, eps=1e-9):
    return np.sum(p * (np.log(p + eps) - np.log(q + eps)), axis=-1)
""",
    ),
)
