"""LGT103: probabilities into a distribution that also takes logits."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT103",
    name="probabilities-into-distribution",
    severity=Severity.WARNING,
    summary="softmax or sigmoid probabilities are given to a distribution that takes logits as well",
    message=(
        "{reader} is made from the probabilities of {activation} at {origin}: log_prob is cut off "
        "or -inf once a class saturates, and its gradient 0 or nan; pass logits= instead"
    ),
    why="""\
The distribution turns `probs` back into logits by a clamped logarithm, and the clamp has no gradient. With logits
`[0, 200]`, `Categorical(probs=softmax(z)).log_prob(0)` is -15.942 instead of -200, and its gradient is exactly 0; in
PyTorch this begins at a margin of 16. `Bernoulli(probs=sigmoid(z))` does the same from |z| = 16 on.

In a policy gradient this means: an action that the policy has almost given up can never come back, because its
log-probability sends no gradient. The first positional argument of `torch.distributions.Categorical` and `Bernoulli`
is `probs`.

A distribution that is only sampled from has no such problem and is not reported.
""",
    fix="""\
Leave out the softmax or sigmoid and write `Categorical(logits=x)`. `sample`, `entropy` and `log_prob` mean the same.
If other code reads the probabilities, `dist.probs` still gives them.
""",
    bad=(
        """\
import torch
import torch.nn.functional as F
from torch.distributions import Categorical


def select_action(policy, state):
    probs = F.softmax(policy(state), dim=-1)
    dist = Categorical(probs)
    action = dist.sample()
    return action, dist.log_prob(action)
""",
        """\
import torch
from torch import nn
from torch.distributions import Categorical

actor = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2), nn.Softmax(dim=-1))


def policy_loss(states, actions, advantages):
    dist = Categorical(probs=actor(states))
    return -(dist.log_prob(actions) * advantages).mean()
""",
        """\
import torch
from torch import distributions as D


def log_likelihood(decoder, z, pixels):
    p = torch.sigmoid(decoder(z))
    return D.Bernoulli(probs=p).log_prob(pixels).sum(-1)
""",
    ),
    good=(
        """\
import torch
from torch.distributions import Categorical


def select_action(policy, state):
    dist = Categorical(logits=policy(state))
    action = dist.sample()
    return action, dist.log_prob(action)
""",
        """\
import torch
from torch.distributions import Categorical


def sample_token(logits, temperature):
    probs = torch.softmax(logits / temperature, dim=-1)
    return Categorical(probs=probs).sample()
""",
        """\
import torch


def sample_token(logits):
    return torch.multinomial(torch.softmax(logits, dim=-1), num_samples=1)
""",
        """\
import torch
from torch.distributions import Normal


def gaussian_policy(trunk, x):
    mean = torch.sigmoid(trunk(x))
    return Normal(mean, 0.1).log_prob(x)
""",
        """\
import torch
from torch.distributions import Categorical

uniform = Categorical(probs=torch.ones(6) / 6)
score = uniform.log_prob(torch.tensor(3))
""",
    ),
)
