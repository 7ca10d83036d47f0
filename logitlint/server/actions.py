"""Fixes as an editor offers them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..files.document import Change, Unwritable
from ..files.source import Block, Unreadable
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
        """The fix of a finding, if it can be made now."""
        if not finding.fix.edits:
            return
        by_path: dict[str, list[Edit]] = {}
        for edit in finding.fix.edits:
            by_path.setdefault(edit.location.path, []).append(edit)
        try:
            changes = [self._changed(path, edits) for path, edits in by_path.items()]
        except (Unwritable, Unreadable):
            return
        is_safe = finding.fix.applicability is Applicability.SAFE
        title = f"{finding.code}{'' if is_safe else ' (unsafe)'}: {finding.fix.message}"
        yield self._quick(title, finding, changes, is_safe)

    def _changed(self, path: str, edits: Iterable[Edit]) -> Change:
        document = self.outcome.document(self.outcome.sources[path])
        for edit in edits:
            document.require_editable(edit)
        return Change(document, document.edited(edits))

    def _ignore(self, finding: Finding) -> Iterator[types.CodeAction]:
        """A comment that silences a finding."""
        if finding.code != UNUSED:
            source = self.outcome.sources[finding.location.path]
            changes, _, _ = with_comments([finding], [source], self.outcome.document, "")
            if changes:
                yield self._quick(f"{finding.code}: ignore it here", finding, changes, False)

    def _quick(self, title: str, finding: Finding, changes: Iterable[Change], preferred: bool) -> types.CodeAction:
        return types.CodeAction(
            title,
            types.CodeActionKind.QuickFix,
            [diagnostic(self.outcome, finding, self.codec)],
            is_preferred=preferred,
            edit=self.edit(changes),
        )

    def _all(self, path: str) -> Iterator[types.CodeAction]:
        """All fixes of a file; what they change is found out when one of them is chosen."""
        applicable = {f.fix.applicability for f in self.outcome.findings if f.location.path == path and f.fix.edits}
        if Applicability.SAFE in applicable:
            yield types.CodeAction(
                "logitlint: apply all safe fixes", FIX_ALL, data=dataclasses.asdict(All(path, False))
            )
        if Applicability.UNSAFE in applicable:
            yield types.CodeAction(
                "logitlint: apply all fixes, unsafe ones too", FIX_UNSAFE, data=dataclasses.asdict(All(path, True))
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
class All:
    """All fixes of a file, as an editor keeps it until it wants to know what they are."""

    path: str
    unsafe: bool


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
