"""The activation of a value: its framework, its function, its axis."""

from __future__ import annotations

from ..catalog import Catalog
from ..flow.values import Const, Tensor
from .stable import FRAMEWORKS, ROOTS, Function, spelled_like


def framework(value: Tensor) -> str:
    """The framework of an activation, by the spelling under which the source imports it; empty if unknown."""
    spelled = value.spelled or (value.entry.name if value.entry is not None else "")
    root = spelled.split(".")[0]
    return "torch" if root == "tensor" else ROOTS.get(root, "")


def activation_of(value: Tensor) -> Function | None:
    """The function that applies the activation of a value."""
    return FRAMEWORKS.get(framework(value), {}).get(value.op)


def paths_like(catalog: Catalog, function: Function, value: Tensor) -> list[str]:
    """The paths of a function under the alias through which a value's activation is imported."""
    paths = [spelled_like(catalog, path, value.spelled) for path in function.paths]
    return sorted(paths, key=lambda path: path != value.spelled)


def axis_of(value: Tensor) -> str | None:
    """The axis of a softmax as source: empty for the last one, None where the code does not say it."""
    if value.op in ("sigmoid", "exp"):
        return ""
    if isinstance(value.axis, Const) and isinstance(value.axis.value, int):
        return str(value.axis.value)
    return None if value.axis is not None or framework(value) == "torch" else ""
