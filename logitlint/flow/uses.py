"""The record of every read of a value: what the rules are judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..catalog.model import Entry
from .tree import Site
from .values import Guard, Value


@dataclass(frozen=True, eq=False)
class Use:
    """One place that reads a value.

    Attributes:
        reader: loss, activation, log, threshold, metric, distribution, formula, weight, guarded, argmax, other.
        site: the place of the use.
        value: what is read; a `Choice` if several values can arrive.
        path: the conditions under which the place is reached.
        entry: the catalog row of the reader.
        expects: for a loss or distribution, the space that it expects with the arguments given.
        args: the arguments that the reader was made or called with, by name.
        through: further places worth showing, such as where the loss object was made.
        detail: what the reader was given, for messages: an activation's space, a threshold.
        spelled: the reader's dotted name as the source imports it.
        function: which function's body the place is in, by number; 0 for a module's.
        passed: the calls that the value was given to on its way to the place, innermost first.
    """

    reader: str
    site: Site
    value: Value
    path: Guard
    entry: Entry | None = None
    expects: str = ""
    detail: str = ""
    args: Mapping[str, Value] = field(default_factory=dict)
    through: tuple[Site, ...] = ()
    spelled: str = ""
    function: int = 0
    passed: dict[Site, None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Carrier:
    """An expression in the code that has had tensors for its value."""

    site: Site
    values: dict[Value, None] = field(default_factory=dict)


@dataclass(eq=False)
class Record:
    """All uses of one run, each place and value once, and the soft assumptions made about conditions.

    `assumed` maps the key of a condition to the truth it has by default (training mode; a parameter's default);
    `compared` maps the key of a comparison to the keys of what it compares;
    `backends` maps a file to the Keras backend that it selects through `KERAS_BACKEND`, `configured` to the one that
    the configuration says;
    `carriers` are the expressions that have had tensors for their value, by the identity of their node;
    `others` are the nodes that have had other values;
    `entered` are the calls that led into functions of the project or made a model, `called` those functions;
    `layered` are the calls of layers.
    """

    uses: dict[tuple[str, int, Value, str, Guard], Use] = field(default_factory=dict)
    assumed: dict[int, bool] = field(default_factory=dict)
    compared: dict[int, tuple[int, int]] = field(default_factory=dict)
    backends: dict[str, str] = field(default_factory=dict)
    configured: dict[str, str] = field(default_factory=dict)
    carriers: dict[int, Carrier] = field(default_factory=dict)
    others: set[int] = field(default_factory=set)
    entered: set[int] = field(default_factory=set)
    called: set[int] = field(default_factory=set)
    layered: set[int] = field(default_factory=set)

    def add(self, use: Use) -> Use:
        """Note a use, once per place, value and path; the use as noted."""
        return self.uses.setdefault((use.reader, id(use.site), use.value, use.expects, use.path), use)
