"""Applying fixes: in rounds, and what a round did is looked at again before it counts."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..files.document import Change, Document, Unwritable
from ..files.source import Source, Unreadable
from ..finding import Applicability, Edit, Finding, Fix, Location, Result
from ..flow.tree import parse
from .reach import paths_of

MAX_ROUNDS = 20
"""How many times fixes are applied and the result analysed; each round mends all that does not overlap."""

Key = tuple[str, str, int | None, tuple[str, ...], tuple[str, ...]]
"""A fix across rounds, when lines have moved: code, path, cell, the lines of the finding, what is put in."""


@dataclass(frozen=True)
class Problem:
    """Why a round cannot stay as it is, and the files in which that shows."""

    reason: str
    paths: frozenset[str]


@dataclass
class Mending:
    """Fixes in progress.

    Attributes:
        sources: all of a run, as they are now.
        result: the findings in them, none left out.
        check: finds them.
        keep: those that shall be mended.
        watched: whether a new finding withdraws a fix.
        opened: the whole content of a source; raises `Unwritable` where it must not change.
        unsafe: apply unsafe fixes too.
        withheld: the reasons why some of the findings must not be mended, by their place in the list.
        before, after: the content of the changed files.
        together: the files of each applied fix.
        notes: what was not done and why, one line each.
        closed: files that must not change, and why.
    """

    sources: tuple[Source, ...]
    result: Result
    check: Callable[[Sequence[Source]], Result]
    keep: Callable[[Iterable[Finding], Sequence[Source]], list[Finding]]
    watched: Callable[[Finding], bool]
    opened: Callable[[Source], Document]
    unsafe: bool
    withheld: Callable[[Sequence[Finding]], Mapping[int, str]] = lambda findings: {}
    before: dict[str, Document] = field(default_factory=dict)
    after: dict[str, Document] = field(default_factory=dict)
    together: list[frozenset[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    _withdrawn: dict[Key, str] = field(default_factory=dict)

    def run(self) -> None:
        """Apply fixes until there are none left."""
        for _ in range(MAX_ROUNDS):
            batch = self._batch()
            if not batch:
                return
            self._settle(batch)
        if self._batch():
            self.notes.append(f"stopped after {MAX_ROUNDS} rounds of fixes; run it again for the others")

    def left(self) -> list[Finding]:
        """The findings that are not mended; what was withdrawn is no fix."""
        return [
            dataclasses.replace(finding, fix=Fix(Applicability.NONE, why))
            if (why := self._refusal(finding))
            else finding
            for finding in self.keep(self.result.findings, self.sources)
        ]

    def changes(self) -> tuple[tuple[Change, ...], ...]:
        """The changed documents; those that one fix or several with a file in common changed are together."""
        homes: dict[str, set[str]] = {}
        for paths in set(self.together):
            home = set(paths).union(*(homes.get(path, ()) for path in paths))
            homes |= dict.fromkeys(home, home)
        groups = {id(home): sorted(home) for home in homes.values()}
        return tuple(tuple(Change(self.before[p], self.after[p]) for p in group) for group in sorted(groups.values()))

    def _batch(self) -> list[Finding]:
        """The findings whose fixes fit together; of two that overlap the second waits for the next round."""
        batch: list[Finding] = []
        edits: dict[str, set[Edit]] = {}
        findings = [f for f in self.keep(self.result.findings, self.sources) if self._is_allowed(f)]
        for number, reason in self.withheld(findings).items():
            self._withdraw(findings[number], reason)
        for finding in findings:
            if self._is_wanted(finding) and not any(
                edit != other and touch(edit.location, other.location)
                for edit in finding.fix.edits
                for other in edits.get(edit.location.path, ())
            ):
                batch.append(finding)
                for edit in finding.fix.edits:
                    edits.setdefault(edit.location.path, set()).add(edit)
        return batch

    def _is_allowed(self, finding: Finding) -> bool:
        fix = finding.fix
        return (
            bool(fix.edits) and not self._refusal(finding) and (self.unsafe or fix.applicability is Applicability.SAFE)
        )

    def _is_wanted(self, finding: Finding) -> bool:
        fix = finding.fix
        if self._refusal(finding):
            return False
        for path in paths_of(finding) - set(self.after):
            self._open(path)
        if self._refusal(finding):
            return False
        try:
            for edit in fix.edits:
                self.after[edit.location.path].require_editable(edit)
        except Unwritable as refusal:
            self._withdraw(finding, refusal.reason)
            return False
        return True

    def _open(self, path: str) -> None:
        """Get the content of a file, or note that it must not change."""
        try:
            self.before[path] = self.after[path] = self.opened(next(s for s in self.sources if s.path == path))
        except Unwritable as refusal:
            self.closed[path] = f"{path} {refusal.reason}"
            self.notes.append(f"{path}: not changed: {refusal.reason}")

    def _refusal(self, finding: Finding) -> str:
        """Why a fix is not applied any more."""
        for path in sorted(paths_of(finding) & self.closed.keys()):
            return self.closed[path]
        return self._withdrawn.get(self._key(finding), "") if self._withdrawn else ""

    def _settle(self, batch: list[Finding]) -> None:
        """Apply fixes so that no problem stays: of several suspects one half waits, a single one is withdrawn."""
        while batch:
            documents, problems = self._edited(batch)
            sources = tuple(documents[s.path].source if s.path in documents else s for s in self.sources)
            if not problems:
                result = self.check(sources)
                problems = list(self._problems(batch, result))
                if not problems:
                    self.sources, self.result = sources, result
                    self.after |= documents
                    self.together += map(paths_of, batch)
                    return
            batch = self._without_suspects(batch, problems)

    def _edited(self, batch: Sequence[Finding]) -> tuple[dict[str, Document], list[Problem]]:
        """The documents with all edits of a batch, and those that cannot be parsed any more."""
        edits: dict[str, dict[Edit, None]] = {}
        for finding in batch:
            for edit in finding.fix.edits:
                edits.setdefault(edit.location.path, {})[edit] = None
        documents, problems = {}, []
        for path, given in edits.items():
            old = self.after[path]
            try:
                documents[path] = new = old.edited(given)
                parses = len(parse(new.source).skipped) <= len(parse(old.source).skipped)
            except Unreadable:
                parses = False
            if not parses:
                problems.append(Problem("the result would not parse", frozenset({path})))
        return documents, problems

    def _problems(self, batch: Sequence[Finding], result: Result) -> Iterator[Problem]:
        """Findings that should be gone, and new ones."""
        allowed = Counter(map(kind, filter(self.watched, self.result.findings)))
        mended = Counter(map(kind, batch))
        allowed.subtract(mended)
        left: dict[tuple[str, str], list[Finding]] = {}
        for finding in filter(self.watched, result.findings):
            left.setdefault(kind(finding), []).append(finding)
        for one, findings in left.items():
            if len(findings) > allowed[one]:
                reason = "it would still be found" if mended[one] else f"it would bring a finding of {one[1]}"
                related = (r.location.path for f in findings for r in f.related)
                yield Problem(reason, frozenset({one[0], *related}))

    def _without_suspects(self, batch: list[Finding], problems: Iterable[Problem]) -> list[Finding]:
        """The batch without half of those that a problem may come from, without the whole of a single one."""
        dropped: set[int] = set()
        for problem in problems:
            suspects = [f for f in batch if (paths_of(f) | {f.location.path}) & problem.paths] or batch
            if dropped.isdisjoint(map(id, suspects)):
                if len(suspects) == 1:
                    self._withdraw(suspects[0], problem.reason)
                dropped.update(map(id, suspects[len(suspects) // 2 :]))
        return [finding for finding in batch if id(finding) not in dropped]

    def _withdraw(self, finding: Finding, reason: str) -> None:
        where = finding.location
        cell = "" if where.cell is None else f":cell {where.cell}"
        self._withdrawn[self._key(finding)] = reason
        self.notes.append(f"{where.path}{cell}:{where.line}:{where.column}: {finding.code} is not fixed: {reason}")

    def _key(self, finding: Finding) -> Key:
        where = finding.location
        lines = next(s for s in self.sources if s.path == where.path).lines(where.cell)[where.line - 1 : where.end_line]
        replacements = tuple(edit.replacement for edit in finding.fix.edits)
        return finding.code, where.path, where.cell, tuple(lines), replacements


def touch(one: Location, other: Location) -> bool:
    """Whether two edits overlap or meet."""
    return (
        (one.path, one.cell) == (other.path, other.cell)
        and (one.line, one.column) <= (other.end_line, other.end_column)
        and (other.line, other.column) <= (one.end_line, one.end_column)
    )


def kind(finding: Finding) -> tuple[str, str]:
    """What findings are counted by."""
    return finding.location.path, finding.code
