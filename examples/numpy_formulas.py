"""NumPy: textbook formulas that overflow.

logitlint reports LGT407, LGT408, LGT409, LGT410 and LGT413 here. Each formula is right on paper and breaks for inputs
that are normal in practice: `exp` overflows in float64 beyond 709, in float32 beyond 88. NumPy only prints a warning.
"""

import numpy as np


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)


def log_evidence(log_weights):
    return np.log(np.sum(np.exp(log_weights)))


def softplus(x):
    return np.log(1 + np.exp(x))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_likelihood(probabilities):
    return np.log(np.prod(probabilities))


def stable_softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def stable_softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


if __name__ == "__main__":
    scores = np.array([0.0, 800.0])
    print("softmax        ", softmax(scores), stable_softmax(scores))
    print("log_evidence   ", log_evidence(np.array([-800.0, -801.0])), "(true: -799.69)")
    print("softplus       ", softplus(scores), stable_softplus(scores))
    print("sigmoid        ", sigmoid(-scores), "(right, with a warning)")
    print("log_likelihood ", log_likelihood(np.full(400, 0.1)), "(true: -921.03)")
