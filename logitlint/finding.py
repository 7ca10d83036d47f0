"""What a check produces: findings, where they are, and what could not be checked."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Severity(enum.IntEnum):
    """How bad a finding is; the order lets `--min-severity` compare."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word shown to people and tools: `note`, `warning` or `error`."""
        return self.name.lower()


@dataclass(frozen=True, order=True)
class Location:
    """A span of source: 1-based lines and columns, columns in characters, the end column exclusive.

    `cell` is the 1-based index in a notebook's `cells` (lines then start at 1 in that cell), None in a script.
    """

    path: str
    cell: int | None
    line: int
    column: int
    end_line: int
    end_column: int

    def sort_key(self) -> tuple[str, int, int, int]:
        """Order by file, cell, line and column."""
        return (self.path, self.cell or 0, self.line, self.column)


class Role(enum.Enum):
    """What a related place is to the value that a finding is about."""

    ORIGIN = "where it is made"
    PASSED = "a call that passes it on"
    OTHER = "something else that explains the finding"


@dataclass(frozen=True)
class Related:
    """A place that explains a finding: the origin of the value, or a step on its way."""

    location: Location
    message: str
    role: Role = Role.OTHER


class Applicability(enum.Enum):
    """Whether a fix may be applied: without asking, on request, or not at all."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "none"


@dataclass(frozen=True)
class Edit:
    """A span of source and the text to put there; an empty span is an insertion."""

    location: Location
    replacement: str


@dataclass(frozen=True)
class Claim:
    """One expression that a fix replaces, for `verify` to run before and after.

    Letters stand for data: `x` and `y` for what is differentiated, `t` for targets, `k` for class indices.

    Attributes:
        formula: the expression in the words of a statement (`logitlint.verify.statements`).
        instead: the one that is written, in the same words.
        before: the source with dotted names, the code's own arguments and letters; empty if it is in other words.
        after: the same of what is written.
        framework: what runs it: torch, tensorflow, keras, jax or numpy.
        backend: the Keras backend that the code selects; empty if it selects none.
        axis: the axis of the classes; None where an operation runs over all elements.
        whole: before and after with the code's own reduction over the samples, where the loss has one.
        reduction: that one: `mean` or `sum`.
        is_same: whether both are the same function; else the second one is what was meant.
        sampled: arguments that are no literals, and what is taken for them.
        unclear: why there is no source to run.
    """

    formula: str
    instead: str
    before: str = ""
    after: str = ""
    framework: str = ""
    backend: str = ""
    axis: int | None = -1
    whole: tuple[str, str] | None = None
    reduction: str = ""
    is_same: bool = True
    sampled: tuple[str, ...] = ()
    unclear: str = ""


@dataclass(frozen=True)
class Fix:
    """The edits that mend a finding, all of them or none.

    Attributes:
        applicability: `SAFE` if the numbers agree apart from rounding and every reader was seen.
        message: what the edits do, and what makes them unsafe; for `NONE`, why there are none.
        edits: by place; they do not overlap.
        claims: what they replace by what; none if they change no code.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...] = ()
    claims: tuple[Claim, ...] = field(default=(), repr=False)


NO_FIX = Fix(Applicability.NONE, "no fix is known for this form")


@dataclass(frozen=True)
class Finding:
    """One use that does not fit the space of the value it reads. `location` is the use."""

    code: str
    name: str
    severity: Severity
    message: str
    location: Location
    related: tuple[Related, ...] = ()
    fix: Fix = NO_FIX

    def sort_key(self) -> tuple[tuple[str, int, int, int], str]:
        """Order by place and code."""
        return (self.location.sort_key(), self.code)


@dataclass(frozen=True)
class Skipped:
    """A file or notebook cell that could not be read or parsed, and why, in one line."""

    path: str
    reason: str
    cell: int | None = None


@dataclass(frozen=True)
class Result:
    """The outcome of one run.

    `files` counts the files asked for, `parsed` those that passed the screen and were parsed,
    `truncated` the analyses that hit a step or depth bound, `known` the findings that a baseline holds and that are not
    among `findings`, `stale` the entries of the baseline that no finding needs any more.
    """

    findings: tuple[Finding, ...]
    files: int
    parsed: int
    skipped: tuple[Skipped, ...]
    truncated: int
    seconds: float
    known: int = 0
    stale: int = 0
