"""LGT204: log_softmax before a loss that applies it itself."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT204",
    name="log-softmax-into-logit-loss",
    severity=Severity.NOTE,
    summary="a log_softmax output is read by a loss that applies log_softmax itself",
    message=("{reader} applies log_softmax itself, so the log_softmax at {origin} is redundant; drop it{or_nll}"),
    why="""\
The result is right: `log_softmax` of log-probabilities gives them back, so `CrossEntropyLoss(log_softmax(z))` and
`CrossEntropyLoss(z)` have the same loss and the same gradient.

It is still worth a note. The second pass over the classes costs time and memory. More important, the code says that
its author expected another loss: whoever swaps `CrossEntropyLoss` for a loss with other needs, or calls `softmax` on
the output, builds on a wrong belief about what the model returns.
""",
    fix="""\
Drop the `log_softmax` and keep `CrossEntropyLoss`, or keep it and use `NLLLoss`. The first choice returns logits, the
second log-probabilities; `argmax` is the same for both. `CrossEntropyLoss(label_smoothing=…)` has no `NLLLoss` twin.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 10), nn.LogSoftmax(dim=1))
criterion = nn.CrossEntropyLoss()


def step(x, y):
    return criterion(model(x), y)
""",
        """\
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.fc(x)
        return F.log_softmax(x, dim=1)


def loss(x, y):
    return F.cross_entropy(Net()(x), y)
""",
        """\
import jax
import optax


def loss_fn(params, apply, x, y):
    logp = jax.nn.log_softmax(apply(params, x))
    return optax.softmax_cross_entropy_with_integer_labels(logp, y).mean()
""",
    ),
    good=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 10), nn.LogSoftmax(dim=1))
criterion = nn.NLLLoss()


def step(x, y):
    return criterion(model(x), y)
""",
        """\
import torch.nn.functional as F


def losses(net, x, y, teacher_probs):
    logits = net(x)
    distill = F.kl_div(F.log_softmax(logits, dim=1), teacher_probs, reduction="batchmean")
    return F.cross_entropy(logits, y) + distill
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        z = self.fc(x)
        return {"logits": z, "log_probs": F.log_softmax(z, dim=1)}


def loss(x, y):
    out = Net()(x)
    return F.cross_entropy(out["logits"], y)
""",
        """\
import torch
from torch import nn

criterion = nn.CrossEntropyLoss()
criterion = nn.NLLLoss()
log_softmax = nn.LogSoftmax(dim=1)


def loss(net, x, y):
    return criterion(log_softmax(net(x)), y)
""",
    ),
)
