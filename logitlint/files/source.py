"""A source as the analysis sees it: decoded text in blocks, whatever kind of file it came from."""

from __future__ import annotations

import ast
import bisect
import functools
import hashlib
import io
import os
import re
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

from ..finding import Skipped

MAX_SCRIPT = 5_000_000
"""Bytes of the largest script that is read: several times the largest one that a person wrote."""

MAX_NOTEBOOK = 100_000_000
"""Bytes of the largest notebook that is read; most of one is pictures."""


_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Block:
    """A piece of code that parses on its own; `cell` is its 1-based place in the notebook's `cells`."""

    text: str
    cell: int | None = None

    @functools.cached_property
    def starts(self) -> list[int]:
        """The offsets at which the lines start, as Python counts lines."""
        return [0, *(found.end() for found in _NEWLINE.finditer(self.text))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The offsets at which a node of the block's tree starts and ends."""
        return (
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column, in characters, of an offset."""
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column, in characters."""
        return self.starts[line - 1] + column - 1

    def _offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and a column in bytes of UTF-8, as syntax trees count."""
        start = self.starts[line - 1]
        return start + len(self.text[start : start + column].encode()[:column].decode())


@dataclass(frozen=True)
class Source:
    """One script or notebook.

    Attributes:
        path: as shown to people: relative to the working directory, with `/`.
        file: the absolute path from which imports are resolved, None if there is none.
        blocks: one for a script, one per code cell for a notebook; they share one scope.
        skipped: cells that hold no readable code.
        digest: of the bytes of `file` that it was read from; empty if it was given as text.
    """

    path: str
    file: Path | None
    blocks: tuple[Block, ...]
    skipped: tuple[Skipped, ...] = ()
    digest: str = ""

    def lines(self, cell: int | None = None) -> list[str]:
        """The lines of a script or of one cell, without their ends."""
        return [line for block in self.blocks if block.cell == cell for line in _lines(block.text)]


def _lines(text: str) -> list[str]:
    return _NEWLINE.split(text) if "\r" in text else text.split("\n")


def length(source: Source) -> int:
    """The characters of a source's code."""
    return sum(len(block.text) for block in source.blocks)


class Unreadable(Exception):
    """A file cannot be turned into a source; `reason` says why in one line."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def shown_path(file: Path) -> str:
    """The path as people and tools see it: relative to the working directory, with `/`."""
    path, here = os.path.abspath(file), os.path.join(os.getcwd(), "")
    if path.startswith(here):
        return path[len(here) :].replace(os.sep, "/")
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return file.as_posix()


def read_source(file: Path, shown: str) -> Source:
    """Read a script or a notebook (by its suffix) from disk, never waiting for a pipe or a device.

    Raises:
        Unreadable: it is no regular file, too large, not decodable, or not a notebook.
    """
    limit = MAX_NOTEBOOK if is_notebook(file.name) else MAX_SCRIPT
    try:
        status = os.stat(file)
        if stat.S_ISDIR(status.st_mode):
            raise Unreadable("is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file")
        if status.st_size > limit:
            raise Unreadable(f"is larger than {limit // 1_000_000} MB")
        with open(file, "rb", buffering=0) as opened:
            data = opened.read()
    except FileNotFoundError:
        raise Unreadable("is a dangling link" if file.is_symlink() else "does not exist") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    return _source(data, shown, Path(os.path.abspath(file)), content_digest(data))


def content_digest(data: bytes) -> str:
    """A digest of what is in a file: no two contents have the same."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def source_from_text(text: str | bytes, filename: str) -> Source:
    """Make a source of text that is not (or not yet) on disk.

    `filename` says whether it is a notebook, and where its imports are resolved from; a name like `<string>` stands
    for no file.

    Raises:
        Unreadable: bytes that cannot be decoded, or text that is no notebook although its name says so.
    """
    if filename.startswith("<") and filename.endswith(">"):
        return _source(text, filename, None)
    return _source(text, shown_path(Path(filename)), Path(os.path.abspath(filename)))


def refusal(text: str) -> str | None:
    """Why no parser could take this text, or None."""
    if "\0" in text:
        return "contains NUL characters"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "contains characters that no encoding can hold"
    return None


def is_notebook(name: str) -> bool:
    """Whether the name of a file says that it is a notebook."""
    return name.lower().endswith(".ipynb")


def _source(content: str | bytes, shown: str, file: Path | None, digest: str = "") -> Source:
    if is_notebook(shown):
        from .notebook import read_notebook

        text = _decode(content, "utf-8-sig") if isinstance(content, bytes) else content
        blocks, skipped = read_notebook(text, shown)
        return Source(shown, file, blocks, skipped, digest)
    text = _decode(content, _encoding(content)) if isinstance(content, bytes) else content
    if (reason := refusal(text)) is not None:
        raise Unreadable(reason)
    return Source(shown, file, (Block(text.removeprefix("\ufeff")),), (), digest)


def _encoding(data: bytes) -> str:
    if b"\0" in data:
        raise Unreadable("contains NUL bytes")
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise Unreadable(f"cannot be decoded: {error.msg}") from None


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not {error.encoding} (byte {error.start})") from None
    except (LookupError, ValueError) as error:  # a coding cookie that names no text encoding
        raise Unreadable(f"cannot be decoded: {error}") from None
