"""The numbers in whatever a variable holds, as NumPy arrays. Used in the child, after the program's own imports."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST = 20_000
"""Numbers that are kept of one array: whole rows, evenly spaced."""

MEMBERS = 2_000
"""Arrays that are kept of one collection."""

DEPTH = 8
"""How many collections inside each other are looked into."""


def leaves(value: object) -> list[np.ndarray]:
    """The arrays in a number, tensor, model or collection of them, in order; empty if there are none."""
    found = []
    for leaf in _leaves(value, DEPTH):
        found.append(thinned(leaf))
        if len(found) == MEMBERS:
            break
    return found


def number(value: object) -> float:
    """A loss as one number: the mean of a tensor, the sum over several."""
    return float(sum(leaf.mean(dtype="float64") for leaf in leaves(value)))


def thinned(array: np.ndarray) -> np.ndarray:
    """An array of at most `MOST` numbers; of a larger one some rows along the last axis, at least one."""
    if array.size <= MOST:
        return array.copy()
    rows = array.reshape(-1, array.shape[-1])
    every = -(-rows.shape[0] // max(1, MOST // rows.shape[1]))
    return rows[::every].copy()


def _leaves(value: Any, depth: int) -> Iterator[np.ndarray]:
    import numpy as np

    if isinstance(value, bool | int | float | np.generic | np.ndarray):
        yield from _numeric(np.asarray(value))
    elif isinstance(value, Mapping):
        yield from _members(value.values(), depth)
    elif isinstance(value, list | tuple):
        yield from _members(value, depth)
    elif (found := _of_framework(value)) is not value and depth:
        yield from _leaves(found, depth - 1)


def _members(values: Iterable[Any], depth: int) -> Iterator[np.ndarray]:
    for member in values if depth else ():
        yield from _leaves(member, depth - 1)


def _numeric(array: np.ndarray) -> Iterator[np.ndarray]:
    if array.dtype.kind in "biuf":
        yield array
    elif array.dtype.name == "bfloat16":
        yield array.astype("float32")


def _of_framework(value: Any) -> Any:
    """The array, or the arrays, of a framework's object; anything else as it is."""
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch is not None:
        if isinstance(value, torch.nn.Module):
            return list(value.state_dict().values())
        if isinstance(value, torch.Tensor):
            return _of_tensor(torch, value)
    if jax is not None:
        if isinstance(value, jax.core.Tracer):
            return value
        if isinstance(value, jax.Array):
            return _of_jax(jax, value)
    for keras in _kerases():
        if isinstance(value, keras.layers.Layer):
            return list(value.get_weights())
        if isinstance(value, keras.callbacks.History):
            return value.history
    if type(value).__module__.startswith(("tensorflow.", "keras.")) and hasattr(value, "numpy"):
        return _called(value.numpy)
    if jax is not None:
        parts = jax.tree_util.tree_leaves(value)
        return value if len(parts) == 1 and parts[0] is value else parts
    return value


def _of_tensor(torch: Any, value: Any) -> Any:
    plain = value.detach().cpu()
    if plain.layout is not torch.strided or plain.is_quantized:
        return None
    return (plain.float() if plain.dtype is torch.bfloat16 else plain).resolve_conj().resolve_neg().numpy()


def _of_jax(jax: Any, value: Any) -> Any:
    import numpy as np

    is_key = jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)
    return np.asarray(jax.random.key_data(value) if is_key else value)


def _called(numpy: Any) -> Any:
    """The array of a TensorFlow tensor; None for one that only stands for a value in a graph."""
    try:
        return numpy()
    except (NotImplementedError, AttributeError, TypeError, ValueError):
        return None


def _kerases() -> Iterator[Any]:
    """Keras 3 and Keras 2, if they are loaded to the end."""
    for name in ("keras", "tf_keras"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "layers") and hasattr(module, "callbacks"):
            yield module
