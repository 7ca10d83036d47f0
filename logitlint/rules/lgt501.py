"""LGT501: a probability threshold on logits."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT501",
    name="threshold-on-logits",
    severity=Severity.ERROR,
    summary="the logits of a binary classifier are compared with 0.5 or rounded",
    message="{threshold}",
    why="""\
The model was trained with a loss on logits, so its output is a logit. Probability 0.5 is logit 0; logit 0.5 is
probability 0.622. Every sample between the two is called negative although the model says positive.

`round` is worse than it looks: a logit of 3 becomes the "class" 3, and -2 becomes -2.

On a small test set of ten samples the accuracy fell from 0.7 to 0.5. Nothing warns, and the loss looks fine.
""",
    fix="""\
Compare with 0 (`logits > 0`), or apply the sigmoid first (`torch.sigmoid(logits) > 0.5`). For another probability
threshold p the logit is `log(p / (1 - p))`.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.BCEWithLogitsLoss()


def evaluate(x, y):
    output = model(x)
    loss = criterion(output, y)
    predicted = (output > 0.5).float()
    return loss.item(), (predicted == y).float().mean()
""",
        """\
import keras
from keras import layers


def train(x, y, x_test):
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(x, y)
    return (model.predict(x_test) > 0.5).astype("int32")
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(30, 1)

    def forward(self, x):
        return self.fc(x)


def step(x, y):
    logits = Net()(x)
    loss = F.binary_cross_entropy_with_logits(logits, y)
    return loss, torch.round(logits)
""",
    ),
    good=(
        """\
import torch
from torch import nn

model = nn.Linear(20, 1)
criterion = nn.BCEWithLogitsLoss()


def evaluate(x, y):
    output = model(x)
    loss = criterion(output, y)
    predicted = (output > 0).float()
    return loss.item(), (predicted == y).float().mean()
""",
        """\
import torch
from torch import nn

model = nn.Linear(20, 1)
criterion = nn.BCEWithLogitsLoss()


def step(x, y):
    output = model(x)
    loss = criterion(output, y)
    return loss, torch.round(torch.sigmoid(output))
""",
        """\
import torch
from torch import nn

regressor = nn.Linear(20, 1)
criterion = nn.MSELoss()


def step(x, y):
    output = regressor(x)
    return criterion(output, y), (output > 0.5).sum()
""",
        """\
import keras
from keras import layers


def train(x, y, x_test):
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(x, y)
    probability = keras.ops.sigmoid(model.predict(x_test))
    return probability > 0.5
""",
        """\
import torch
from torch import nn

model = nn.Linear(20, 1)
criterion = nn.BCEWithLogitsLoss()


def step(x, y):
    output = model(x)
    loss = criterion(output, y)
    if loss > 0.5:
        print(round(loss.item(), 3))
    return loss
""",
    ),
)
