"""Fixes as an editor offers them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..files.document import Change, Unwritable
from ..files.source import Block
from ..finding import Applicability, Edit, Finding, Location
from ..rules.registry import UNUSED
from ..suppress.add import with_comments
from .analysis import Outcome
from .diagnostics import diagnostic
from .places import overlap, position, range_of

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.logitlint"
"""The kind that editors may be told to apply whenever a file is saved: safe fixes."""

FIX_UNSAFE = "source.logitlint.unsafe"
"""A kind that no editor applies unasked: unsafe fixes too."""


@dataclass(frozen=True)
class Actions:
    """What can be done about findings.

    Attributes:
        outcome: what was found.
        codec: how the editor counts columns.
        versioned: whether it takes edits of several documents with their versions.
    """

    outcome: Outcome
    codec: PositionCodec
    versioned: bool

    def at(self, uri: str, place: types.Range, wanted: Callable[[str], bool]) -> list[types.CodeAction]:
        """What is offered at a place of a script or cell, of the kinds that are wanted."""
        findings = [f for f in self.outcome.findings if self.outcome.uri(f.location) == uri]
        here = [f for f in findings if overlap(self._range(f.location), place)]
        actions: list[types.CodeAction] = []
        if wanted(types.CodeActionKind.QuickFix.value):
            actions += [action for finding in here for action in self._fix(finding)]
            actions += [action for finding in here for action in self._ignore(finding)]
        path = next((f.location.path for f in findings), None)
        if path is not None:
            actions += [action for action in self._all(path) if wanted(str(action.kind))]
        return actions

    def edit(self, changes: Iterable[Change]) -> types.WorkspaceEdit:
        """Changes of documents as an editor makes them."""
        edits = [
            (*self._identity(Location(change.before.source.path, cell, 1, 1, 1, 1)), list(self._edits(before, after)))
            for change in changes
            for cell, before in change.before.codes.items()
            if (after := change.after.codes[cell]) != before
        ]
        if not self.versioned:
            return types.WorkspaceEdit({uri: found for uri, _, found in edits})
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, version), found)
                for uri, version, found in edits
            ]
        )

    def _fix(self, finding: Finding) -> Iterator[types.CodeAction]:
        """The fix of a finding, if its files can be changed now."""
        if finding.fix.edits and self._is_possible(finding.fix.edits):
            is_safe = finding.fix.applicability is Applicability.SAFE
            title = f"{finding.code}{'' if is_safe else ' (unsafe)'}: {finding.fix.message}"
            choice = Choice(finding.location.path, True, _key(finding))
            yield self._quick(title, finding, is_preferred=is_safe, data=dataclasses.asdict(choice))

    def _is_possible(self, edits: Iterable[Edit]) -> bool:
        try:
            for edit in edits:
                self.outcome.document(self.outcome.sources[edit.location.path]).require_editable(edit)
        except Unwritable:
            return False
        return True

    def _ignore(self, finding: Finding) -> Iterator[types.CodeAction]:
        """A comment that silences a finding."""
        if finding.code != UNUSED:
            source = self.outcome.sources[finding.location.path]
            changes, _, _ = with_comments([finding], [source], self.outcome.document, "")
            if changes:
                yield self._quick(f"{finding.code}: ignore it here", finding, edit=self.edit(changes))

    def _quick(self, title: str, finding: Finding, **more: Any) -> types.CodeAction:
        shown = [diagnostic(self.outcome, finding, self.codec)]
        return types.CodeAction(title, types.CodeActionKind.QuickFix, shown, **more)

    def _all(self, path: str) -> Iterator[types.CodeAction]:
        """All fixes of a file; what they change is found out when one of them is chosen."""
        applicable = {f.fix.applicability for f in self.outcome.findings if f.location.path == path and f.fix.edits}
        if Applicability.SAFE in applicable:
            yield types.CodeAction(
                "logitlint: apply all safe fixes", FIX_ALL, data=dataclasses.asdict(Choice(path, False))
            )
        if Applicability.UNSAFE in applicable:
            yield types.CodeAction(
                "logitlint: apply all fixes, unsafe ones too", FIX_UNSAFE, data=dataclasses.asdict(Choice(path, True))
            )

    def _edits(self, before: str, after: str) -> Iterator[types.TextEdit]:
        """The lines that are different, without what is the same at their beginning and end."""
        block, new = Block(before), Block(after)
        old_lines, new_lines = _lines(block), _lines(new)
        for tag, start, end, new_start, new_end in difflib.SequenceMatcher(
            None, old_lines, new_lines, autojunk=False
        ).get_opcodes():
            if tag != "equal":
                old_text, new_text = "".join(old_lines[start:end]), "".join(new_lines[new_start:new_end])
                head = _shared(old_text, new_text)
                tail = _shared(old_text[head:][::-1], new_text[head:][::-1])
                at = sum(map(len, old_lines[:start]))
                place = types.Range(
                    position(self.codec, block, at + head), position(self.codec, block, at + len(old_text) - tail)
                )
                yield types.TextEdit(place, new_text[head : len(new_text) - tail])

    def _identity(self, place: Location) -> tuple[str, int | None]:
        """The script or cell of a place, and its version if it is open."""
        view = self.outcome.views.get(place.path)
        if view is None:
            return str(self.outcome.uri(place)), None
        piece = view.opened.piece(place.cell)
        return piece.uri, piece.version

    def _range(self, place: Location) -> types.Range:
        return range_of(self.codec, self.outcome.block(place), place)


@dataclass(frozen=True)
class Choice:
    """Fixes that are offered, as an editor keeps them until it wants to know what they change.

    Attributes:
        path: the file of the findings.
        unsafe: whether unsafe fixes are among them.
        key: the one finding that is to be fixed; None for all of the file.
    """

    path: str
    unsafe: bool
    key: Sequence[str | int | None] | None = None

    def wanted(self, outcome: Outcome) -> Callable[[Finding], bool]:
        """Whether a finding is to be fixed; of a file all that come up are."""
        if self.key is None:
            return lambda finding: finding.location.path == self.path
        key = tuple(self.key)
        chosen = [f for f in outcome.findings if f.location.path == self.path and _key(f) == key]
        return lambda finding: finding in chosen


def _key(finding: Finding) -> tuple[str | int | None, ...]:
    """What tells a finding from the others of its file."""
    where = finding.location
    return finding.code, where.cell, where.line, where.column


def wanted_kinds(only: Iterable[str | types.CodeActionKind] | None) -> Callable[[str], bool]:
    """Whether a kind is asked for: itself, or a more general one; without a list every kind is."""
    if only is None:
        return lambda kind: True
    kinds = [one.value if isinstance(one, types.CodeActionKind) else one for one in only]
    return lambda kind: any(kind == one or kind.startswith(f"{one}.") or not one for one in kinds)


def _lines(block: Block) -> list[str]:
    """The lines of a text, with their ends."""
    return [block.text[start:end] for start, end in zip(block.starts, [*block.starts[1:], None], strict=True)]


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
