"""The table: a value in a space, read by a reader, is a finding of a rule. A missing cell is fine or unknown."""

from __future__ import annotations

from collections.abc import Mapping

LOGIT_LOSS = "loss expecting logits"
PROBABILITY_LOSS = "loss expecting probabilities"
LOG_PROBABILITY_LOSS = "loss expecting log-probabilities"
ACTIVATION = "softmax / sigmoid"
LOG = "log"
THRESHOLD = "threshold at 0.5, round"
METRIC = "metric that assumes probabilities"
DISTRIBUTION_PROBS = "distribution's probs="
DISTRIBUTION_LOGITS = "distribution's logits="

TABLE: Mapping[str, Mapping[str, str]] = {
    LOGIT_LOSS: {
        "softmax": "LGT201",
        "sigmoid": "LGT202",
        "log_softmax": "LGT204",
        "rectified": "LGT302",
    },
    PROBABILITY_LOSS: {
        "logits": "LGT205",
        "softmax": "LGT101",
        "sigmoid": "LGT102",
        "rectified": "LGT302",
    },
    LOG_PROBABILITY_LOSS: {
        "logits": "LGT206",
        "softmax": "LGT203",
        "sigmoid": "LGT203",
        "rectified": "LGT302",
    },
    ACTIVATION: {"softmax": "LGT209", "sigmoid": "LGT209", "rectified": "LGT301"},
    LOG: {"softmax": "LGT401", "sigmoid": "LGT402"},
    THRESHOLD: {"logits": "LGT501"},
    METRIC: {"logits": "LGT502"},
    DISTRIBUTION_PROBS: {"softmax": "LGT103", "sigmoid": "LGT103"},
    DISTRIBUTION_LOGITS: {"softmax": "LGT210", "sigmoid": "LGT210"},
}

EXPECTING: Mapping[str, str] = {
    "logits": LOGIT_LOSS,
    "probabilities": PROBABILITY_LOSS,
    "log_probabilities": LOG_PROBABILITY_LOSS,
}

MISMATCH = "LGT208"
"""A sigmoid with a categorical loss, or a softmax with a binary one: a cell of its own, by the loss's family."""

FAMILY: Mapping[str, frozenset[str]] = {
    "softmax": frozenset({"categorical", "sparse"}),
    "sigmoid": frozenset({"binary"}),
}
