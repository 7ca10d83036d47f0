"""Fixes of what is written by hand: the text that they give, and that it computes the same on the real framework."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import logitlint
from logitlint.finding import Applicability, Finding
from logitlint.rules.registry import all_rules

CODES = [f"LGT{number}" for number in (103, 210, *range(401, 414))]
HEADERS = {
    "torch": "import torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.distributions import *\n",
    "tensorflow": "import tensorflow as tf\n",
    "tensorflow 1": "import tensorflow.compat.v1 as tf\n",
    "jax": "import jax\nimport jax.numpy as jnp\n",
    "flax": "import flax.linen as nn\nimport jax.numpy as jnp\n",
    "keras": "from keras import ops\n",
    "numpy": "import numpy as np\nimport scipy.special\n",
    "math": "import math\n\nimport numpy as np\nimport scipy.special\n",
}


@dataclass(frozen=True)
class Pair:
    """A function body before and after the fix; its parameters are the names of `INPUTS` that it reads."""

    code: str
    framework: str
    before: str
    after: str
    applicability: Applicability = Applicability.SAFE

    def __str__(self) -> str:
        return f"{self.code}-{self.framework}-{self.before.strip().splitlines()[-1].strip()[:50]}"

    def program(self, body: str) -> str:
        """The body as a function `f`, with the imports of its framework."""
        used = {node.id for node in ast.walk(ast.parse(self.before)) if isinstance(node, ast.Name)}
        parameters = ", ".join(name for name in INPUTS if name in used)
        *first, last = body.strip("\n").splitlines()
        lines = "\n".join(f"    {line}" if line else "" for line in [*first, last])
        return f"{HEADERS[self.framework]}\n\ndef f({parameters}):\n{lines}\n"


_random = np.random.default_rng(0)
INPUTS: dict[str, Any] = {
    "x": _random.normal(0, 2, (3, 4)).astype(np.float32),
    "z": _random.normal(0, 2, (3, 4)).astype(np.float32),
    "y": np.eye(4, dtype=np.float32)[[2, 0, 3]],
    "t": np.array([[0, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 0]], np.float32),
    "a": np.array([2, 0, 3]),
    "s": np.float32(0.7),
    "n": -_random.uniform(0.1, 3, (3, 4)).astype(np.float32),
}

UNSAFE = Applicability.UNSAFE
PAIRS = [
    # log of softmax
    Pair("LGT401", "torch", "return torch.log(F.softmax(x, dim=1))", "return F.log_softmax(x, dim=1)"),
    Pair("LGT401", "torch", "return torch.log(torch.softmax(x, -1))", "return torch.log_softmax(x, -1)"),
    Pair("LGT401", "torch", "return (x + z).softmax(1).log()", "return (x + z).log_softmax(1)"),
    Pair("LGT401", "torch", "return torch.log(nn.Softmax(dim=1)(x))", "return torch.log_softmax(x, dim=1)"),
    Pair(
        "LGT401",
        "torch",
        "return -x.softmax(1).log().gather(1, a[:, None]) ** 2",
        "return -x.log_softmax(1).gather(1, a[:, None]) ** 2",
    ),
    Pair(
        "LGT401",
        "torch",
        "return torch.log(F.softmax(x, dim=1).gather(1, a[:, None]).squeeze(1))",
        "return F.log_softmax(x, dim=1).gather(1, a[:, None]).squeeze(1)",
    ),
    Pair(
        "LGT401",
        "torch",
        """
p = torch.softmax(x, dim=1)
return -(p * p.log()).sum(1)
""",
        """
p = torch.softmax(x, dim=1)
return -(p * torch.log_softmax(x, dim=1)).sum(1)
""",
    ),
    Pair(
        "LGT401",
        "torch",
        """
p = F.softmax(x @ z.t(), dim=1)  # one row each
best = p.argmax(1)
return torch.log(p)[:, best]
""",
        """
