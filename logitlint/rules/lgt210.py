"""LGT210: probabilities given to a distribution as logits."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT210",
    name="probabilities-as-distribution-logits",
    severity=Severity.ERROR,
    summary="softmax or sigmoid probabilities are given to a distribution's `logits=`",
    message=(
        "{reader} is given {activation} probabilities from {origin} as logits=; pass the logits themselves, or probs="
    ),
    why="""\
The distribution applies softmax (or sigmoid) to its logits. Given probabilities, it applies it a second time and
becomes nearly uniform. `Categorical(logits=softmax([0, 5]))` has probabilities 0.27 and 0.73 instead of 0.007 and
0.993, and its `log_prob(0)` is -1.303 instead of -5.007. With 10 classes no class can get more than 0.2320.

An agent trained this way keeps exploring almost at random and its entropy never falls. Nothing raises an error.
""",
    fix="""\
Give the distribution the logits themselves: `Categorical(logits=x)`. `probs=softmax(x)` would be the right function
too, but its gradient vanishes (LGT103). The samples and log-probabilities change, since they were wrong.
""",
    bad=(
        """\
import torch
import torch.nn.functional as F
from torch.distributions import Categorical


def select_action(policy, state):
    probs = F.softmax(policy(state), dim=-1)
    dist = Categorical(logits=probs)
    action = dist.sample()
    return action, dist.log_prob(action)
""",
        """\
import torch
from torch import nn
from torch.distributions import Categorical


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2), nn.Softmax(dim=-1))

    def forward(self, state):
        return self.net(state)


def act(state):
    return Categorical(logits=Actor()(state)).sample()
""",
        """\
import torch
from torch import distributions


def bit_distribution(decoder, z):
    p = torch.sigmoid(decoder(z))
    return distributions.Bernoulli(logits=p)
""",
    ),
    good=(
        """\
import torch
from torch import nn
from torch.distributions import Categorical

policy = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))


def act(state):
    dist = Categorical(logits=policy(state))
    action = dist.sample()
    return action, dist.log_prob(action), dist.entropy()
""",
        """\
import torch.nn.functional as F
from torch.distributions import Categorical


def act(policy, state):
    log_probs = F.log_softmax(policy(state), dim=-1)
    return Categorical(logits=log_probs)
""",
        """\
import torch
from torch.distributions import Categorical


def act(policy, state):
    logits = policy(state)
    greedy = torch.softmax(logits, dim=-1).max()
    return Categorical(logits=logits).sample(), greedy
""",
        """\
import torch
from torch.distributions import Categorical


def act(policy, state):
    return Categorical(torch.softmax(policy(state), dim=-1)).sample()
""",
    ),
)
