"""The framework of a formula or an activation: its functions, as the source imports them, and its axis."""

from __future__ import annotations

from collections.abc import Iterable

from ..catalog import Catalog
from ..catalog.stable import UNKNOWN, Framework, Function, framework_of, frameworks
from ..flow.values import Const, Tensor
from .draft import Refused


def framework(value: Tensor) -> Framework:
    """The framework of an activation, by the spelling under which the source imports it."""
    return framework_of(value.spelled or (value.entry.name if value.entry is not None else ""))


def framework_in(catalog: Catalog, spelled: Iterable[str]) -> Framework:
    """The framework of the functions in a formula, by their dotted names as imported; methods alone are PyTorch's.

    Raises:
        Refused: there is more than one, or one whose functions are not known.
    """
    found: dict[str, Framework] = {}
    for name in spelled:
        root = name.split(".")[0]
        if root in ("tensor", "builtins", "index", ""):
            continue
        one = in_its_version(catalog, name, framework_of(name))
        if one is UNKNOWN:
            raise Refused(f"the stable functions of {root} are not known")
        found[one.name] = one
    left = [one for one in found.values() if one.yields_to not in found]
    if len(left) > 1:
        raise Refused(f"{' and '.join(sorted(one.name for one in left))} meet in one formula")
    return left[0] if left else frameworks()["torch"]


def in_its_version(catalog: Catalog, name: str, found: Framework) -> Framework:
    """The framework of a function; its first version where only that has a function of this name."""
    entry = catalog.find(name)
    is_first = name.startswith("tensorflow.") and entry is not None and entry.gone
    return frameworks()["tensorflow 1"] if is_first else found


def activation_of(value: Tensor) -> Function | None:
    """The function that applies the activation of a value."""
    return framework(value).functions.get(value.op)


def paths_like(catalog: Catalog, function: Function, value: Tensor) -> list[str]:
    """The paths of a function under the alias through which a value's activation is imported."""
    paths = [spelled_like(catalog, path, value.spelled) for path in function.paths]
    return sorted(paths, key=lambda path: path != value.spelled)


def spelled_like(catalog: Catalog, path: str, like: str) -> str:
    """A path under the alias through which another name is imported: `tensorflow.compat.v1.exp` beside `….log`."""
    for alias, target in catalog.aliases:
        inside = target.split(".")[0] == alias.split(".")[0]
        if inside and like.startswith(alias + ".") and path.startswith(target + "."):
            return alias + path[len(target) :]
    return path


def axis_of(value: Tensor) -> str | None:
    """The axis of a softmax as source: empty for the last one, None where the code does not say it."""
    if value.op in ("sigmoid", "exp"):
        return ""
    if isinstance(value.axis, Const) and isinstance(value.axis.value, int):
        return str(value.axis.value)
    return None if value.axis is not None or framework(value).name == "torch" else ""