logits = x @ z.t()
p = F.softmax(logits, dim=1)  # one row each
best = p.argmax(1)
return F.log_softmax(logits, dim=1)[:, best]
""",
    ),
    Pair(
        "LGT401",
        "torch",
        """
p = F.softmax(x * 2, dim=1)
x = x + 1
return torch.log(p) * x
""",
        """
logits = x * 2
x = x + 1
return F.log_softmax(logits, dim=1) * x
""",
    ),
    Pair(
        "LGT401",
        "torch",
        """
x = torch.softmax(x, 1)
return torch.log(x)
""",
        """
logits = x
x = torch.softmax(logits, 1)
return torch.log_softmax(logits, 1)
""",
    ),
    Pair(
        "LGT401",
        "torch",
        """
return torch.log(
    torch.softmax(
        x
        + z,  # both
        dim=1,
    )
)
""",
        """
return torch.log_softmax(
        x
        + z,  # both
        dim=1,
    )
""",
    ),
    Pair("LGT401", "tensorflow", "return tf.math.log(tf.nn.softmax(x))", "return tf.nn.log_softmax(x)"),
    Pair(
        "LGT401",
        "tensorflow",
        "return tf.math.log(tf.squeeze(tf.nn.softmax(x, axis=0)))",
        "return tf.squeeze(tf.nn.log_softmax(x, axis=0))",
    ),
    Pair("LGT401", "tensorflow 1", "return tf.log(tf.nn.softmax(x, dim=0))", "return tf.nn.log_softmax(x, dim=0)"),
    Pair("LGT401", "jax", "return jnp.log(jax.nn.softmax(x, axis=0))", "return jax.nn.log_softmax(x, axis=0)"),
    Pair("LGT401", "flax", "return jnp.log(nn.softmax(x))", "return nn.log_softmax(x)"),
    Pair("LGT401", "keras", "return ops.log(ops.softmax(x, axis=0))", "return ops.log_softmax(x, axis=0)"),
    Pair(
        "LGT401",
        "numpy",
        "return np.log(scipy.special.softmax(x, axis=1))[:, a]",
        "return scipy.special.log_softmax(x, axis=1)[:, a]",
    ),
    # log of sigmoid
    Pair("LGT402", "torch", "return -torch.log(torch.sigmoid(x - z))", "return -F.logsigmoid(x - z)"),
    Pair("LGT402", "torch", "return x.sigmoid().log().mean()", "return F.logsigmoid(x).mean()"),
    Pair("LGT402", "torch", "return torch.log(nn.Sigmoid()(x))", "return F.logsigmoid(x)"),
    Pair("LGT402", "tensorflow", "return tf.math.log(tf.sigmoid(x))", "return tf.math.log_sigmoid(x)"),
    Pair("LGT402", "tensorflow 1", "return tf.log(tf.sigmoid(x))", "return tf.log_sigmoid(x)"),
    Pair("LGT402", "jax", "return jnp.log(jax.nn.sigmoid(x))", "return jax.nn.log_sigmoid(x)"),
    Pair("LGT402", "keras", "return ops.log(ops.sigmoid(x))", "return ops.log_sigmoid(x)"),
    Pair("LGT402", "numpy", "return np.log(scipy.special.expit(x))", "return scipy.special.log_expit(x)"),
    # log of one minus sigmoid
    Pair("LGT403", "torch", "return torch.log(1 - torch.sigmoid(x - z))", "return F.logsigmoid(-(x - z))"),
    Pair("LGT403", "torch", "return torch.log1p(-torch.sigmoid(-x))", "return F.logsigmoid(x)"),
    Pair("LGT403", "tensorflow", "return tf.math.log(1.0 - tf.sigmoid(x))", "return tf.math.log_sigmoid(-x)"),
    Pair("LGT403", "jax", "return jnp.log(1 - jax.nn.sigmoid(x))", "return jax.nn.log_sigmoid(-x)"),
    Pair("LGT403", "keras", "return ops.log(1 - ops.sigmoid(x))", "return ops.log_sigmoid(-x)"),
    Pair("LGT403", "numpy", "return np.log(1 - scipy.special.expit(x))", "return scipy.special.log_expit(-x)"),
    # guarded
    Pair("LGT404", "torch", "return torch.log(x.softmax(1) + 1e-8)", "return x.log_softmax(1)", UNSAFE),
    Pair("LGT404", "torch", "return x.sigmoid().clamp(1e-7, 1 - 1e-7).log()", "return F.logsigmoid(x)", UNSAFE),
    Pair("LGT404", "torch", "return torch.log(1 - x.sigmoid() + 1e-8)", "return F.logsigmoid(-x)", UNSAFE),
    Pair(
        "LGT404",
        "tensorflow",
        "return tf.math.log(tf.maximum(tf.nn.softmax(x), 1e-9))",
        "return tf.nn.log_softmax(x)",
        UNSAFE,
    ),
    Pair("LGT404", "jax", "return jnp.log(jax.nn.sigmoid(x) + 1e-9)", "return jax.nn.log_sigmoid(x)", UNSAFE),
    # cross entropies
    Pair(
        "LGT405",
        "torch",
        """
