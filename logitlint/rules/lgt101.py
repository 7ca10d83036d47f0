"""LGT101: a softmax output into a cross entropy that takes probabilities."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT101",
    name="softmax-then-cross-entropy",
    severity=Severity.WARNING,
    summary="a softmax output is read by a categorical cross entropy that takes probabilities",
    message="{reader} takes the log of a {activation}: {loss}; {advice}",
    why="""\
The pair is right on paper. In float32 the probability of a badly wrong class is 0, and its logarithm is gone.
Keras therefore clips probabilities to 1e-7. With logits `[0, 200]` and true class 0 the loss is 16.118 instead of 200,
and the gradient is exactly 0: the samples that are most wrong teach the model nothing.

What really happens depends on the backend.

- Keras on **TensorFlow** looks for the logits behind a softmax head and uses them: loss 200, gradient -1 and +1.
  It loses them after `Reshape`, `Flatten`, a cast, a slice, `clip`, in `TimeDistributed(Dense(softmax))`, in a
  `mixed_float16` head, with `ignore_class=` and, in eager mode, behind `tf.nn.softmax`.
- Keras on **JAX** and **PyTorch** never looks for them: clipped loss, gradient 0.

Where the logits are found again the finding is a note: the code works there, and only there.
""",
    fix="""\
Give the last layer no activation and the loss `from_logits=True`. `predict` then returns logits. `argmax` and
`metrics=["accuracy"]` over several classes do not change. A reader that needs probabilities calls softmax itself:
`keras.Sequential([model, keras.layers.Softmax()])`.
""",
    bad=(
        """\
import keras
from keras import layers

model = keras.Sequential(
    [layers.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
""",
        """\
import tensorflow as tf

inputs = tf.keras.Input((32, 32, 3))
x = tf.keras.layers.Conv2D(16, 3, activation="relu")(inputs)
x = tf.keras.layers.GlobalAveragePooling2D()(x)
x = tf.keras.layers.Dense(5)(x)
outputs = tf.keras.layers.Activation("softmax")(x)
model = tf.keras.Model(inputs, outputs)
model.compile("adam", loss=tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
""",
        """\
import tensorflow as tf

loss_fn = tf.keras.losses.CategoricalCrossentropy()


def train_step(net, optimizer, images, labels):
    with tf.GradientTape() as tape:
        probs = tf.nn.softmax(net(images))
        loss = loss_fn(labels, probs)
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
""",
        """\
from keras.layers import LSTM, Dense
from keras.losses import categorical_crossentropy
from keras.models import Sequential

model = Sequential()
model.add(LSTM(64))
model.add(Dense(20, activation="softmax"))


def scaled_loss(y_true, y_pred):
    return 0.5 * categorical_crossentropy(y_true, y_pred)


model.compile(loss=scaled_loss, optimizer="rmsprop")
""",
    ),
    good=(
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(128, activation="relu"), layers.Dense(10)])
model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
probability_model = keras.Sequential([model, layers.Softmax()])
""",
        """\
import tensorflow as tf

loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
net = tf.keras.Sequential([tf.keras.layers.Dense(10)])


def step(images, labels, accuracy):
    logits = net(images)
    loss = loss_fn(labels, logits)
    accuracy.update_state(labels, tf.nn.softmax(logits))
    return loss
""",
        """\
import keras
from keras import layers

inputs = keras.Input((64,))
logits = layers.Dense(10, name="logits")(inputs)
probs = layers.Softmax(name="probs")(logits)
model = keras.Model(inputs, [logits, probs])
model.compile("sgd", loss=[keras.losses.CategoricalCrossentropy(from_logits=True), None])
""",
        """\
import keras
from keras import layers

model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="mse")
model.predict(keras.ops.ones((1, 8)))
""",
        """\
import keras

model = keras.models.load_model("classifier.keras")
model.compile(optimizer="adam", loss="categorical_crossentropy")
""",
    ),
)
