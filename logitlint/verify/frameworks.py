"""The frameworks on which rewrites are run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .dtypes import DTYPES


@dataclass(frozen=True)
class Framework:
    """A framework; Keras counts once for each of its backends.

    Attributes:
        name: as it is asked for.
        dialect: whose words it takes, a key of `words.DIALECTS`.
        package: what has to be installed.
        dtypes: the formats that it computes in.
        single: the words whose functions compute in float32 when they are given float64.
    """

    name: str
    dialect: str
    package: str
    dtypes: tuple[str, ...] = tuple(DTYPES)
    single: frozenset[str] = frozenset()


KERAS_SINGLE = frozenset({"bce", "bce_logits", "logaddexp"})
"""What Keras 3.15 computes in float32 on JAX and PyTorch: `keras.ops.mean`, in the binary loss, and `logaddexp`."""

FRAMEWORKS: Mapping[str, Framework] = {
    one.name: one
    for one in (
        Framework("tensorflow", "tensorflow", "tensorflow"),
        Framework("keras-tensorflow", "keras", "keras"),
        Framework("keras-jax", "keras", "keras", single=KERAS_SINGLE),
        Framework("keras-torch", "keras", "keras", single=KERAS_SINGLE),
        Framework("torch", "torch", "torch"),
        Framework("jax", "jax", "jax"),
        Framework("numpy", "numpy", "scipy", ("float32", "float64", "float16")),
    )
}
