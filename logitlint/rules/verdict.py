"""A use that does not fit, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..finding import Severity
from ..flow.tree import Site
from ..flow.uses import Use
from ..flow.values import Tensor
from .recovery import Recovery


@dataclass(eq=False)
class Verdict:
    """What is wrong at a use.

    Attributes:
        code: the rule's.
        use: the place.
        values: the values that arrive, one per origin.
        detail: what the message needs: the stable form, the threshold.
        recovery: what Keras does about it.
        severity: other than the rule's usual one.
        related: further places, with what happens there.
        logs: for a cross entropy by hand, the logarithms that it contains.
        guards: for a guarded logarithm, the operations that guard it.
        complement: whether a logarithm is of one minus the probability.
    """

    code: str
    use: Use
    values: list[Tensor]
    detail: str = ""
    recovery: Recovery = Recovery.NOT_KERAS
    severity: Severity | None = None
    related: list[tuple[Site, str]] = field(default_factory=list)
    logs: tuple[Site, ...] = ()
    guards: frozenset[str] = frozenset()
    complement: bool = False
