"""LGT301: a rectified value right before softmax or sigmoid."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT301",
    name="rectified-logits",
    severity=Severity.ERROR,
    summary="ReLU or another rectifier is applied to the logits right before softmax or sigmoid",
    message="{rectified}{pooled}",
    why="""\
A logit says "no" by being negative, and a rectifier throws that away.

- Before a **sigmoid**, no probability can fall below 0.5: `sigmoid(relu(-5))` is 0.5. A threshold at 0.5 says "yes" to
  everything, and the loss of a negative sample stays above 0.6931.
- Before a **softmax**, all classes with a negative logit get the same probability and no gradient. If all logits are
  negative, the output is uniform and the gradient is exactly 0: such a sample can never be learned.
- `abs` turns the answer round: the softmax of `[-3, -1]` is `[0.12, 0.88]`, that of its absolute value `[0.88, 0.12]`.

GELU, SiLU, ELU and softplus do the same, only smoothly: they have a lower bound, so `sigmoid(gelu(x))` stays above
0.457. LeakyReLU and PReLU have none, and are not reported.

It usually comes from a helper whose default activation is ReLU, also used for the last layer.

A rectifier *inside* the network is what it is for, and never reported. ReLU, then global average pooling, then softmax
is a published design (SqueezeNet) whose pretrained weights need it: at most a note.
""",
    fix="""\
Make the last layer linear: no activation between it and softmax or sigmoid. The model has to be trained again.
""",
    bad=(
        """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return F.softmax(x, dim=1)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="relu"), layers.Softmax()])
""",
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 1), nn.ReLU(), nn.Sigmoid())


def predict(x):
    return model(x)
""",
        """\
import tensorflow as tf


def fc(x, units, relu=True):
    out = tf.keras.layers.Dense(units)(x)
    return tf.nn.relu(out) if relu else out


def network(x):
    x = fc(x, 64)
    return tf.nn.softmax(fc(x, 10))
""",
        """\
import keras
from keras import layers

inputs = keras.Input((224, 224, 3))
x = layers.Conv2D(1000, 1, activation="relu")(inputs)
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, layers.Activation("softmax")(x))
""",
    ),
    good=(
        """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        return F.softmax(self.fc2(F.relu(self.fc1(x))), dim=1)
""",
        """\
import tensorflow as tf


def fc(x, units, relu=True):
    out = tf.keras.layers.Dense(units)(x)
    return tf.nn.relu(out) if relu else out


def network(x):
    return tf.nn.softmax(fc(fc(x, 64), 10, False))
""",
        """\
import torch
from torch import nn


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce = nn.Linear(channels, channels // 4)
        self.expand = nn.Linear(channels // 4, channels)

    def forward(self, x):
        gate = torch.relu(self.reduce(x.mean((2, 3))))
        gate = torch.sigmoid(torch.relu(self.expand(gate)))
        return x * gate[:, :, None, None]
""",
        """\
import torch
import torch.nn.functional as F


def graph_attention(h, a):
    scores = F.leaky_relu(h @ a)
    attention = F.softmax(scores, dim=1)
    return attention @ h
""",
        """\
import torch
import torch.nn.functional as F


def adaptive_adjacency(source, target, x):
    adjacency = F.softmax(F.relu(source @ target), dim=1)
    return adjacency @ x
""",
    ),
)
