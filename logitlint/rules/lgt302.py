"""LGT302: a rectified value straight into a cross entropy."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT302",
    name="rectified-output",
    severity=Severity.ERROR,
    summary="ReLU or another rectifier is the last step before a cross entropy",
    message="{rectified}{pooled}",
    why="""\
The loss wants logits, which are negative for half of all answers. After ReLU they are 0 instead, and the gradient
through that 0 is 0.

- **Categorical, on logits**: with logits `[2, -3]` and true class 1 the gradient at the true class is 0 instead of
  -0.993: the model is never told to raise it. If all logits are negative, the loss is `log(classes)` (2.3026 for 10)
  and the gradient is 0.
- **Binary, on logits**: the probability can't fall below 0.5, so the loss of a negative sample stays above 0.6931.
- **A loss that takes probabilities** gets values that are no probabilities at all: Keras clips them in silence, PyTorch
  `BCELoss` raises as soon as one is above 1.

A rectifier inside the network is never reported, and neither is one before a regression loss. ReLU, then global average
pooling, then the loss (NIN, SqueezeNet) is a published design: at most a note.
""",
    fix="""\
Make the last layer linear and let the loss take logits. The model has to be trained again.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10), nn.ReLU())
criterion = nn.CrossEntropyLoss()


def step(x, y):
    return criterion(model(x), y)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="relu")])
model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        """\
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

model = Sequential()
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="relu"))
model.compile(loss="binary_crossentropy", optimizer="sgd")
""",
        """\
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 1)

    def forward(self, x):
        return F.softplus(self.fc(x))


def loss(x, y):
    return F.binary_cross_entropy_with_logits(Net()(x), y)
""",
    ),
    good=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
criterion = nn.CrossEntropyLoss()


def step(x, y):
    return criterion(model(x), y)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation="relu")])
model.compile("adam", loss="mse")
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn

rate = nn.Linear(16, 1)
criterion = nn.PoissonNLLLoss(log_input=False)


def count_loss(x, counts):
    return criterion(F.softplus(rate(x)), counts)
""",
        """\
import torch
from torch import nn

pointer = nn.Linear(64, 30)


def clipped_logits_loss(x, y):
    logits = 10 * torch.tanh(pointer(x))
    return nn.functional.cross_entropy(logits, y)
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn

encoder = nn.Sequential(nn.Linear(32, 16), nn.ReLU())
classifier = nn.Linear(16, 4)


def loss(x, y):
    features = encoder(x)
    return F.cross_entropy(classifier(features), y) + 1e-3 * features.abs().sum()
""",
    ),
)