p = F.softmax(x, dim=1)
return -(y * torch.log(p)).sum(1).mean()
""",
        "return -(y * F.log_softmax(x, dim=1)).sum(1).mean()",
    ),
    Pair(
        "LGT405",
        "tensorflow 1",
        """
p = tf.nn.softmax(tf.matmul(x, z, transpose_b=True))
right = tf.equal(tf.argmax(p, 1), a)
return tf.reduce_mean(-tf.reduce_sum(y[:, :3] * tf.log(p), reduction_indices=[1]))
""",
        """
logits = tf.matmul(x, z, transpose_b=True)
p = tf.nn.softmax(logits)
right = tf.equal(tf.argmax(p, 1), a)
return tf.reduce_mean(-tf.reduce_sum(y[:, :3] * tf.nn.log_softmax(logits), reduction_indices=[1]))
""",
    ),
    Pair(
        "LGT405",
        "jax",
        "return -jnp.sum(y * jnp.log(jax.nn.softmax(x)), axis=-1).mean()",
        "return -jnp.sum(y * jax.nn.log_softmax(x), axis=-1).mean()",
    ),
    Pair(
        "LGT406",
        "torch",
        """
p = torch.sigmoid(x * 2)
return -(t * torch.log(p) + (1 - t) * torch.log(1 - p)).mean()
""",
        """
logits = x * 2
return -(t * F.logsigmoid(logits) + (1 - t) * F.logsigmoid(-logits)).mean()
""",
    ),
    Pair(
        "LGT406",
        "tensorflow",
        """
p = tf.sigmoid(x)
return tf.reduce_mean(-t * tf.math.log(p) - (1 - t) * tf.math.log(1 - p))
""",
        "return tf.reduce_mean(-t * tf.math.log_sigmoid(x) - (1 - t) * tf.math.log_sigmoid(-x))",
    ),
    Pair(
        "LGT406",
        "numpy",
        """
p = scipy.special.expit(x)
return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p), axis=0)
""",
        "return -np.mean(t * scipy.special.log_expit(x) + (1 - t) * scipy.special.log_expit(-x), axis=0)",
    ),
    Pair(
        "LGT406",
        "numpy",
        """
p = 1 / (1 + np.exp(-(x * z)))
return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
""",
        """
logits = x * z
return -np.mean(t * scipy.special.log_expit(logits) + (1 - t) * scipy.special.log_expit(-logits))
""",
    ),
    # softmax by hand
    Pair("LGT407", "torch", "return torch.exp(x) / x.exp().sum(0)", "return torch.softmax(x, dim=0)"),
    Pair(
        "LGT407",
        "torch",
        """
e = torch.exp(x / s)
return e / torch.sum(e, 1).unsqueeze(1)
""",
        """
