"""LGT405: a categorical cross entropy written out by hand."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT405",
    name="manual-cross-entropy",
    severity=Severity.WARNING,
    summary="-sum(y * log(softmax(x))) instead of the library's cross entropy on logits",
    message="cross entropy by hand on a softmax is inf or nan once a class is unlikely enough; use {cross_entropy}",
    why="""\
The formula of the textbook breaks on both sides. With two classes, from a margin of 87 (TensorFlow), 87.5 (JAX) or 104
(PyTorch) on:

- a **wrong** prediction gives loss `inf` and gradient `nan` or `inf`, because `log(0)` is `-inf`;
- a **correct** prediction gives loss `nan`, because the label 0 of the other class is multiplied by `-inf`.

The second is the trap: training goes well, the model becomes sure, and from one step to the next every weight is
`nan`. No compiler repairs it. The library's loss never forms the probabilities and is exact for every input.
""",
    fix="""\
`F.cross_entropy(x, y)` takes class indices or probabilities as targets; in TensorFlow
`tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x)`; in Keras `CategoricalCrossentropy(from_logits=True)`; in
JAX `optax.softmax_cross_entropy(x, y)`. Look at the reduction: `sum` over everything is not the mean over the batch.
""",
    bad=(
        """\
import tensorflow as tf

w = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))


def loss(x, y_):
    y = tf.nn.softmax(tf.matmul(x, w) + b)
    return tf.reduce_mean(-tf.reduce_sum(y_ * tf.math.log(y), axis=1))
""",
        """\
import torch
import torch.nn.functional as F


def soft_cross_entropy(logits, target):
    probs = F.softmax(logits, dim=1)
    return -(target * probs.log()).sum(dim=1).mean()
""",
        """\
import jax
import jax.numpy as jnp


def loss(params, apply, x, one_hot):
    probs = jax.nn.softmax(apply(params, x))
    return -jnp.mean(jnp.sum(one_hot * jnp.log(probs), axis=-1))
""",
        """\
import torch
from torch import nn


class DistillLoss(nn.Module):
    def forward(self, student_logits, teacher_probs):
        student = torch.softmax(student_logits, dim=-1)
        return torch.mean(torch.sum(-teacher_probs * torch.log(student), dim=-1))
""",
    ),
    good=(
        """\
import torch.nn.functional as F


def soft_cross_entropy(logits, target):
    return -(target * F.log_softmax(logits, dim=1)).sum(dim=1).mean()
""",
        """\
import torch.nn.functional as F


def distill(student_logits, teacher_logits, t=2.0):
    student = F.log_softmax(student_logits / t, dim=1)
    teacher = F.softmax(teacher_logits / t, dim=1)
    return F.kl_div(student, teacher, reduction="batchmean") * t * t
""",
        """\
import numpy as np


def corpus_cross_entropy(counts, q):
    p = counts / counts.sum()
    return -np.sum(p * np.log(q))
""",
        """\
import numpy as np


def cross_entropy(logits, one_hot):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(one_hot * log_probs, axis=1).mean()
""",
    ),
)
