"""LGT201: softmax applied before a loss that applies it itself."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT201",
    name="softmax-into-logit-loss",
    severity=Severity.ERROR,
    summary="a softmax output is read by a loss that takes logits, so softmax is applied twice",
    message="{twice}; leave the softmax out",
    why="""\
The loss takes the softmax itself. Given probabilities, it takes the softmax of numbers between 0 and 1, which is
nearly uniform. A perfect prediction can't reach loss 0: the smallest loss is 0.3133 with 2 classes, 0.5514 with 3,
1.4612 with 10, 3.6222 with 100 and 5.9095 with 1000.

The gradient is far too small where it matters. With logits `[0, 5]` and true class 0 it is 0.0097 instead of 0.9933;
with `[0, 200]` it is exactly 0. The model still learns something, only slowly and less well, and no framework raises
an error. Keras on TensorFlow finds the logits again behind most Keras softmax heads and only warns; Keras on JAX and
PyTorch, PyTorch itself, `tf.nn` losses and optax compute the double softmax in silence.

A softmax into a *binary* loss with logits is the same mistake: the sigmoid is applied to a probability.
""",
    fix="""\
Leave out the softmax where the loss reads it. Apply it only where somebody wants probabilities, for example in a
`predict` method. The loss values change, since they were wrong: a learning rate tuned on the old loss may be too high.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()


def train_step(images, labels):
    loss = criterion(model(images), labels)
    loss.backward()
    return loss.item()
""",
        """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)


def evaluate(loader):
    net = Net()
    return sum(F.cross_entropy(net(x), y) for x, y in loader)
""",
        """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(10, activation="softmax")])
model.compile("adam", loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
""",
        """\
import tensorflow as tf


def loss(features, weights, labels):
    pred = tf.nn.softmax(tf.matmul(features, weights))
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=pred))
""",
        """\
import jax
import optax


def loss_fn(params, apply, x, y):
    probs = jax.nn.softmax(apply(params, x))
    return optax.softmax_cross_entropy_with_integer_labels(probs, y).mean()
""",
        """\
import torch
from torch import nn

head = nn.Linear(16, 3)
criterion = nn.BCEWithLogitsLoss()


def step(x, y):
    return criterion(head(x).softmax(dim=-1), y)
""",
    ),
    good=(
        """\
import torch
from torch import nn

model = nn.Linear(784, 10)
criterion = nn.CrossEntropyLoss()


def step(images, labels):
    out = model(images)
    loss = criterion(out, labels)
    confidence = torch.softmax(out, dim=1).max(dim=1).values
    return loss, confidence
""",
        """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        logits = self.fc(x)
        if self.training:
            return logits
        return F.softmax(logits, dim=1)


def train(x, y):
    return F.cross_entropy(Net()(x), y)
""",
        """\
import torch.nn.functional as F


def distillation(student, teacher, x):
    soft_targets = F.softmax(teacher(x), dim=1)
    return F.cross_entropy(student(x), soft_targets)
""",
        """\
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(64, 64)
        self.out = nn.Linear(64, 5)

    def forward(self, x):
        scores = self.query(x) @ x.transpose(1, 2)
        weights = torch.softmax(scores, dim=-1)
        return self.out((weights @ x).mean(dim=1))


def loss(x, y):
    return nn.CrossEntropyLoss()(Attention()(x), y)
""",
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(20, 10), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()


def loss(x, y):
    return criterion(model[0](x), y)
""",
    ),
)
