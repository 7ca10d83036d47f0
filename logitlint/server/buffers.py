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


@dataclass(frozen=True)
class Piece:
    """A text that is edited on its own: a script, or a cell of a notebook; `code` is what of it may be Python."""

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
    """All that is open, and the folders that the editor works in."""

    codec: PositionCodec = field(default_factory=PositionCodec)
    folders: list[Path] = field(default_factory=list)
    _scripts: dict[str, Piece] = field(default_factory=dict)

    def open(self, document: types.TextDocumentItem) -> None:
        """Take a script in; a text in another language is nothing to us."""
        if document.language_id in ("python", ""):
            self._scripts[document.uri] = Piece(document.uri, document.version, document.text)

    def change(
        self,
        document: types.VersionedTextDocumentIdentifier,
        changes: Iterable[types.TextDocumentContentChangeEvent],
    ) -> None:
        """Follow what is typed."""
        old = self._scripts.get(document.uri)
        if old is not None:
            self._scripts[document.uri] = Piece(document.uri, document.version, self._changed(old.code, changes))

    def close(self, uri: str) -> None:
        """Forget a script; what is on the disk counts again."""
        self._scripts.pop(uri, None)

    def change_folders(self, event: types.WorkspaceFoldersChangeEvent) -> None:
        """Work in other folders."""
        gone = {to_fs_path(folder.uri) for folder in event.removed}
        new = [Path(path) for folder in event.added if (path := to_fs_path(folder.uri))]
        self.folders = [*(folder for folder in self.folders if str(folder) not in gone), *new]

    def opened(self) -> tuple[Opened, ...]:
        """What is open now."""
        return tuple(Opened(uri, (piece,)) for uri, piece in self._scripts.items())

    def _changed(self, text: str, changes: Iterable[types.TextDocumentContentChangeEvent]) -> str:
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                block = Block(text)
                start, end = (offset(self.codec, block, at) for at in (change.range.start, change.range.end))
                text = text[:start] + change.text + text[end:]
            else:
                text = change.text
        return text
