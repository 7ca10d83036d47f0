"""LGT202: sigmoid applied before a loss that takes logits."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT202",
    name="sigmoid-into-logit-loss",
    severity=Severity.ERROR,
    summary="a sigmoid output is read by a loss that takes logits, so it is squashed twice",
    message="{twice}; leave the sigmoid out",
    why="""\
The loss takes the sigmoid itself. The sigmoid of a number between 0 and 1 lies between 0.5 and 0.73, so the loss
thinks that every sample is positive and unsure. The smallest loss for a positive sample is 0.3133, for a negative one
0.6931 (that of a coin toss).

Samples that are badly wrong get no gradient: a positive sample with logit -200 gives loss 0.6931 and gradient 0, a
negative one with logit 200 gives 1.3133 and gradient 0. No framework raises an error. Keras on TensorFlow finds the
logits again behind most Keras sigmoid heads and warns; everywhere else the double sigmoid is silent.

A sigmoid before a *categorical* cross entropy on logits is the same mistake with softmax as the second squashing: with
10 classes the loss can't fall below 1.4612.
""",
    fix="""\
Leave out the sigmoid where the loss reads it. Apply it where somebody wants probabilities, or compare the logit with 0
instead of 0.5. The loss values change, since they were wrong.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
loss_fn = nn.BCEWithLogitsLoss()


def train_step(x, y):
    loss = loss_fn(model(x).squeeze(1), y)
    loss.backward()
    return loss
""",
        """\
import torch
import torch.nn.functional as F


def mask_loss(decoder, features, mask):
    pred = decoder(features)
    pred = torch.sigmoid(pred)
    return F.binary_cross_entropy_with_logits(pred, mask)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
""",
        """\
import jax
import optax


def loss_fn(params, apply, x, y):
    out = jax.nn.sigmoid(apply(params, x))
    return optax.sigmoid_binary_cross_entropy(out, y).mean()
""",
        """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return torch.sigmoid(self.fc(x))


def loss(x, y):
    return nn.CrossEntropyLoss()(Net()(x), y)
""",
    ),
    good=(
        """\
import torch
from torch import nn

model = nn.Linear(30, 1)
loss_fn = nn.BCEWithLogitsLoss()


def evaluate(x, y):
    logits = model(x)
    accuracy = (torch.sigmoid(logits) > 0.5).eq(y).float().mean()
    return loss_fn(logits, y), accuracy
""",
        """\
import torch
from torch import nn


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.value = nn.Linear(8, 8)
        self.gate = nn.Linear(8, 8)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.value(x) * torch.sigmoid(self.gate(x)))


def loss(x, y):
    return nn.BCEWithLogitsLoss()(Gated()(x), y)
""",
        """\
import torch.nn.functional as F
from torch import nn


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(16, 1, 1)

    def forward(self, x, return_prob=False):
        x = self.conv(x)
        return x.sigmoid() if return_prob else x


def loss(x, y):
    return F.binary_cross_entropy_with_logits(Segmenter()(x), y)
""",
        """\
import torch
import torch.nn.functional as F


def seg_loss(logits, target):
    bce = F.binary_cross_entropy_with_logits(logits, target)
    p = torch.sigmoid(logits)
    dice = 1 - 2 * (p * target).sum() / (p.sum() + target.sum())
    return bce + dice
""",
    ),
)
