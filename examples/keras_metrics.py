"""Keras: the metrics of a model that returns logits.

logitlint reports LGT502 at the metrics of the first model. `"accuracy"` on one unit compares with 0.5, `AUC` and
`Precision` take a number between 0 and 1; none of them looks at the loss's `from_logits`. Several classes are fine:
there `"accuracy"` is an argmax.
"""

import keras
from keras import layers

model = keras.Sequential([layers.Input((8,)), layers.Dense(1)])
model.compile(
    optimizer="adam",
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=["accuracy", keras.metrics.AUC(), keras.metrics.Precision()],
)

right = keras.Sequential([layers.Input((8,)), layers.Dense(1)])
right.compile(
    optimizer="adam",
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[
        keras.metrics.BinaryAccuracy(threshold=0.0),
        keras.metrics.AUC(from_logits=True),
        keras.metrics.Precision(thresholds=0),
    ],
)

several_classes = keras.Sequential([layers.Input((8,)), layers.Dense(5)])
several_classes.compile(
    optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
)
