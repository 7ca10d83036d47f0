"""Formulas by hand and their stable forms."""

from __future__ import annotations

from pairs import Pair

from logitlint.finding import Applicability

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
