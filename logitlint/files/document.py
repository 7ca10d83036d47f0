"""The whole content of a file, and how edits change it and nothing else."""

from __future__ import annotations

import codecs
import functools
import io
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..finding import Edit, Location
from .cells import cell_codes, with_codes
from .source import Block, Source, Unreadable, source_from_text


class Unwritable(Exception):
    """An edit cannot be made, or a file not be written; `reason` says why in one line."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Document:
    """A script or notebook: `source` is what the analysis sees of `text`."""

    source: Source
    text: str
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode(self.encoding)

    @functools.cached_property
    def codes(self) -> dict[int | None, str]:
        """The code by cell, with IPython's own syntax in it; a script is one piece, under None."""
        if any(block.cell is None for block in self.source.blocks):
            return {None: self.text.removeprefix("\ufeff")}
        return dict(cell_codes(self.text, self._python))

    @functools.cached_property
    def _python(self) -> dict[int | None, Block]:
        return {block.cell: block for block in self.source.blocks}

    def edited(self, edits: Iterable[Edit]) -> Document:
        """The document with edits that do not overlap; those at one place go in in the order in which they are given.

        Raises:
            Unreadable: the result is nothing that can be read again.
        """
        by_cell: dict[int | None, list[Edit]] = {}
        for edit in edits:
            by_cell.setdefault(edit.location.cell, []).append(edit)
        codes = {cell: spliced(self.codes[cell], given) for cell, given in by_cell.items()}
        if None in codes:
            text = self.text[: len(self.text) - len(self.codes[None])] + codes[None]
        else:
            text = with_codes(self.text, codes)
        return Document(source_from_text(text, self.source.path), text, self.encoding)

    def require_editable(self, edit: Edit) -> None:
        """Check that an edit is possible.

        Raises:
            Unwritable: it inserts what the encoding cannot hold, or changes a line that is not Python in its notebook.
        """
        try:
            edit.replacement.encode(self.encoding)
        except UnicodeEncodeError:
            raise Unwritable(f"{self.encoding} cannot hold what would be inserted") from None
        where = edit.location
        if where.cell is None:
            return
        raw, python = Block(self.codes[where.cell]), self._python[where.cell]
        for line in {where.line, *touched_lines(edit)}:
            written = line_of(raw, line)
            inserted = line not in touched_lines(edit) and not written.lstrip().startswith("%%")
            if written != line_of(python, line) and not inserted:
                raise Unwritable(f"line {line} of cell {where.cell} is not Python")


@dataclass(frozen=True)
class Change:
    """A document before and after its edits."""

    before: Document
    after: Document


def document(source: Source, data: bytes) -> Document:
    """The content of the file that a source was read from.

    Raises:
        Unwritable: the content is not what was read, or its encoding cannot be written back byte for byte.
    """
    try:
        changed = source_from_text(data, source.path).blocks != source.blocks
    except Unreadable:
        changed = True
    if changed:
        raise Unwritable("changed on disk since it was read")
    if any(block.cell is not None for block in source.blocks):
        encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    else:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    text = data.decode(encoding)
    if text.encode(encoding) != data:
        raise Unwritable(f"its {encoding} is not what Python would write")
    return Document(source, text, encoding)


def spliced(text: str, edits: Sequence[Edit]) -> str:
    """A text with edits."""
    block = Block(text)
    parts, at = [], 0
    for start, end, replacement in sorted(((*_span(block, e.location), e.replacement) for e in edits), key=_by_place):
        parts += [text[at:start], replacement]
        at = end
    return "".join([*parts, text[at:]])


def touched_lines(edit: Edit) -> range:
    """The lines that an edit changes; lines inserted in front of another do not touch that one."""
    where = edit.location
    whole = edit.replacement.endswith(("\n", "\r")) if edit.replacement else where.column == 1
    return range(where.line, where.end_line + (not whole or where.end_column > 1))


def line_of(block: Block, line: int) -> str:
    """A line of a block, by its 1-based number, with its end."""
    start, *end = block.starts[line - 1 : line + 1]
    return block.text[start : end[0] if end else None]


def _span(block: Block, where: Location) -> tuple[int, int]:
    return block.offset(where.line, where.column), block.offset(where.end_line, where.end_column)


def _by_place(span: tuple[int, int, str]) -> tuple[int, int]:
    return span[:2]
