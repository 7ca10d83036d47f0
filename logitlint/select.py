"""Which findings are shown: rules chosen by code or prefix, and lines that say `# noqa`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .files.source import Source
from .finding import Finding
from .rules.registry import all_rules

ALL = "ALL"
"""The word that stands for every rule."""

_CODES = r"(?:\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"
_NOQA = re.compile(r"#\s*noqa" + _CODES, re.IGNORECASE)
_NOQA_FILE = re.compile(r"^[ \t]*#\s*flake8[:=]\s*noqa" + _CODES, re.IGNORECASE | re.MULTILINE)


class UnknownCode(ValueError):
    """No rule has this code or begins with it; the message names the nearest."""

    def __init__(self, code: str):
        rules = all_rules()
        names = {rule.name: rule.code for rule in rules.values()}
        near = difflib.get_close_matches(code.upper(), [*rules, ALL], 1) or [
            names[name] for name in difflib.get_close_matches(code.lower(), names, 1)
        ]
        super().__init__(f"no rule {code!r}" + (f", did you mean {near[0]}?" if near else ""))


@dataclass(frozen=True)
class Selection:
    """The rules that are on: the defaults or what `select` says, and `extend`, without what `ignore` says.

    A longer prefix beats a shorter one, and `ignore` beats the others at the same length.
    """

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __contains__(self, code: str) -> bool:
        chosen = _longest(code, (*(self.select or ()), *self.extend))
        if self.select is None and all_rules()[code].default:
            chosen = max(chosen, 0)
        return chosen > _longest(code, self.ignore)


def selection(select: Iterable[str] | None = None, extend: Iterable[str] = (), ignore: Iterable[str] = ()) -> Selection:
    """A `Selection` from codes and prefixes as people write them.

    Raises:
        UnknownCode: no rule has one of them.
    """
    return Selection(None if select is None else _prefixes(select), _prefixes(extend), _prefixes(ignore))


def without_noqa(findings: Iterable[Finding], sources: Iterable[Source]) -> list[Finding]:
    """The findings that no comment silences: at the first or last line of their span, or for the whole file."""
    comments = {source.path: _Comments(source) for source in sources}
    return [finding for finding in findings if not comments[finding.location.path].silence(finding)]


class _Comments:
    """The `noqa` comments of one source."""

    def __init__(self, source: Source) -> None:
        self._lines = {block.cell: source.lines(block.cell) for block in source.blocks}
        self._whole_file = [comment for block in source.blocks for comment in _NOQA_FILE.finditer(block.text)]

    def silence(self, finding: Finding) -> bool:
        """Whether one of them is meant for a finding."""
        where = finding.location
        lines = self._lines[where.cell]
        comments = [_NOQA.search(lines[line - 1]) for line in (where.line, where.end_line)]
        return any(comment is not None and _names(comment, finding.code) for comment in (*comments, *self._whole_file))


def _prefixes(codes: Iterable[str]) -> tuple[str, ...]:
    prefixes = []
    for code in codes:
        prefix = code.upper()
        if prefix == ALL:
            prefix = ""
        elif not prefix or not any(known.startswith(prefix) for known in all_rules()):
            raise UnknownCode(code)
        prefixes.append(prefix)
    return tuple(prefixes)


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _names(comment: re.Match[str], code: str) -> bool:
    codes = comment["codes"]
    return codes is None or code.startswith(tuple(re.split(r"[,\s]+", codes.upper())))
