"""What findings say: in the names that the user's framework has, on one line that a terminal can show."""

from __future__ import annotations

from pathlib import Path

import pytest

import logitlint

FIXTURES = Path(__file__).parent / "fixtures"

LONGEST = 220
"""How many characters a message may have; long names of losses take a quarter of them."""

IMPORTS = """
import math
import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.special
import tensorflow as tf
import torch
import torch.nn.functional as F
from tensorflow import keras
"""

SAID = {
    "torch.log(torch.sigmoid(x))": "logsigmoid on the logits",
    "x.sigmoid().log()": "logsigmoid on the logits",
    "torch.log(1 - torch.sigmoid(x))": "from x = 17 on, and its gradient nan; use logsigmoid of -x",
    "tf.log(tf.sigmoid(x))": "use log_sigmoid on the logits",
    "tf.math.log(tf.reduce_sum(tf.exp(x), 1))": "use reduce_logsumexp",
    "jnp.log(jax.nn.sigmoid(x))": "use log_sigmoid on the logits",
    "np.log(scipy.special.expit(x))": "very negative logits; use scipy.special.log_expit",
    "np.log(1 - scipy.special.expit(x))": "-inf from x = 37 on; use scipy.special.log_expit of -x",
    "np.log(scipy.special.softmax(x, axis=1))": "unlikely enough; use scipy.special.log_softmax",
    "np.log(torch.softmax(x, 1).numpy())": "unlikely enough; use log_softmax",
    "np.log(1 - torch.sigmoid(x).numpy())": "-inf from x = 17 on; use logsigmoid of -x",
    "np.log(tf.nn.sigmoid(x).numpy() + 1e-8)": "flattens the result; use log_sigmoid on the logits",
    "np.log(np.sum(np.exp(x)))": "x = 710 on in float64; use scipy.special.logsumexp",
    "math.log(1 + math.exp(x))": "x = 710 on in float64; use numpy.logaddexp(0, x)",
    "np.exp(x) / np.sum(np.exp(x))": "use scipy.special.softmax, or subtract",
    "-torch.sum(y * torch.log(torch.softmax(x, 1)))": "use F.cross_entropy on the logits",
    "-jnp.sum(y * jnp.log(jax.nn.softmax(x)))": "use optax.softmax_cross_entropy on the logits",
    "-np.sum(y * np.log(scipy.special.softmax(x, axis=1)))": "use scipy.special.log_softmax on the logits",
    "np.log(scipy.special.expit(x) + 1e-8)": "flattens the result; use scipy.special.log_expit",
    "torch.log(1 - torch.exp(x))": "loses its digits, and is -inf for x close to 0; use log(-expm1(x)) for x close",
    "np.log(1 + x)": "loses digits for small x; use log1p(x)",
    "torch.log(torch.exp(x) / torch.exp(y).sum(1, keepdim=True))": "-inf once exp(x) is 0; use x - logsumexp(y)",
    "F.softmax(F.relu(x), 1)": "relu at line 15 cuts off negative logits right before this softmax, so no class",
    "torch.sigmoid(F.elu(x))": "elu at line 15 flattens negative logits right before this sigmoid, so probabilities",
    "F.binary_cross_entropy(F.relu(x), y)": "takes probabilities, but relu at line 15 gives values that can exceed 1",
    "F.nll_loss(F.relu(x), y)": "takes log-probabilities, but line 15 gives what relu made; use log_softmax",
    "F.cross_entropy(F.log_softmax(x, 1), y)": "is redundant; drop it, or use nll_loss",
    "F.nll_loss(F.softmax(x, 1), y)": "the loss is -p instead of -log(p); use log_softmax",
    "F.binary_cross_entropy(torch.sigmoid(x), y)": "leave sigmoid out and use binary_cross_entropy_with_logits",
    "optax.softmax_cross_entropy(jax.nn.log_softmax(x), y)": "is redundant; drop it",
    "keras.losses.BinaryCrossentropy(from_logits=True)(y, keras.ops.sigmoid(x))": (
        "Keras on TensorFlow finds the logits again and warns, JAX and PyTorch apply it twice; leave the sigmoid out"
    ),
    "keras.losses.BinaryCrossentropy()(y, keras.ops.sigmoid(x))": (
        "BinaryCrossentropy takes the log of a sigmoid: harmless on TensorFlow, but on JAX and PyTorch the "
        "loss stops at 16.1 with gradient 0; leave sigmoid out and use from_logits=True"
    ),
    "keras.losses.CategoricalCrossentropy()(y, keras.ops.sigmoid(x))": "use softmax if only one class can be right",
}


def messages(text: str) -> list[str]:
    return [finding.message for finding in logitlint.check_source(text, select=["ALL"])]


@pytest.mark.parametrize("code", SAID)
def test_names_are_those_of_the_framework(code: str) -> None:
    said = messages(f"{IMPORTS}\n\ndef f(x, y):\n    return {code}\n")
    assert [message for message in said if SAID[code] in message], said


def test_the_origin_of_a_logarithm_is_the_activation_in_it() -> None:
    (found,) = logitlint.check_source(
        f"{IMPORTS}\n\ndef f(x):\n    rest = 1 - x.softmax(1)\n    return rest[:, 1].log()\n"
    )
    assert [(related.location.line, related.message) for related in found.related] == [(15, "softmax applied here")]


COMPILED = """
import keras

model = keras.Sequential([keras.layers.Dense(3, activation="{activation}")])
model.compile("adam", {loss}, metrics=["accuracy"])
"""

BY_NAME = ('"categorical_crossentropy"', "keras.losses.categorical_crossentropy")


@pytest.mark.parametrize("loss", BY_NAME)
def test_a_loss_that_is_given_by_name_is_told_as_an_object(loss: str) -> None:
    said = messages(COMPILED.format(activation="softmax", loss=loss))
    assert said[0].endswith("leave softmax out and use CategoricalCrossentropy(from_logits=True)")


def test_messages_are_short_and_complete() -> None:
    findings = logitlint.check_paths(FIXTURES, select=["ALL"]).findings
    assert len({finding.code for finding in findings}) > 25
    for finding in findings:
        texts = [finding.message, finding.fix.message, *(related.message for related in finding.related)]
        assert not any("\n" in text or "{" in text or "  " in text for text in texts), texts
        paths = [len(related.location.path) for related in finding.related]
        assert len(finding.message) <= LONGEST + max(paths, default=0), finding.message
        assert not finding.message.endswith(".")
