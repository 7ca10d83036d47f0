"""Where fixes of formulas by hand follow variables, where they refuse, and what they are not sure of."""

from __future__ import annotations

import pytest

import logitlint
from logitlint.finding import Applicability, Finding


def findings(text: str, *codes: str) -> list[Finding]:
    return logitlint.check_source(text, select=codes or ["ALL"])


def mended(text: str, code: str) -> str:
    """A script after every fix for one code."""
    return logitlint.fix_source(text, unsafe=True, select=[code])


REFUSED = {
    "changed in place": """
import torch


def f(x):
    p = torch.softmax(x, 1)
    x[0] = 3
    return p.log()
""",
    "axis not kept": """
import numpy as np


def f(x):
    return np.exp(x) / np.exp(x).sum(axis=1)
""",
    "no gradient": """
import torch


def f(x):
    with torch.no_grad():
        p = torch.softmax(x, 1)
    return p.log()
""",
    "axis set elsewhere": """
import functools
import torch
from settings import AXIS

softmax = functools.partial(torch.softmax, dim=AXIS)


def f(x):
    return softmax(x).log()
""",
    "several axes": """
import torch


def f(x):
    return torch.exp(x) / torch.exp(x).sum((1, 2), keepdim=True)
""",
    "no axis": """
import torch


def f(x):
    return torch.exp(x) / torch.exp(x).sum()
""",
    "zeros between": """
import torch
import torch.nn.functional as F


def f(x):
    return torch.log(F.pad(torch.softmax(x, 1), (1, 1)))
""",
    "function with a common name": """
import torch


def flip(p):
    return 1 - p


def f(x):
    return torch.log(flip(torch.softmax(x, 1)))
""",
    "comment inside": """
import torch


def f(x):
    return torch.log(  # natural
        torch.softmax(x, 1)
    )
""",
    "base of the logarithm": """
import math


def f(x):
    return math.log(1 + x, 2)
""",
    "complement of a softmax": """
import torch


def f(x):
    return torch.log(1 - torch.softmax(x, 1))
""",
    "either side": """
import numpy as np


def f(x):
    return np.log1p(-np.exp(x))
""",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_where_the_result_is_not_certain(name: str) -> None:
    found = findings(REFUSED[name])
    assert [f.fix.applicability for f in found] == [Applicability.NONE]
    assert found[0].fix.message


PLACES = {
    "places of the largest class": (
        """
import torch

net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Softmax(dim=1))
criterion = torch.nn.CrossEntropyLoss()


def f(x, y, floor):
    out = net(x)
    loss = criterion(out, y)
    _, first = torch.max(out.data, 1)
    second = out.max(dim=1)[1] + 1
    row = torch.max(out, floor)[1]
    return loss, first, second, row
""",
        """
import torch

net = torch.nn.Sequential(torch.nn.Linear(3, 4))
criterion = torch.nn.CrossEntropyLoss()


def f(x, y, floor):
    out = net(x)
    loss = criterion(out, y)
    _, first = torch.max(out.data, 1)
    second = out.max(dim=1)[1] + 1
    row = torch.max(torch.softmax(out, dim=1), floor)[1]
    return loss, first, second, row
""",
    ),
    "two arguments that need a name": (
        """
import torch


def kl(net, a, b):
    p = torch.softmax(net(a), 1)
    q = torch.softmax(net(b), 1)
    return (p * (p.log() - q.log())).sum(1)
""",
        """
import torch


def kl(net, a, b):
    logits = net(a)
    p = torch.softmax(logits, 1)
    logits_2 = net(b)
    return (p * (torch.log_softmax(logits, 1) - torch.log_softmax(logits_2, 1))).sum(1)
""",
    ),
    "operation with a name in the graph": (
        """
import tensorflow.compat.v1 as tf


def f(h):
    p = tf.nn.softmax(h, name="probabilities")
    return tf.log(p)
""",
        """
import tensorflow.compat.v1 as tf


def f(h):
    p = tf.nn.softmax(h, name="probabilities")
    return tf.nn.log_softmax(h)
""",
    ),
    "attributes": (
        """
import tensorflow as tf


class Net:
    def __init__(self, h):
        self.z = tf.layers.dense(h, 4)
        self.p = tf.nn.softmax(self.z)
        self.q = tf.nn.softmax(tf.layers.dense(h, 3))

    def loss(self, a):
        return tf.log(self.p)[a] + tf.log(self.q)
""",
        """
import tensorflow as tf


class Net:
    def __init__(self, h):
        self.z = tf.layers.dense(h, 4)
        self.p = tf.nn.softmax(self.z)
        self.logits = tf.layers.dense(h, 3)
        self.q = tf.nn.softmax(self.logits)

    def loss(self, a):
        return tf.nn.log_softmax(self.z)[a] + tf.nn.log_softmax(self.logits)
""",
    ),
    "loop around both": (
        """
import torch


def f(net, batches):
    total = 0
    for x in batches:
        p = torch.softmax(net(x), 1)
        total += p[:, 0].log()
    return total
""",
        """
import torch


def f(net, batches):
    total = 0
    for x in batches:
        logits = net(x)
        total += torch.log_softmax(logits, 1)[:, 0]
    return total
""",
    ),
    "loop that rebinds": (
        """
import torch


def f(x, n):
    p = torch.softmax(x, 1)
    total = 0
    for _ in range(n):
        total += p.log()
        x = x + 1
    return total
""",
        """
import torch


def f(x, n):
    logits = x
    total = 0
    log_probs = torch.log_softmax(logits, 1)
    for _ in range(n):
        total += log_probs
        x = x + 1
    return total
""",
    ),
    "name that is taken": (
        """
import torch


def f(net, x, logits):
    p = torch.softmax(net(x), 1)
    return p.log() + logits + p
""",
        """
import torch


def f(net, x, logits):
    logits_2 = net(x)
    p = torch.softmax(logits_2, 1)
    return torch.log_softmax(logits_2, 1) + logits + p
""",
    ),
    "layer that nothing calls any more": (
        """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return torch.log(self.softmax(self.fc(x)))
""",
        """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return torch.log_softmax(self.fc(x), dim=1)
""",
    ),
    "module": (
        """
import tensorflow.compat.v1 as tf

x = tf.placeholder(tf.float32, [None, 4])
w = tf.Variable(tf.zeros([4, 3]))
p = tf.nn.softmax(tf.matmul(x, w))
with tf.name_scope("loss"):
    loss = -tf.reduce_mean(tf.log(p))
""",
        """
import tensorflow.compat.v1 as tf

x = tf.placeholder(tf.float32, [None, 4])
w = tf.Variable(tf.zeros([4, 3]))
logits = tf.matmul(x, w)
p = tf.nn.softmax(logits)
with tf.name_scope("loss"):
    loss = -tf.reduce_mean(tf.nn.log_softmax(logits))
""",
    ),
    "closure": (
        """
import torch


def f(net, x):
    z = net(x)
    p = torch.sigmoid(z)

    def g():
        return torch.log(p)

    return g
""",
        """
import torch


def f(net, x):
    z = net(x)

    def g():
        return torch.nn.functional.logsigmoid(z)

    return g
""",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_follows_variables_from_place_to_place(name: str) -> None:
    before, expected = PLACES[name]
    (code,) = {f.code for f in findings(before)}
    assert mended(before, code) == expected
    assert findings(expected) == []


def test_probabilities_as_logits_change_on_purpose() -> None:
    before = """
import torch
from torch.distributions import Categorical


def f(net, x):
    return Categorical(logits=torch.softmax(net(x), -1))
"""
    (found,) = findings(before)
    assert found.fix.applicability is Applicability.UNSAFE
    assert "Categorical(logits=net(x))" in mended(before, "LGT210")


@pytest.mark.parametrize(("default", "expected"), [("", Applicability.SAFE), ("=None", Applicability.UNSAFE)])
def test_an_axis_that_may_be_none_is_a_doubt(default: str, expected: Applicability) -> None:
    source = f"""
import torch


def f(x, dim{default}):
    return torch.log(torch.exp(x).sum(dim))
"""
    (found,) = findings(source)
    assert found.fix.applicability is expected
    assert "torch.logsumexp(x, dim=dim)" in mended(source, "LGT408")


def test_an_import_of_another_package_is_a_doubt() -> None:
    before = """
import numpy as np


def f(x):
    return 1 / (1 + np.exp(-x))
"""
    (found,) = findings(before)
    assert found.fix.applicability is Applicability.UNSAFE
    assert "scipy" in found.fix.message
    assert "from scipy.special import expit" in mended(before, "LGT410")


def test_code_that_only_its_brackets_hold_together() -> None:
    text = """
import keras
from torch import nn

model = keras.Sequential([keras.layers.Dense(1)])
model.compile(
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[
        keras.metrics  # the usual one
        .BinaryAccuracy(),
    ],
)


def loss(x, y):
    return (
        nn.functional  # of
        .binary_cross_entropy(x.sigmoid(), y)
    )
"""
    assert ".BinaryAccuracy(threshold=0.0)," in mended(text, "LGT502")
    assert "nn.functional.binary_cross_entropy_with_logits(x, y)" in mended(text, "LGT102")


def test_a_pooled_output_is_left_to_its_weights() -> None:
    text = """
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Conv2d(3, 10, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def loss(x, y):
    return F.cross_entropy(net(x), y)
"""
    (finding,) = findings(text)
    assert (finding.code, finding.fix.applicability) == ("LGT302", Applicability.NONE)
    assert finding.fix.message.startswith("pretrained weights may depend on it")


def test_a_loss_of_which_it_is_not_known_what_it_takes() -> None:
    text = """
import sys
import keras

model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
given = keras.losses.BinaryCrossentropy()
asked = keras.losses.BinaryCrossentropy(from_logits="logits" in sys.argv)


def losses(x, y):
    p = model(x)
    return given(y, p), asked(y, p)
"""
    (finding,) = findings(text, "LGT102")
    assert finding.fix.message.endswith("takes it as logits or probabilities, which of them is not certain")
