"""LGT205: logits into a loss that takes probabilities."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT205",
    name="logits-into-probability-loss",
    severity=Severity.ERROR,
    summary="a linear output is read by a loss that takes probabilities: an activation is missing",
    message="{reader} takes probabilities, but {origin} gives logits: an activation is missing; use {twin}",
    why="""\
The loss takes the logarithm of what it gets, and a logit is not a probability.

- **Keras** clips the output to [1e-7, 1 - 1e-7] (for several classes, after a division by their sum) without a word.
  With logits `[0, 200]` and true class 0 the loss is 16.118 and the gradient is exactly 0. With one unit every logit
  below 0 or above 1 is clipped and gets no gradient, so training may stand still from the first step. `from_logits` is
  False by default in every Keras loss, and so it is in `loss="binary_crossentropy"`.
- **PyTorch** `BCELoss` raises `RuntimeError: all elements of input should be between 0 and 1`, but only once a logit
  leaves that range.
""",
    fix="""\
Keras: `from_logits=True`, as in `keras.losses.BinaryCrossentropy(from_logits=True)`. PyTorch: `BCEWithLogitsLoss`.
Adding a sigmoid or softmax to the model is right as well, but less stable (LGT101, LGT102).
""",
    bad=(
        """\
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

model = Sequential()
model.add(Dense(12, input_dim=8, activation="relu"))
model.add(Dense(1))
model.compile(loss="binary_crossentropy", optimizer="adam")
""",
        """\
import keras
from keras import layers

inputs = keras.Input((28, 28, 1))
x = layers.Flatten()(inputs)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs, outputs)
model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
""",
        """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 16)
        self.fc2 = nn.Linear(16, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def train_step(x, y):
    return nn.BCELoss()(Net()(x), y)
""",
        """\
import torch.nn.functional as F
from torch import nn

conv = nn.Conv2d(16, 1, kernel_size=1)


def mask_loss(features, mask):
    return F.binary_cross_entropy(conv(features).squeeze(1), mask)
""",
    ),
    good=(
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(12, activation="relu"), layers.Dense(1)])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(12, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam", metrics=["mae"])
""",
        """\
import torch
from torch import nn

discriminator = nn.Sequential(nn.Linear(64, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
adversarial_loss = nn.BCELoss()
lsgan_loss = nn.MSELoss()


def d_loss(real):
    score = discriminator(real)
    return lsgan_loss(score, torch.ones_like(score))
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn

fc = nn.Linear(8, 1)


def loss(x, y):
    p = (torch.tanh(fc(x)) + 1) / 2
    return F.binary_cross_entropy(p, y)
""",
        """\
import torch
from torch import nn

criterion = nn.BCELoss()


def validate(model, x, y):
    return criterion(model(x), y)
""",
    ),
)
