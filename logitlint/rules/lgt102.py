"""LGT102: a sigmoid output into a binary cross entropy that takes probabilities."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT102",
    name="sigmoid-then-binary-cross-entropy",
    severity=Severity.WARNING,
    summary="a sigmoid output is read by a binary cross entropy that takes probabilities",
    message="{reader} takes the log of a {activation}: {loss}; {advice}",
    why="""\
The pair is right on paper. In float32 `sigmoid(z)` is exactly 1 from z = 17 on, so `1 - p` is 0 and its logarithm is
lost. The samples that are most wrong get a wrong loss and no gradient.

- **PyTorch** `BCELoss` clamps the logarithm at -100. A negative sample with z >= 17 gives loss 100 instead of 17, and
  gradient 0 instead of 1. A positive sample with z <= -89 gives loss 100 whatever z is, and gradient 0; the gradient
  fades from z = -28 on. In bfloat16 a negative sample breaks at z = 6.31 already. In float16 the gradient becomes
  `nan` even for a correct prediction.
- **Keras on JAX and PyTorch** clips to 1e-7: a positive sample at z = -200 gives loss 16.118 instead of 200 and
  gradient 0.
- **Keras on TensorFlow** finds the logits behind a sigmoid head again, so the finding is a note there. It loses them
  after a reshape, a cast, a slice, in a `mixed_float16` head and for segmentation labels without the last axis.
""",
    fix="""\
PyTorch: return the logits and use `BCEWithLogitsLoss`, the same function in one stable step. Keras: no activation on
the last layer and `from_logits=True`. Then every `> 0.5` on the output becomes `> 0`, and Keras metrics need their
logit form: `BinaryAccuracy(threshold=0.0)`, `AUC(from_logits=True)`, `Precision(thresholds=0)`.
""",
    bad=(
        """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())
criterion = nn.BCELoss()


def train(loader, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(128, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(x)).view(-1)


def d_loss(netD, real):
    return F.binary_cross_entropy(netD(real), torch.ones(len(real)))


netD = Discriminator()
print(d_loss(netD, torch.randn(8, 128)))
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
""",
        """\
import tensorflow as tf

inputs = tf.keras.Input((128, 128, 1))
x = tf.keras.layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
mask = tf.keras.layers.Conv2D(1, 1, activation="sigmoid")(x)
model = tf.keras.Model(inputs, mask)
model.compile("adam", loss=tf.keras.losses.BinaryFocalCrossentropy(gamma=2.0))
""",
    ),
    good=(
        """\
import torch
from torch import nn

net = nn.Linear(20, 1)
criterion = nn.BCEWithLogitsLoss()


def train(x, y):
    pred = net(x)
    loss = criterion(pred, y)
    pred = torch.sigmoid(pred)
    return loss, (pred > 0.5).float()
""",
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
adversarial_loss = nn.BCELoss()
adversarial_loss = nn.MSELoss()


def step(x, y):
    return adversarial_loss(model(x), y)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
model.compile(
    optimizer="adam",
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
)
""",
        """\
import torch
from torch import nn

decoder = nn.Sequential(nn.Linear(32, 784), nn.Sigmoid())


def reconstruction(z, image):
    return nn.functional.mse_loss(decoder(z), image)
""",
    ),
)
