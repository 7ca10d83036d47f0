"""The stable functions of each framework: what a fix writes, under which names, with which keywords."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..catalog import Catalog
from .draft import Refused


@dataclass(frozen=True)
class Function:
    """Equivalent dotted paths of a function, and its keywords for the axis and for keeping it.

    `whole` says how an activation or reduction over all axes is written: `default` (no axis), `None` (`axis=None`),
    or `flat` (over the flattened argument); `before` is an argument that comes first.
    """

    paths: tuple[str, ...]
    axis: str = ""
    keep: str = ""
    whole: str = ""
    before: str = ""


TORCH = {
    "softmax": Function(("torch.softmax", "torch.nn.functional.softmax"), "dim"),
    "log_softmax": Function(("torch.nn.functional.log_softmax", "torch.log_softmax"), "dim"),
    "sigmoid": Function(("torch.sigmoid", "torch.nn.functional.sigmoid")),
    "log_sigmoid": Function(("torch.nn.functional.logsigmoid",)),
    "softplus": Function(("torch.nn.functional.softplus",)),
    "logsumexp": Function(("torch.logsumexp",), "dim", "keepdim", "flat"),
    "logaddexp": Function(("torch.logaddexp",)),
    "sum": Function(("torch.sum",), "dim", "keepdim", "default"),
    **{name: Function((f"torch.{name}",)) for name in ("exp", "log", "log1p", "expm1")},
}

TENSORFLOW = {
    "softmax": Function(("tensorflow.nn.softmax",), "axis"),
    "log_softmax": Function(("tensorflow.nn.log_softmax",), "axis"),
    "sigmoid": Function(("tensorflow.sigmoid", "tensorflow.nn.sigmoid")),
    "log_sigmoid": Function(("tensorflow.math.log_sigmoid",)),
    "softplus": Function(("tensorflow.nn.softplus", "tensorflow.math.softplus")),
    "logsumexp": Function(
        ("tensorflow.reduce_logsumexp", "tensorflow.math.reduce_logsumexp"), "axis", "keepdims", "default"
    ),
    "sum": Function(("tensorflow.reduce_sum", "tensorflow.math.reduce_sum"), "axis", "keepdims", "default"),
    "exp": Function(("tensorflow.exp", "tensorflow.math.exp")),
    **{name: Function((f"tensorflow.math.{name}",)) for name in ("log", "log1p", "expm1")},
}

TENSORFLOW_1 = TENSORFLOW | {
    "log_sigmoid": Function(("tensorflow.log_sigmoid",)),
    "logsumexp": Function(("tensorflow.reduce_logsumexp",), "axis", "keep_dims", "default"),
    **{name: Function((f"tensorflow.{name}",)) for name in ("log", "log1p", "expm1")},
}

KERAS = {
    **{name: Function((f"keras.ops.{name}",), "axis") for name in ("softmax", "log_softmax")},
    **{
        name: Function((f"keras.ops.{name}",))
        for name in ("sigmoid", "log_sigmoid", "softplus", "logaddexp", "exp", "log", "log1p", "expm1")
    },
    **{name: Function((f"keras.ops.{name}",), "axis", "keepdims", "default") for name in ("logsumexp", "sum")},
}

JAX = {
    **{
        name: Function((f"jax.nn.{name}", f"flax.linen.{name}", f"flax.nnx.{name}"), "axis", whole="None")
        for name in ("softmax", "log_softmax")
    },
    **{
        name: Function((f"jax.nn.{name}", f"flax.linen.{name}", f"flax.nnx.{name}"))
        for name in ("sigmoid", "log_sigmoid", "softplus")
    },
    "logsumexp": Function(("jax.nn.logsumexp", "jax.scipy.special.logsumexp"), "axis", "keepdims", "default"),
    "sum": Function(("jax.numpy.sum",), "axis", "keepdims", "default"),
    **{name: Function((f"jax.numpy.{name}",)) for name in ("logaddexp", "exp", "log", "log1p", "expm1")},
}

NUMPY = {
    **{name: Function((f"scipy.special.{name}",), "axis", whole="default") for name in ("softmax", "log_softmax")},
    "sigmoid": Function(("scipy.special.expit",)),
    "log_sigmoid": Function(("scipy.special.log_expit",)),
    "softplus": Function(("numpy.logaddexp",), before="0"),
    "logsumexp": Function(("scipy.special.logsumexp",), "axis", "keepdims", "default"),
    "sum": Function(("numpy.sum",), "axis", "keepdims", "default"),
    **{name: Function((f"numpy.{name}",)) for name in ("logaddexp", "exp", "log", "log1p", "expm1")},
}

MATH = NUMPY | {name: Function((f"math.{name}",)) for name in ("exp", "log", "log1p", "expm1")}

FRAMEWORKS: Mapping[str, Mapping[str, Function]] = {
    "torch": TORCH,
    "tensorflow": TENSORFLOW,
    "tensorflow 1": TENSORFLOW_1,
    "keras": KERAS,
    "jax": JAX,
    "numpy": NUMPY,
    "math": MATH,
}

ROOTS = {
    "torch": "torch",
    "tensorflow": "tensorflow",
    "tf_keras": "tensorflow",
    "keras": "keras",
    "jax": "jax",
    "flax": "jax",
    "haiku": "jax",
    "numpy": "numpy",
    "scipy": "numpy",
    "math": "math",
}

TOGETHER: Mapping[frozenset[str], str] = {
    frozenset({"numpy", "math"}): "numpy",
    frozenset({"tensorflow", "tensorflow 1"}): "tensorflow 1",
    frozenset({"tensorflow", "keras"}): "tensorflow",
}
"""Where two frameworks meet in one formula, the one whose functions take both."""


def framework_of(catalog: Catalog, spelled: Iterable[str]) -> str:
    """The framework of the functions in a formula, by their dotted names as imported; methods alone are PyTorch's.

    Raises:
        Refused: there is more than one, or one whose functions are not known.
    """
    found: set[str] = set()
    for name in spelled:
        root = name.split(".")[0]
        if root in ("tensor", "builtins", "index", ""):
            continue
        if root not in ROOTS:
            raise Refused(f"the stable functions of {root} are not known")
        found.add("tensorflow 1" if is_old(catalog, name) else ROOTS[root])
    if len(found) > 1:
        joined = TOGETHER.get(frozenset(found))
        if joined is None:
            raise Refused(f"{' and '.join(sorted(found))} meet in one formula")
        return joined
    return found.pop() if found else "torch"


def is_old(catalog: Catalog, name: str) -> bool:
    """Whether a dotted name is one that only TensorFlow 1 has."""
    entry = catalog.find(name)
    return name.startswith("tensorflow.") and entry is not None and entry.gone


def function(framework: str, name: str) -> Function:
    """A stable function.

    Raises:
        Refused: the framework has none of this name.
    """
    known = FRAMEWORKS[framework].get(name)
    if known is None:
        raise Refused(f"{framework} has no {name}")
    return known


def spelled_like(catalog: Catalog, path: str, like: str) -> str:
    """A path under the alias through which another name is imported: `tensorflow.compat.v1.exp` beside `….log`."""
    for alias, target in catalog.aliases:
        inside = target.split(".")[0] == alias.split(".")[0]
        if inside and like.startswith(alias + ".") and path.startswith(target + "."):
            return alias + path[len(target) :]
    return path
