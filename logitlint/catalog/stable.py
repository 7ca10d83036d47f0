"""The stable functions of each framework: their names, their keywords, and what messages call them."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

FILE = "stable.toml"

CROSS_ENTROPIES: Mapping[str, str] = {
    "cross_entropy": "the library's cross entropy on the logits",
    "binary_cross_entropy": "the library's loss on the logits",
}
"""What messages advise where a framework has no words of its own."""


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

    @property
    def short(self) -> str:
        """The last component of its first path."""
        return self.paths[0].rpartition(".")[2]


@dataclass(frozen=True)
class Framework:
    """A framework's stable functions by the names that fixes and statements use, and its cross entropies in words.

    `differentiates` is False if it computes no gradients; it computes in float64 then.
    """

    name: str = ""
    roots: tuple[str, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    losses: Mapping[str, str] = field(default_factory=dict)
    yields_to: str = ""
    differentiates: bool = True

    def said(self, name: str) -> str:
        """What a user calls a stable function or a cross entropy, with the package if that is another one."""
        if name in CROSS_ENTROPIES:
            return self.losses.get(name, CROSS_ENTROPIES[name])
        function = self.functions.get(name)
        if function is None:
            return name
        said = function.short if function.paths[0].startswith(f"{self.name}.") else function.paths[0]
        return f"{said}({function.before}, x)" if function.before else said


UNKNOWN = Framework()
"""What has no words of its own."""


@functools.cache
def frameworks() -> Mapping[str, Framework]:
    """All frameworks by name."""
    found: dict[str, Framework] = {}
    for name, row in tomllib.loads(resources.files(__package__).joinpath(FILE).read_text("utf-8")).items():
        like = found.get(row.get("like", ""), UNKNOWN)
        own = {key: Function(**keys | {"paths": tuple(keys["paths"])}) for key, keys in row["functions"].items()}
        found[name] = Framework(
            name,
            tuple(row.get("roots", ())),
            {**like.functions, **own},
            {**like.losses, **row.get("losses", {})},
            row.get("yields_to", ""),
            row.get("differentiates", like.differentiates),
        )
    return found


def framework_of(dotted: str) -> Framework:
    """The framework of a function by its dotted name as imported; a tensor's methods are PyTorch's."""
    root = dotted.partition(".")[0]
    return frameworks()[_by_root()[root]] if root in _by_root() else UNKNOWN


@functools.cache
def _by_root() -> Mapping[str, str]:
    return {"tensor": "torch", **{root: one.name for one in frameworks().values() for root in one.roots}}
