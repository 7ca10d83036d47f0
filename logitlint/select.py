"""Which rules are on: chosen by code or prefix, in one place or in several that build on each other."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from .rules.registry import all_rules

ALL = "ALL"
"""The word that stands for every rule."""


class UnknownCode(ValueError):
    """No rule has this code or begins with it; the message names the nearest."""

    def __init__(self, code: str):
        import difflib

        rules = all_rules()
        names = {rule.name: rule.code for rule in rules.values()}
        near = difflib.get_close_matches(code.upper(), [*rules, ALL], 1) or [
            names[name] for name in difflib.get_close_matches(code.lower(), names, 1)
        ]
        hint = f", did you mean {near[0]}?" if near else "; `logitlint rule` lists them"
        super().__init__(f"no rule {code!r}{hint}")


@dataclass(frozen=True)
class Selection:
    """What one place (a configuration file, the command line) says about rules, as prefixes of codes.

    Attributes:
        select: the rules that are on, whatever was said before; None leaves that as it is.
        extend: those that are on as well.
        ignore: those that are off. A longer prefix beats a shorter one, `ignore` the others at the same length.
    """

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def applied(self, before: frozenset[str]) -> frozenset[str]:
        """The rules that are on after this, given those that were on before."""
        return frozenset(code for code in all_rules() if self._turns_on(code, self.select is None and code in before))

    def _turns_on(self, code: str, was_on: bool) -> bool:
        chosen = _longest(code, (*(self.select or ()), *self.extend))
        ignored = _longest(code, self.ignore)
        return chosen > ignored or (was_on and ignored < 0)


def selection(select: Iterable[str] | None = None, extend: Iterable[str] = (), ignore: Iterable[str] = ()) -> Selection:
    """A `Selection` from codes and prefixes as people write them.

    Raises:
        UnknownCode: no rule has one of them.
    """
    return Selection(None if select is None else prefixes(select), prefixes(extend), prefixes(ignore))


@functools.cache
def enabled(selections: tuple[Selection, ...] = ()) -> frozenset[str]:
    """The codes of the rules that are on: the defaults, and what each place makes of them in turn."""
    codes = frozenset(code for code, rule in all_rules().items() if rule.default)
    return functools.reduce(lambda before, place: place.applied(before), selections, codes)


def chosen(code: str, include: Iterable[str], exclude: Iterable[str] = ()) -> bool:
    """Whether prefixes take a code in: the longer one decides, `exclude` at the same length."""
    return _longest(code, include) > _longest(code, exclude)


def prefixes(codes: Iterable[str]) -> tuple[str, ...]:
    """Prefixes of codes, in capitals; `ALL` is the empty one.

    Raises:
        UnknownCode: no rule begins with one of them.
    """
    found = []
    for code in codes:
        prefix = code.upper()
        if prefix == ALL:
            prefix = ""
        elif not prefix or not any(known.startswith(prefix) for known in all_rules()):
            raise UnknownCode(code)
        found.append(prefix)
    return tuple(found)


def _longest(code: str, known: Iterable[str]) -> int:
    return max((len(prefix) for prefix in known if code.startswith(prefix)), default=-1)
