"""Keras: the activation of the last layer and the loss in `compile`.

logitlint reports LGT205, LGT207, LGT208, LGT209, LGT101 and LGT102 here. The last two are right on paper; Keras on
TensorFlow finds the logits again, Keras on JAX and PyTorch does not and clips the loss at 16.118.
"""

import keras
from keras import layers


def head(units: int, activation: str | None = None) -> keras.Sequential:
    return keras.Sequential([layers.Input((20,)), layers.Dense(32, "relu"), layers.Dense(units, activation)])


no_activation = head(10)
no_activation.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

always_one = head(1, "softmax")
always_one.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])

sigmoid_for_classes = head(10, "sigmoid")
sigmoid_for_classes.compile("adam", loss="categorical_crossentropy")

classifier = head(10, "softmax")
classifier.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
flattened = keras.Sequential([classifier, layers.Softmax()])

spam_filter = head(1, "sigmoid")
spam_filter.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])

right = head(10)
right.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
probabilities = keras.Sequential([right, layers.Softmax()])
