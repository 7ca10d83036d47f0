"""LGT206: logits into NLLLoss, which takes log-probabilities."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT206",
    name="logits-into-nll-loss",
    severity=Severity.ERROR,
    summary="a linear output is read by NLLLoss, which takes log-probabilities: log_softmax is missing",
    message=("{reader} takes log-probabilities, but {origin} gives logits: log_softmax is missing; use {twin}"),
    why="""\
`NLLLoss` returns minus the value at the true class, and nothing else. Given logits, it has no lower bound: the model
makes the true logit as large as it can and never learns to make the others small. The gradient is -1 at the true class
and 0 everywhere else, whatever the logits are.

The loss falls below 0 and goes on to minus infinity. Nothing raises an error, and the accuracy may even rise for a
while.
""",
    fix="""\
Use `CrossEntropyLoss` (`F.cross_entropy`) on the same output, or end the model with `log_softmax`. `CrossEntropyLoss`
takes the same `weight`, `ignore_index` and `reduction`.
""",
    bad=(
        """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
criterion = nn.NLLLoss()


def train_step(x, y):
    loss = criterion(model(x), y)
    loss.backward()
    return loss
""",
        """\
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8 * 26 * 26, 10)

    def forward(self, x):
        x = F.relu(self.conv(x)).flatten(1)
        return self.fc(x)


def test(loader):
    net = Net()
    for data, target in loader:
        print(F.nll_loss(net(data), target, reduction="sum").item())
""",
        """\
import torch
from torch import nn

rnn = nn.LSTM(32, 64, batch_first=True)
decoder = nn.Linear(64, 1000)


def language_loss(tokens, target):
    out, _ = rnn(tokens)
    logits = decoder(out).view(-1, 1000)
    return nn.functional.nll_loss(logits, target.view(-1))
""",
    ),
    good=(
        """\
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return F.log_softmax(self.fc(x), dim=1)


def loss(x, y):
    return F.nll_loss(Net()(x), y)
""",
        """\
import torch
from torch import nn

model = nn.Linear(784, 10)
criterion = nn.NLLLoss()


def train_step(x, y):
    out = model(x)
    out = torch.log_softmax(out, dim=1)
    return criterion(out, y)
""",
        """\
import torch
from torch import nn

rate = nn.Linear(16, 1)
criterion = nn.PoissonNLLLoss(log_input=True)


def count_loss(x, counts):
    return criterion(rate(x), counts)
""",
        """\
import torch
from torch import nn


class NLLLoss(nn.Module):
    def forward(self, logits, target):
        return nn.functional.cross_entropy(logits, target)


def loss(x, y):
    return NLLLoss()(nn.Linear(784, 10)(x), y)
""",
    ),
)