logits = x / s
return torch.softmax(logits, dim=1)
""",
    ),
    Pair(
        "LGT407",
        "tensorflow",
        "return tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, keepdims=True)",
        "return tf.nn.softmax(x, axis=-1)",
    ),
    Pair("LGT407", "jax", "return jnp.exp(x) / jnp.sum(jnp.exp(x))", "return jax.nn.softmax(x, axis=None)"),
    Pair(
        "LGT407",
        "numpy",
        """
e = np.exp(x)
total = np.sum(e, axis=1, keepdims=True)
return e / total
""",
        "return scipy.special.softmax(x, axis=1)",
    ),
    Pair("LGT407", "numpy", "return np.exp(x) / sum(np.exp(x))", "return scipy.special.softmax(x, axis=0)"),
    # logsumexp
    Pair("LGT408", "torch", "return torch.log(torch.sum(torch.exp(x), dim=1))", "return torch.logsumexp(x, dim=1)"),
    Pair("LGT408", "torch", "return x.exp().sum(1, True).log()", "return torch.logsumexp(x, dim=1, keepdim=True)"),
    Pair("LGT408", "torch", "return (x - z).exp().sum().log()", "return torch.logsumexp((x - z).flatten(), dim=0)"),
    Pair(
        "LGT408",
        "torch",
        "return torch.log(x.exp().sum(1) + z.exp().sum(1))",
        "return torch.logaddexp(torch.logsumexp(x, dim=1), torch.logsumexp(z, dim=1))",
    ),
    Pair(
        "LGT408",
        "tensorflow",
        "return tf.math.log(tf.reduce_sum(tf.exp(x), [0, 1]))",
        "return tf.math.reduce_logsumexp(x, axis=[0, 1])",
    ),
    Pair(
        "LGT408",
        "tensorflow 1",
        "return tf.log(tf.reduce_sum(tf.exp(x), 1, keep_dims=True))",
        "return tf.reduce_logsumexp(x, axis=1, keep_dims=True)",
    ),
    Pair("LGT408", "jax", "return jnp.log(jnp.exp(x).sum(axis=-1))", "return jax.nn.logsumexp(x, axis=-1)"),
    Pair("LGT408", "keras", "return ops.log(ops.sum(ops.exp(x), axis=1))", "return ops.logsumexp(x, axis=1)"),
    Pair(
        "LGT408",
        "numpy",
        "return np.log(np.sum(np.exp(x), axis=0, keepdims=True))",
        "return scipy.special.logsumexp(x, axis=0, keepdims=True)",
    ),
    Pair(
        "LGT407",
        "numpy",
        "return np.log(np.exp(x) / np.sum(np.exp(z), axis=1, keepdims=True))",
        "return x - scipy.special.logsumexp(z, axis=1, keepdims=True)",
    ),
    # softplus
    Pair("LGT409", "torch", "return torch.log(1 + torch.exp(-x * z))", "return F.softplus(-x * z)"),
    Pair("LGT409", "torch", "return x.exp().add(1).log()", "return F.softplus(x)"),
    Pair("LGT409", "tensorflow", "return tf.math.log(1.0 + tf.exp(x))", "return tf.math.softplus(x)"),
    Pair("LGT409", "jax", "return jnp.log1p(jnp.exp(x))", "return jax.nn.softplus(x)"),
    Pair("LGT409", "keras", "return ops.log1p(ops.exp(x))", "return ops.softplus(x)"),
    Pair("LGT409", "numpy", "return 2 * np.log1p(np.exp(x + z))", "return 2 * np.logaddexp(0, x + z)"),
    Pair("LGT409", "math", "return math.log(1 + math.exp(s))", "return np.logaddexp(0, s)", UNSAFE),
    # sigmoid by hand
    Pair("LGT410", "torch", "return 1 / (1 + torch.exp(-x))", "return torch.sigmoid(x)"),
    Pair("LGT410", "torch", "return torch.exp(x) / (1 + torch.exp(x))", "return torch.sigmoid(x)"),
    Pair("LGT410", "tensorflow", "return 1.0 / (1.0 + tf.exp(-s * x))", "return tf.sigmoid(s * x)"),
    Pair("LGT410", "jax", "return 1 / (1 + jnp.exp(-(x - z)))", "return jax.nn.sigmoid(x - z)"),
    Pair("LGT410", "numpy", "return (1 / (1 + np.exp(-s * x))) ** 2", "return scipy.special.expit(s * x) ** 2"),
    Pair("LGT410", "math", "return 1 / (1 + math.exp(-s))", "return scipy.special.expit(s)", UNSAFE),
    # log1p, expm1
    Pair("LGT411", "numpy", "return np.log(1 + np.abs(x))", "return np.log1p(np.abs(x))"),
    Pair("LGT411", "torch", "return 2 * (torch.exp(x) - 1)", "return 2 * torch.expm1(x)"),
    Pair("LGT411", "tensorflow", "return tf.math.log(1.0 + tf.abs(x))", "return tf.math.log1p(tf.abs(x))"),
    Pair("LGT411", "jax", "return jnp.exp(x) - 1", "return jnp.expm1(x)"),
    # square root of exp
    Pair("LGT412", "torch", "return torch.sqrt(torch.exp(x))", "return torch.exp(x / 2)"),
    Pair("LGT412", "torch", "return (x + z).exp().sqrt()", "return ((x + z) / 2).exp()"),
    Pair("LGT412", "torch", "return x.softmax(1).sqrt()", "return torch.exp(x.log_softmax(1) / 2)"),
    Pair(
        "LGT412",
        "tensorflow",
        """
