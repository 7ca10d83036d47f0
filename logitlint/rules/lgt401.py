"""LGT401: the logarithm of a softmax."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT401",
    name="log-of-softmax",
    severity=Severity.WARNING,
    summary="log of a softmax: -inf and a nan gradient once a class is unlikely enough",
    message="log of a softmax is -inf once a class is unlikely enough{and_gradient}; use {log_softmax} on the logits",
    why="""\
Softmax of an unlikely class is 0 in float32, and `log(0)` is `-inf`. With two classes this happens at a margin of
87 (TensorFlow), 87.5 (JAX) or 104 (PyTorch); in float16 at 17.5. The gradient is `nan` or `inf` from 87 to 89 on, and
one `nan` in a batch destroys every weight. No compiler repairs it: `tf.function`, XLA, `jax.jit` and `torch.compile`
break at the same place.

The entropy `-(p * log(p)).sum()` breaks at its best moment, when the model is sure: `0 * -inf` is `nan`.

`log_softmax` computes `x - max - log(sum(exp(x - max)))` and is exact for every input.
""",
    fix="""\
`log_softmax(x)` with the same axis: `F.log_softmax(x, dim=1)`, `tf.nn.log_softmax(x)`, `jax.nn.log_softmax(x)`,
`scipy.special.log_softmax(x, axis=-1)`. The values agree wherever the old ones were finite.
""",
    bad=(
        """\
import torch
import torch.nn.functional as F


def policy_loss(logits, actions, advantages):
    log_probs = torch.log(F.softmax(logits, dim=1))
    chosen = log_probs.gather(1, actions.unsqueeze(1)).squeeze(1)
    return -(chosen * advantages).mean()
""",
        """\
import torch


def entropy(logits):
    p = torch.softmax(logits, dim=-1)
    return -(p * p.log()).sum(dim=-1)
""",
        """\
import tensorflow as tf

actor = tf.keras.Sequential([tf.keras.layers.Dense(32, activation="relu"), tf.keras.layers.Dense(4, "softmax")])


def log_policy(states):
    return tf.math.log(actor(states))
""",
        """\
import jax
import jax.numpy as jnp


def log_probs(params, apply, x):
    probs = jax.nn.softmax(apply(params, x), axis=-1)
    return jnp.log(probs)
""",
        """\
import numpy as np
from scipy.special import softmax


def surprise(scores, label):
    return -np.log(softmax(scores)[label])
""",
    ),
    good=(
        """\
import torch.nn.functional as F


def policy_loss(logits, actions, advantages):
    log_probs = F.log_softmax(logits, dim=1)
    chosen = log_probs.gather(1, actions.unsqueeze(1)).squeeze(1)
    entropy = -(log_probs.exp() * log_probs).sum(dim=1)
    return -(chosen * advantages + 0.01 * entropy).mean()
""",
        """\
import torch


def ensemble_log_probs(models, x):
    probs = torch.stack([model(x).softmax(dim=1) for model in models])
    return torch.log(probs.mean(dim=0))
""",
        """\
import torch
import torch.nn.functional as F


def pointer_generator(vocab_logits, copy_dist, switch):
    mixed = switch * F.softmax(vocab_logits, dim=1) + (1 - switch) * copy_dist
    return torch.log(mixed)
""",
        """\
import torch
import torch.nn.functional as F


def distances(logits, lengths):
    p = F.softmax(logits, dim=1)
    best = p.argmax(dim=1)
    p = lengths.float()
    return best, torch.log(p)
""",
        """\
import numpy as np


def log_softmax(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
""",
    ),
)
