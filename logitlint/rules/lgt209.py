"""LGT209: the same activation twice in a row."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT209",
    name="stacked-activation",
    severity=Severity.ERROR,
    summary="softmax of softmax, or sigmoid of sigmoid",
    message="{activation} is applied to what {origin} already made with {activation}; drop one of them",
    why="""\
The second softmax reads numbers between 0 and 1 and flattens them: the largest probability it can return is 0.2320
with 10 classes and 0.7311 with 2, however sure the model is. The second sigmoid returns only values between 0.5 and
0.7311, so a threshold at 0.5 says "yes" to everything.

The order of the classes survives, so accuracy by `argmax` looks normal. What is wrong is every probability: confidence,
calibration, thresholds, and the loss, if one reads it.

It often happens with a `Softmax()` layer put around a Keras model that already ends in one, or with a `predict` helper
that applies what `forward` has applied.
""",
    fix="""\
Drop one of the two. Best is the one inside the model: let the model return logits and give them to a loss on logits.
""",
    bad=(
        """\
import tensorflow as tf

model = tf.keras.Sequential(
    [tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(10, activation="softmax")]
)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(tf.ones((1, 784)))
""",
        """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(x))


def predict(x):
    net = Net()
    return torch.sigmoid(net(x))
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn

model = nn.Sequential(nn.Linear(784, 10), nn.Softmax(dim=1))


def confidence(images):
    return F.softmax(model(images), dim=1).max(dim=1).values
""",
        """\
import jax


def predict(apply, params, x):
    probs = jax.nn.softmax(apply(params, x))
    return jax.nn.softmax(probs, axis=-1)
""",
    ),
    good=(
        """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(10)])
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
""",
        """\
import torch
from torch import nn


class TwoStepAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, q, k, v):
        weights = torch.softmax(q @ k.transpose(-2, -1), dim=-1)
        return torch.softmax(self.head(weights @ v), dim=-1)
""",
        """\
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Linear(32, 32)
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        x = x * torch.sigmoid(self.squeeze(x))
        return torch.sigmoid(self.out(x))
""",
        """\
from torch import nn

mlp = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 1), nn.Sigmoid())
""",
        """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 3)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return self.fc(x)


def predict(x):
    return torch.softmax(Net()(x), dim=1)
""",
        """\
import keras
from keras import layers

x = keras.Input((20, 64))
scores = layers.Softmax(axis=1)(layers.Dense(1)(x))
model = keras.Model(x, layers.Dense(3, activation="softmax")(layers.Flatten()(layers.Dot(axes=1)([scores, x]))))
""",
    ),
)