variance = tf.exp(x)
return z + tf.sqrt(variance)
""",
        "return z + tf.exp(x / 2)",
    ),
    # other identities
    Pair("LGT413", "torch", "return torch.log(1 - torch.exp(n))", "return torch.log(-torch.expm1(n))"),
    Pair("LGT413", "numpy", "return np.log(np.exp(x) + np.exp(z))", "return np.logaddexp(x, z)"),
    Pair(
        "LGT413",
        "jax",
        "return jnp.log(jnp.exp(x + 9) - jnp.exp(z))",
        "return x + 9 + jnp.log(-jnp.expm1(z - (x + 9)))",
    ),
    Pair(
        "LGT413",
        "numpy",
        "return np.log(np.prod(np.abs(x), axis=1))",
        "return np.sum(np.log(np.abs(x)), axis=1)",
        UNSAFE,
    ),
    Pair("LGT413", "torch", "return F.log_softmax(x, dim=1).exp()", "return F.softmax(x, dim=1)"),
    Pair(
        "LGT413",
        "torch",
        "return x - torch.logsumexp(x, dim=-1, keepdim=True)",
        "return F.log_softmax(x, dim=-1)",
    ),
    Pair("LGT413", "tensorflow", "return 1 - tf.sigmoid(x)", "return tf.sigmoid(-x)"),
    # distributions
    Pair(
        "LGT103",
        "torch",
        "return Categorical(F.softmax(x, dim=-1)).log_prob(a)",
        "return Categorical(logits=x).log_prob(a)",
    ),
    Pair(
        "LGT103",
        "torch",
        "return Categorical(probs=F.softmax(x, dim=1), validate_args=False).log_prob(a)",
        "return Categorical(logits=F.log_softmax(x, dim=1), validate_args=False).log_prob(a)",
    ),
    Pair(
        "LGT103",
        "torch",
        """
p = torch.sigmoid(x @ z.t())
d = Bernoulli(p)
return d.log_prob(t[:, :3]) + d.entropy()
""",
        """
