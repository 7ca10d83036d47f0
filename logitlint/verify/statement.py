"""What a statement of a rewrite is: before and after as formulas, where they are sampled, and what they promise."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ALL = float("inf")


METRIC = "metric"
"""The reduction of what is computed of all samples together."""


class Kind(enum.Enum):
    """What a rewrite promises: the same function, or the one that was meant."""

    PRESERVING = "preserving"
    CORRECTING = "correcting"


@dataclass(frozen=True)
class Line:
    """A straight line through the inputs: each is `base + z * direction`, and z climbs the ladder.

    Attributes:
        base: the inputs at z = 0, each as the elements of one sample.
        direction: how the inputs that are differentiated move with z; the others stay.
        low: the smallest z.
        high: the largest z.
    """

    base: Mapping[str, Sequence[float]]
    direction: Mapping[str, Sequence[float]]
    low: float = -ALL
    high: float = ALL


@dataclass(frozen=True)
class Domain:
    """Where a rewrite is sampled.

    Attributes:
        lines: the ladders.
        output: which elements of the result are looked at on a ladder: their weights.
        draw: how random inputs are drawn, a name in `samples.DRAWS`.
        size: how many logits a random sample has.
        reduces: whether the result of a random sample is one number, not one for each logit.
        shape: the shape of one random sample if it has several axes.
        ignored: the class index of targets that do not count.
        has_rows: whether samples with two axes are drawn as well, where the code's shapes allow them.
    """

    lines: tuple[Line, ...]
    output: tuple[float, ...] = (1.0,)
    draw: str = "logits"
    size: int = 1
    reduces: bool = False
    shape: tuple[int, ...] = ()
    ignored: int | None = None
    has_rows: bool = False


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One rewrite.

    Formulas are Python expressions over the names in `words`: `x` and `y` are what is differentiated, `t` are targets
    as numbers, `k` are targets as class indices; axis -1 unless `axis` says otherwise.

    Attributes:
        code: the rule whose fix writes it.
        before: what is found.
        after: what is written.
        domain: where both are sampled.
        kind: what is promised.
        truth: the textbook's formula where it is neither; preserving: `before`, correcting: `after`.
        conditions: what has to hold for the rewrite to be offered, in words.
        axis: the axis of softmax and sums, counted with the batch; None where they run over all elements.
        reduction: how samples are put together beside: `mean` or `sum`; `metric` if it is only of all together.
        differentiable: whether there is a gradient to compare.
        not_on: the frameworks whose own functions compute something else.
    """

    code: str
    before: str
    after: str
    domain: Domain
    kind: Kind = Kind.PRESERVING
    truth: str = ""
    conditions: tuple[str, ...] = field(default=())
    axis: int | None = -1
    reduction: str = ""
    differentiable: bool = True
    not_on: tuple[str, ...] = ()

    @property
    def exact(self) -> str:
        """The formula that the oracle evaluates."""
        return self.truth or (self.before if self.kind is Kind.PRESERVING else self.after)

    @property
    def is_scaled(self) -> bool:
        """Whether errors are counted in units of the largest logit.

        A logsumexp has the size of the logits, and keeps the digits that they leave; so does its gradient, which
        frameworks compute as `exp(x - logsumexp(x))`.
        """
        return any(name in self.after for name in ("logsumexp", "logaddexp"))

    @property
    def title(self) -> str:
        """The rewrite in one line."""
        where = "" if self.axis == -1 else f" (axis {self.axis})"
        how = f" ({self.reduction} over samples)" if self.reduction not in ("", METRIC) else ""
        return f"{self.before} → {self.after}{where}{how}"
