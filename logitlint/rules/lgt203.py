"""LGT203: probabilities into NLLLoss, which takes log-probabilities."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT203",
    name="softmax-into-nll-loss",
    severity=Severity.ERROR,
    summary="probabilities are read by NLLLoss, which takes log-probabilities",
    message=(
        "{reader} takes log-probabilities, but {origin} gives {activation} probabilities: the loss is -p "
        "instead of -log(p); use log_softmax"
    ),
    why="""\
`NLLLoss` takes no logarithm, in spite of its name: it returns minus the value at the true class. Given probabilities,
it minimises `-p` instead of `-log(p)`. The loss is negative (-0.0067 for logits `[0, 5]` and true class 0) and never
falls below -1.

The gradient is `p * (1 - p)`, so a sample that is badly wrong teaches nothing: at `[0, 5]` it is 0.0066 instead of
0.9933, at `[0, 200]` exactly 0. A negative classification loss in the log is the sign of this mistake.
""",
    fix="""\
Use `log_softmax` in place of `softmax`, or return the logits and use `CrossEntropyLoss`, which does both steps. The
output then holds log-probabilities or logits: `argmax` does not change, probabilities are `out.exp()` or
`out.softmax(1)`.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(dim=1))
criterion = nn.NLLLoss()


def train_step(x, y):
    loss = criterion(model(x), y)
    loss.backward()
    return loss
""",
        """\
import torch.nn as nn
import torch.nn.functional as F


class Tagger(nn.Module):
    def __init__(self, hidden, tags):
        super().__init__()
        self.out = nn.Linear(hidden, tags)

    def forward(self, x):
        return F.softmax(self.out(x), dim=1)


def step(x, tags):
    model = Tagger(32, 5)
    return F.nll_loss(model(x), tags)
""",
        """\
import torch
from torch import nn

loss_fn = nn.NLLLoss(reduction="sum")


def sequence_loss(decoder, steps, targets):
    loss = 0
    for x, y in zip(steps, targets):
        loss = loss + loss_fn(torch.softmax(decoder(x), dim=1), y)
    return loss
""",
    ),
    good=(
        """\
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(32, 5)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        return self.softmax(self.out(x))


def step(x, tags):
    return nn.NLLLoss()(Tagger()(x), tags)
""",
        """\
import torch
import torch.nn.functional as F


def evaluate(net, x, y):
    logits = net(x)
    probs = F.softmax(logits, dim=1)
    loss = F.nll_loss(F.log_softmax(logits, dim=1), y)
    return loss, probs.max(dim=1).values
""",
        """\
from skorch import NeuralNetClassifier
from torch import nn

module = nn.Sequential(nn.Linear(20, 2), nn.Softmax(dim=-1))
net = NeuralNetClassifier(module, criterion=nn.NLLLoss, max_epochs=10)
""",
        """\
import torch
import torch.nn.functional as F
from torch import nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        z = self.fc(x)
        return F.softmax(z, dim=1), F.log_softmax(z, dim=1)


def loss(x, y):
    probs, log_probs = Head()(x)
    return F.nll_loss(log_probs, y)
""",
        """\
import torch
from torch import nn


def variance_loss(head, x, y):
    weights = torch.softmax(head(x), dim=1)
    return nn.GaussianNLLLoss()(weights.sum(dim=1), y, torch.ones_like(y))
""",
    ),
)