logits = x @ z.t()
d = Bernoulli(logits=logits)
return d.log_prob(t[:, :3]) + d.entropy()
""",
    ),
]


def findings(text: str, *codes: str) -> list[Finding]:
    return logitlint.check_source(text, select=codes or ["ALL"])


def mended(text: str, code: str) -> str:
    """A script after every fix for one code."""
    return logitlint.fix_source(text, unsafe=True, select=[code])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_fix_gives_the_stable_form(pair: Pair) -> None:
    before = pair.program(pair.before)
    assert {f.fix.applicability for f in findings(before, pair.code)} == {pair.applicability}
    assert mended(before, pair.code) == pair.program(pair.after)
    assert not findings(pair.program(pair.after), *CODES)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_fix_computes_the_same(pair: Pair) -> None:
    before, after = (function_of(pair.program(body)) for body in (pair.before, pair.after))
    for old, new in zip(RUN[pair.framework](before), RUN[pair.framework](after), strict=True):
        assert np.isfinite(old).all()
        np.testing.assert_allclose(new, old, rtol=2e-4, atol=1e-5)


def function_of(program: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(program, names)
    found: Callable[..., Any] = names["f"]
    return found


def inputs(function: Callable[..., Any]) -> list[Any]:
    return [INPUTS[name] for name in inspect.signature(function).parameters]


def run_numpy(function: Callable[..., Any]) -> list[Any]:
    return [function(*inputs(function))]


def run_torch(function: Callable[..., Any]) -> list[Any]:
    import torch

    given = [torch.tensor(value) for value in inputs(function)]
    leaves = [value.requires_grad_() for value in given if value.is_floating_point()]
    result = function(*given)
    gradients = torch.autograd.grad(result.sum(), leaves, allow_unused=True)
    return [value.detach().numpy() for value in (result, *gradients) if value is not None]


def run_tensorflow(function: Callable[..., Any]) -> list[Any]:
    import tensorflow as tf

    given = [tf.constant(value) for value in inputs(function)]
    leaves = [value for value in given if value.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        result = function(*given)
    gradients = tape.gradient(result, leaves)
    return [value.numpy() for value in (result, *gradients) if value is not None]


def run_jax(function: Callable[..., Any]) -> list[Any]:
    import jax
    import jax.numpy as jnp

    given = [jnp.asarray(value) for value in inputs(function)]
    leaves = [n for n, value in enumerate(given) if jnp.issubdtype(value.dtype, jnp.floating)]
    gradients = jax.grad(lambda *args: function(*args).sum(), argnums=leaves)(*given)
    return [np.asarray(value) for value in (function(*given), *gradients)]


RUN: dict[str, Callable[[Callable[..., Any]], list[Any]]] = {
    "torch": run_torch,
    "tensorflow": run_tensorflow,
    "tensorflow 1": run_tensorflow,
    "jax": run_jax,
    "flax": run_jax,
    "keras": lambda function: [np.asarray(value) for value in run_numpy(function)],
    "numpy": run_numpy,
    "math": run_numpy,
}


def _bad_examples() -> list[Any]:
    return [
        pytest.param(code, source, id=f"{code}-{index}")
        for code in CODES
        for index, source in enumerate(all_rules()[code].bad)
    ]


@pytest.mark.parametrize(("code", "source"), _bad_examples())
def test_fixed_example_is_silent(code: str, source: str) -> None:
    refused = [f.fix for f in findings(source, code) if not f.fix.edits]
    after = mended(source, code)
    ast.parse(after)
    left = findings(after)
    assert len(left) == len(refused)
    assert all(f.code == code and f.fix.message for f in left)


REFUSED = {
    "activation in another function": """
import torch


def g(x):
    return torch.softmax(x, 1)


def f(x):
    return g(x).log()
""",
    "changed in place": """
import torch


def f(x):
    p = torch.softmax(x, 1)
    x[0] = 3
    return p.log()
""",
    "two branches": """
import torch


def f(x, flag):
    if flag:
        p = torch.softmax(x, 1)
    else:
        p = torch.softmax(x / 2, 1)
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

softmax = functools.partial(torch.softmax, dim=-1)


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
