"""LGT207: softmax over an axis of length one."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT207",
    name="softmax-over-one-unit",
    severity=Severity.ERROR,
    summary="softmax over a single unit: the output is the constant 1",
    message="softmax over one unit is always 1, so nothing is learned; use one logit and a binary loss on logits",
    why="""\
Softmax divides each value by the sum over the axis. With one value on the axis the result is exactly 1 for every
input, and the gradient is exactly 0. The model predicts class 1 with certainty for ever, and its accuracy is the share
of that class in the data. With a binary cross entropy the loss of a negative sample is 100 (PyTorch `BCELoss`) or
15.942 (Keras on JAX and PyTorch) from the first step to the last.

Keras on TensorFlow hides it: its loss finds the logit behind the softmax and trains on that, so the loss falls as it
should, while `predict` and every metric still see the constant 1.

Softmax over *another* axis of a one-unit layer, as attention does over time steps, is fine and not reported.
""",
    fix="""\
For two classes with one unit: no activation and a binary loss on logits (`BinaryCrossentropy(from_logits=True)`,
`BCEWithLogitsLoss`); the probability is `sigmoid` of the output. Or use two units, no activation and a categorical
loss on logits.
""",
    bad=(
        """\
from keras.layers import Dense
from keras.models import Sequential

model = Sequential()
model.add(Dense(16, activation="relu"))
model.add(Dense(1, activation="softmax"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
""",
        """\
import tensorflow as tf

inputs = tf.keras.Input((20,))
x = tf.keras.layers.Dense(8, activation="relu")(inputs)
outputs = tf.keras.layers.Softmax()(tf.keras.layers.Dense(1)(x))
model = tf.keras.Model(inputs, outputs)
model.compile("adam", loss="mse")
""",
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 1), nn.Softmax(dim=-1))


def predict(x):
    return model(x)
""",
        """\
import torch.nn.functional as F
from torch import nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 1)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=-1)
""",
    ),
    good=(
        """\
import torch
from torch import nn


class AttentionPool(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.score = nn.Linear(hidden, 1)

    def forward(self, x):
        weights = torch.softmax(self.score(x), dim=1)
        return (weights * x).sum(dim=1)
""",
        """\
import torch
from torch import nn

score = nn.Linear(64, 1)


def pool(tokens):
    weights = torch.softmax(score(tokens).squeeze(-1), dim=-1)
    return torch.einsum("bt,bth->bh", weights, tokens)
""",
        """\
import keras
from keras import layers

x = keras.Input((50, 32))
scores = layers.Dense(1, activation="tanh")(x)
weights = layers.Softmax(axis=1)(scores)
context = layers.Dot(axes=1)([weights, x])
model = keras.Model(x, context)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile("adam", loss="mse")
""",
        """\
from torch import nn


def make_head(classes):
    return nn.Sequential(nn.Linear(16, classes), nn.Softmax(dim=-1))


head = make_head(4)
""",
    ),
)
