"""What the runs of a function have brought, and when a further one is not worth its time.

In a large program a helper is called thousands of times, each time with other arguments. After a while nothing new
comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from .values import (
    Bound,
    Class,
    Const,
    External,
    Function,
    Instance,
    Items,
    Made,
    Partial,
    Tensor,
    Value,
    leaves,
)

ALIKE_STEPS = 100
"""Steps in a row that bring nothing new, after which a function is not run with arguments of that meaning again."""

FRUITLESS_STEPS = 400
"""The same for all arguments among which are the same logits, probabilities, losses and activations, or none."""

MAX_OBJECTS = 8
"""How many objects of one class are made with arguments of one meaning; `__init__` has no other bound."""

MAX_PARTS = 12
"""How many members of a list matter."""

SHORT, LONG = 25, 100
"""How many of these steps one run takes at least, and at most."""


@dataclass(frozen=True)
class Meaning:
    """What decides what comes of a call, by the number of the argument.

    Attributes:
        followed: where logits and probabilities come from; losses and activations.
        chosen: truths, strings, functions; of objects what they were made with; of lists what they hold.
    """

    followed: frozenset[Hashable]
    chosen: frozenset[Hashable]


def meaning(given: Iterable[Value], traits: Mapping[int, Meaning], words: Collection[str]) -> Meaning:
    """The meaning of the arguments of a call.

    `traits` are the meanings of what objects were made with, by their key; `words` name losses and activations.
    """
    followed: set[Hashable] = set()
    chosen: set[Hashable] = set()
    for number, argument in enumerate(given):
        for value in leaves(argument):
            if isinstance(value, Tensor):
                if value.space is not None:
                    followed.add((number, value.origin))
            elif isinstance(value, Const):
                if value.value is None or isinstance(value.value, (bool, str)):
                    chosen.add((number, value))
            elif isinstance(value, Instance):
                chosen.add((number, value.cls.key, traits.get(value.key)))
            elif isinstance(value, (Function, Class)):
                chosen.add((number, id(value.node)))
            elif isinstance(value, Bound):
                chosen.add((number, meaning((value.receiver, value.function), traits, words)))
            elif isinstance(value, Partial):
                chosen.add((number, meaning((value.callee, *value.args), traits, words)))
            elif isinstance(value, Items):
                inside = meaning(value.values[:MAX_PARTS], traits, words)
                followed |= inside.followed
                chosen.add((number, inside))
            elif isinstance(value, External):
                if value.path.rpartition(".")[2] in words:
                    followed.add((number, value))
            elif isinstance(value, Made) and value.entry.name.rpartition(".")[2] in words:
                followed.add((number, value.entry.name, meaning(value.args.values(), traits, words)))
    return Meaning(frozenset(followed), frozenset(chosen))


@dataclass(frozen=True)
class Outcome:
    """What came of a run: its result, what of that is worth following if any, its steps, whether it brought news."""

    result: Value
    gist: Hashable
    steps: int
    is_news: bool


@dataclass(eq=False)
class History:
    """Runs of one function: the steps without news since the last news, what they gave, the last of it."""

    fruitless: int = 0
    gists: set[Hashable] = field(default_factory=set)
    last: Value | None = None

    def add(self, outcome: Outcome) -> None:
        """Note a run."""
        self.fruitless = 0 if outcome.is_news else self.fruitless + min(max(outcome.steps, SHORT), LONG)
        self.gists.add(outcome.gist)
        self.last = outcome.result

    @property
    def usual(self) -> Value | None:
        """What stands for the result of a further run: the last one if all were alike, and worth following."""
        return self.last if len(self.gists) == 1 and None not in self.gists else None


class Runs:
    """The runs of each function, by the identity of its node, and the `objects` of each class, by its key."""

    def __init__(self) -> None:
        self.objects: defaultdict[tuple[int, Meaning], list[Instance]] = defaultdict(list)
        self._alike: defaultdict[tuple[int, Meaning], History] = defaultdict(History)
        self._followed: defaultdict[tuple[int, frozenset[Hashable]], History] = defaultdict(History)
        self._known: set[tuple[int, Hashable]] = set()

    def is_news(self, place: int, brought: Iterable[Hashable]) -> bool:
        """Note what has come of a function, or has been read at a place; whether something of that is new."""
        before = len(self._known)
        self._known.update((place, one) for one in brought)
        return len(self._known) > before

    def add(self, function: int, given: Meaning, outcome: Outcome) -> None:
        """Note a run."""
        self._alike[function, given].add(outcome)
        self._followed[function, given.followed].add(outcome)

    def enough(self, function: int, given: Meaning, *, is_own: bool) -> History | None:
        """The runs that stand for a further one, if there have been enough with such arguments.

        A function that is not the program's own, but read by it from a file that is looked at elsewhere or not at all,
        is run less often.
        """
        alike, followed = self._alike[function, given], self._followed[function, given.followed]
        if alike.fruitless >= ALIKE_STEPS:
            return alike
        return followed if followed.fruitless >= (FRUITLESS_STEPS if is_own else ALIKE_STEPS) else None
