"""LGT208: an activation and a loss that belong to different problems."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT208",
    name="activation-loss-mismatch",
    severity=Severity.ERROR,
    summary="sigmoid with a categorical cross entropy, or softmax with a binary one",
    message="{pairing}",
    why="""\
Softmax says "exactly one of these classes", sigmoid says "each of these, independently". The loss has to say the same.

- **Sigmoid and categorical cross entropy**: only the probability of the true class is read, after a division by the
  sum. The wrong classes are pushed down only through that division, and the outputs are not the probabilities of
  anything.
- **Softmax and binary cross entropy**: each class is scored as its own yes/no question, but softmax couples them. With
  two units and one-hot labels this happens to equal the categorical cross entropy; with more classes it is the
  likelihood of no model, and several labels at once can never be fitted.

On Keras the value even depends on the backend: with logits `[0.3, 1.2]`, softmax and binary cross entropy give 1.2412
on JAX and PyTorch, but 1.0088 on TensorFlow, which finds the logits again and puts a *sigmoid* on them. Sigmoid and
categorical cross entropy give 0.8492 there and 1.2412 on TensorFlow.
""",
    fix="""\
Decide what the labels mean. One class per sample: no activation and a categorical cross entropy on logits. Several
labels per sample, or one unit: no activation and a binary cross entropy on logits.
""",
    bad=(
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="sigmoid")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
""",
        """\
from tensorflow.keras.layers import Dense, Dropout, Input
from tensorflow.keras.losses import BinaryCrossentropy
from tensorflow.keras.models import Model

inputs = Input((100,))
x = Dropout(0.5)(Dense(32, activation="relu")(inputs))
outputs = Dense(2, activation="softmax")(x)
model = Model(inputs=inputs, outputs=outputs)
model.compile(optimizer="adam", loss=BinaryCrossentropy())
""",
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(16, 2), nn.Softmax(dim=1))
criterion = nn.BCELoss()


def step(x, one_hot):
    return criterion(model(x), one_hot)
""",
        """\
import torch.nn.functional as F


def loss(net, x, target):
    prob = F.softmax(net(x), dim=-1)
    return F.binary_cross_entropy(prob, target)
""",
    ),
    good=(
        """\
import keras
from keras import layers

x = keras.Input((64,))
tags = layers.Dense(20, name="tags")(x)
topic = layers.Dense(5, name="topic")(x)
model = keras.Model(x, {"tags": tags, "topic": topic})
model.compile(
    "adam",
    loss={
        "topic": keras.losses.CategoricalCrossentropy(from_logits=True),
        "tags": keras.losses.BinaryCrossentropy(from_logits=True),
    },
)
""",
        """\
import torch
import torch.nn.functional as F


def consistency(student, teacher, x):
    target = F.softmax(teacher(x), dim=1)
    return F.binary_cross_entropy_with_logits(student(x), target)
""",
        """\
import torch
import torch.nn.functional as F


def mixture_of_experts(gate, experts, x, y):
    weights = F.softmax(gate(x), dim=-1)
    logits = torch.stack([expert(x) for expert in experts], dim=-1)
    return F.binary_cross_entropy_with_logits((weights * logits).sum(-1), y)
""",
        """\
import tensorflow as tf


def build(n_classes):
    binary = n_classes == 1
    model = tf.keras.Sequential([tf.keras.layers.Dense(n_classes)])
    if binary:
        loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    else:
        loss = tf.keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss=loss)
    return model
""",
        """\
import keras
from keras import layers

encoder = keras.Sequential([layers.Dense(8, activation="sigmoid")])
model = keras.Sequential([encoder, layers.Dense(10)])
model.compile("adam", loss=keras.losses.CategoricalCrossentropy(from_logits=True))
""",
    ),
)
