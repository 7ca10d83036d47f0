"""What an editor has open, as it is there and not on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec

from ..files.source import Block
from .places import offset

Changes = Iterable[types.TextDocumentContentChangeEvent]

PYTHON = ("python", "")
"""The languages of what may be Python; some editors name none."""


@dataclass(frozen=True)
class Piece:
    """A text that is edited on its own: a script, or a cell of a notebook. One that cannot be Python has no code."""

    uri: str
    version: int | None
    code: str


@dataclass(frozen=True)
class Opened:
    """A script, which is one piece, or a notebook with all of its cells."""

    uri: str
    pieces: tuple[Piece, ...]
    is_notebook: bool = False

    @property
    def file(self) -> Path | None:
        """Where it is on the disk, or will be; None if nobody has said that yet."""
        path = to_fs_path(self.uri) if urlsplit(self.uri).scheme == "file" else None
        return Path(path) if path else None

    @property
    def name(self) -> str:
        """What stands for the path of one that has none."""
        if self.is_notebook:
            return f"{PurePosixPath(unquote(urlsplit(self.uri).path)).stem or 'notebook'}.ipynb"
        return f"<{self.uri}>"

    def piece(self, cell: int | None) -> Piece:
        """The piece that is the cell of this number; of a script the whole."""
        return self.pieces[0 if cell is None else cell - 1]


@dataclass
class Buffers:
    """All that is open.

    Attributes:
        codec: how the editor counts columns.
        folders: those that it works in.
    """

    codec: PositionCodec = field(default_factory=PositionCodec)
    folders: list[Path] = field(default_factory=list)
    _scripts: dict[str, Piece] = field(default_factory=dict)
    _notebooks: dict[str, list[types.NotebookCell]] = field(default_factory=dict)
    _cells: dict[str, Piece] = field(default_factory=dict)

    def open(self, document: types.TextDocumentItem) -> None:
        """Take a script in; a text in another language is nothing to us."""
        if document.language_id in PYTHON:
            self._scripts[document.uri] = Piece(document.uri, document.version, document.text)

    def change(self, document: types.VersionedTextDocumentIdentifier, changes: Changes) -> None:
        """Follow what is typed in a script."""
        self._change(self._scripts, document, changes)

    def close(self, uri: str) -> None:
        """Forget a script; what is on the disk counts again."""
        self._scripts.pop(uri, None)

    def open_notebook(self, notebook: types.NotebookDocument, cells: Iterable[types.TextDocumentItem]) -> None:
        """Take a notebook in."""
        self._notebooks[notebook.uri] = list(notebook.cells)
        self._open_cells(cells)

    def change_notebook(self, uri: str, changes: types.NotebookDocumentCellChanges) -> None:
        """Follow what is typed in the cells of a notebook, and how they come and go."""
        if changes.structure is not None:
            array = changes.structure.array
            self._notebooks[uri][array.start : array.start + array.delete_count] = array.cells or ()
            self._open_cells(changes.structure.did_open or ())
            self._close_cells(changes.structure.did_close or ())
        for one in changes.text_content or ():
            self._change(self._cells, one.document, one.changes)

    def close_notebook(self, uri: str, cells: Iterable[types.TextDocumentIdentifier]) -> None:
        """Forget a notebook."""
        self._notebooks.pop(uri, None)
        self._close_cells(cells)

    def change_folders(self, event: types.WorkspaceFoldersChangeEvent) -> None:
        """Work in other folders."""
        gone = {to_fs_path(folder.uri) for folder in event.removed}
        new = [Path(path) for folder in event.added if (path := to_fs_path(folder.uri))]
        self.folders = [*(folder for folder in self.folders if str(folder) not in gone), *new]

    def opened(self) -> tuple[Opened, ...]:
        """What is open now."""
        scripts = (Opened(uri, (piece,)) for uri, piece in self._scripts.items())
        notebooks = (
            Opened(uri, tuple(self._cells.get(cell.document, Piece(cell.document, None, "")) for cell in cells), True)
            for uri, cells in self._notebooks.items()
        )
        return (*scripts, *notebooks)

    def _open_cells(self, documents: Iterable[types.TextDocumentItem]) -> None:
        for one in documents:
            if one.language_id in PYTHON:
                self._cells[one.uri] = Piece(one.uri, one.version, one.text)

    def _close_cells(self, documents: Iterable[types.TextDocumentIdentifier]) -> None:
        for one in documents:
            self._cells.pop(one.uri, None)

    def _change(
        self, pieces: dict[str, Piece], document: types.VersionedTextDocumentIdentifier, changes: Changes
    ) -> None:
        old = pieces.get(document.uri)
        if old is not None:
            pieces[document.uri] = Piece(document.uri, document.version, self._changed(old.code, changes))

    def _changed(self, text: str, changes: Changes) -> str:
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                block = Block(text)
                start, end = (offset(self.codec, block, at) for at in (change.range.start, change.range.end))
                text = text[:start] + change.text + text[end:]
            else:
                text = change.text
        return text
