"""LGT502: a metric that assumes probabilities, on logits."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT502",
    name="metric-on-logits",
    severity=Severity.ERROR,
    summary="a metric that assumes probabilities reads the logits of a binary classifier",
    message="{reader} {assumes}, but this output is logits (the loss takes them as logits); {metricfix}",
    why="""\
Keras metrics take probabilities unless told otherwise, and never look at the loss's `from_logits`. On one logit
`metrics=["accuracy"]` becomes `BinaryAccuracy(threshold=0.5)`. Measured on ten samples, the same weights once with
logits and once with a sigmoid:

| metric | on logits | right |
|---|---|---|
| `"accuracy"`, `BinaryAccuracy()` | 0.5 | 0.7 |
| `AUC()` | 0.66 | 0.68 |
| `Precision()`, `Recall()` | 0.50, 0.40 | 0.667, 0.80 |
| `F1Score(threshold=0.5)` | 0.444 | 0.727 |
| `BinaryCrossentropy()` as a metric | 3.55 | 0.73 |

No warning and no error. The model may be good and the curve bad, and early stopping then picks the wrong epoch.
With several classes `"accuracy"` is an argmax, and right on logits too.
""",
    fix="""\
`BinaryAccuracy(threshold=0.0)` (raises before Keras 3.5 unless it is `tf_keras`), `Precision(thresholds=0)`,
`Recall(thresholds=0)`, `AUC(from_logits=True)` for one logit, `BinaryCrossentropy(from_logits=True)`. `F1Score` has no
form for logits, and multi-class `AUC(from_logits=True)` applies a sigmoid and is wrong: give those probabilities.
""",
    bad=(
        """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1)])
model.compile(optimizer="adam", loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
""",
        """\
import keras
from keras import layers

inputs = keras.Input((30,))
outputs = layers.Dense(1)(layers.Dense(8, activation="relu")(inputs))
model = keras.Model(inputs, outputs)
model.compile(
    optimizer="adam",
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.AUC(), keras.metrics.Precision(), keras.metrics.Recall()],
)
""",
        """\
import tensorflow as tf

net = tf.keras.Sequential([tf.keras.layers.Dense(1)])
loss_fn = tf.keras.losses.BinaryCrossentropy(from_logits=True)
accuracy = tf.keras.metrics.BinaryAccuracy()


def train_step(x, y):
    logits = net(x)
    accuracy.update_state(y, logits)
    return loss_fn(y, logits)
""",
    ),
    good=(
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
model.compile(
    optimizer="adam",
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[
        keras.metrics.BinaryAccuracy(threshold=0.0),
        keras.metrics.AUC(from_logits=True),
        keras.metrics.Precision(thresholds=0),
    ],
)
""",
        """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(10)])
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile("adam", loss="mse", metrics=["accuracy", keras.metrics.AUC()])
""",
        """\
import tensorflow as tf

net = tf.keras.Sequential([tf.keras.layers.Dense(1)])
loss_fn = tf.keras.losses.BinaryCrossentropy(from_logits=True)
auc = tf.keras.metrics.AUC()


def test_step(x, y):
    logits = net(x)
    auc.update_state(y, tf.sigmoid(logits))
    return loss_fn(y, logits)
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
model.compile("adam", loss="mse", metrics=["mae", keras.metrics.RootMeanSquaredError()])
""",
    ),
)
