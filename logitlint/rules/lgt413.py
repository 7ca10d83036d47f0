"""LGT413: other formulas for which a stable function exists."""

from __future__ import annotations

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT413",
    name="other-stable-identities",
    severity=Severity.WARNING,
    summary="a formula of exp, log or sigmoid for which the library has a stable function",
    message="{detail}",
    why="""\
Measured in float32 (PyTorch):

- `log(1 - exp(x))`, x < 0: `-inf` with gradient `-inf` from x = -2e-8 on towards 0; 1 % off at -1e-7.
- `log(exp(a) + exp(b))`: `inf` from 89 on, `-inf` below -104, gradient `nan` at both ends. Log-likelihoods of -104 are
  normal.
- `log(exp(a) - exp(b))`: the same ends; `inf - inf` is `nan` beyond.
- `log(prod(x))`: 46 factors of 0.1 give `-inf`, the sum of their logarithms gives -105.9.

Where the loss is small the finding is a note:

- `1 - sigmoid(x)`: 17 % off at x = 15, exactly 0 from 16.8 on, where `sigmoid(-x)` is still exact.
- `x - logsumexp(x)`: keeps only the digits that the logits leave over; with logits near 1000 the result is off by 5e-6,
  near 10000 by 4e-4. `log_softmax(x)` is off by 2e-8.
- `exp(log_softmax(x))`, when nothing else reads the log-probabilities: `softmax(x)` is the same in one step.
""",
    fix="""\
| formula | write |
|---|---|
| `log(1 - exp(x))` | `log(-expm1(x))` |
| `log(exp(a) + exp(b))` | `logaddexp(a, b)` |
| `log(exp(a) - exp(b))` | `a + log(-expm1(b - a))` |
| `log(prod(x))` | `sum(log(x))` |
| `1 - sigmoid(x)` | `sigmoid(-x)` |
| `x - logsumexp(x)` | `log_softmax(x)` |
| `exp(log_softmax(x))` | `softmax(x)` |
""",
    bad=(
        """\
import torch


def log_complement(log_p):
    return torch.log(1 - torch.exp(log_p))
""",
        """\
import numpy as np


def log_add(log_a, log_b):
    return np.log(np.exp(log_a) + np.exp(log_b))
""",
        """\
import jax.numpy as jnp


def log_difference(log_a, log_b):
    return jnp.log(jnp.exp(log_a) - jnp.exp(log_b))
""",
        """\
import numpy as np


def log_likelihood(probabilities):
    return np.log(np.prod(probabilities))
""",
        """\
import torch


def normalise(scores):
    return scores - torch.logsumexp(scores, dim=-1, keepdim=True)
""",
        """\
import torch.nn.functional as F


def predict(net, x):
    return F.log_softmax(net(x), dim=1).exp()
""",
        """\
import tensorflow as tf


def negative_probability(logits):
    return 1 - tf.sigmoid(logits)
""",
    ),
    good=(
        """\
import torch


def log_complement(log_p):
    return torch.log(-torch.expm1(log_p))
""",
        """\
import jax.numpy as jnp


def log_difference(log_a, log_b):
    return log_a + jnp.log(-jnp.expm1(log_b - log_a))
""",
        """\
import torch


def gru_update(z_logits, candidate, hidden):
    z = torch.sigmoid(z_logits)
    return (1 - z) * candidate + z * hidden
""",
        """\
import torch.nn.functional as F


def policy(logits):
    log_probs = F.log_softmax(logits, dim=1)
    probs = log_probs.exp()
    return probs, -(probs * log_probs).sum(dim=1)
""",
        """\
import numpy as np


def log_volume(shape, scale):
    return np.log(scale) + np.sum(np.log(shape))
""",
        """\
import torch


def evidence_gap(scores, other):
    return scores - torch.logsumexp(other, dim=-1, keepdim=True)
""",
    ),
)
