"""JAX: hand-written losses.

logitlint reports LGT401, LGT406, LGT404 and LGT201 here. `jax.jit` repairs none of them, and it makes one worse: it
folds `1 - p + 1e-8` to `1 - p` and so deletes the guard. A confident, correct prediction then gives `nan`.
"""

import jax
import jax.numpy as jnp
import optax


def log_probs(logits):
    return jnp.log(jax.nn.softmax(logits))


def binary_cross_entropy(logits, y):
    p = jax.nn.sigmoid(logits)
    return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p))


@jax.jit
def guarded(logits, y):
    p = jax.nn.sigmoid(logits)
    return -jnp.mean(y * jnp.log(p + 1e-8) + (1 - y) * jnp.log(1 - p + 1e-8))


def applied_twice(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(jax.nn.softmax(logits), labels).mean()


def right(logits, y):
    return optax.sigmoid_binary_cross_entropy(logits, y).mean()


if __name__ == "__main__":
    z, y = jnp.array([20.0, 3.0, -2.0]), jnp.array([1.0, 1.0, 0.0])
    print("log_probs     ", log_probs(jnp.array([0.0, 90.0])))
    print("by hand       ", binary_cross_entropy(z, y))
    print("with a guard  ", guarded(z, y))
    print("from logits   ", right(z, y))
    print("softmax twice ", applied_twice(jnp.array([[0.0, 200.0]]), jnp.array([0])), "(true: 200)")
