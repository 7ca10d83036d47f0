"""The table: Parquet files, which columns of them count, and the pieces in which they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

REPOSITORY = ("repository", "repo_name", "max_stars_repo_name", "repository_name", "sample_repo_name", "repo")
PATH = ("path", "max_stars_repo_path", "file_path", "sample_path", "filepath", "filename")
CONTENT = ("content", "contents", "code", "text")
"""What the columns are called in data sets of public code, the first one that there is counts."""

MIN_PIECE = 64 * 2**20
"""Bytes of code in the smallest piece that is worth a step of its own."""

MAX_PIECES = 1024
"""Each piece writes a file for each shard: more pieces are more small files."""

BATCH_ROWS = 256
"""How many rows are in memory at once while a piece is read."""


class TableError(Exception):
    """A table that cannot be scanned; the text says why in one line."""


@dataclass(frozen=True)
class Columns:
    """The names of the columns; `is_text` if contents are decoded text and not the bytes of files."""

    repository: str
    path: str
    content: str
    is_text: bool


Piece = tuple[tuple[int, int], ...]
"""Row groups: the number of a file of the table, and that of a row group in it."""


@dataclass(frozen=True)
class Table:
    """A table as it is read.

    Attributes:
        files: absolute paths, in order.
        columns: those that count.
        pieces: all row groups, in order.
        rows: how many rows there are.
        digest: tells it from another table: of the names and sizes of the files, and of what Parquet notes at the end
            of each, among others where the data of each column is and its least and largest value.
    """

    files: tuple[str, ...]
    columns: Columns
    pieces: tuple[Piece, ...]
    rows: int
    digest: str

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """The rows of a piece, a few at a time: repository and path as text, content as bytes."""
        for number, some in groupby(piece, key=itemgetter(0)):
            groups = [group for _, group in some]
            try:
                with pq.ParquetFile(self.files[number], buffer_size=2**20, pre_buffer=False) as file:
                    yield from map(self._batch, file.iter_batches(BATCH_ROWS, groups, self._names, use_threads=False))
            except (pa.ArrowException, OSError) as error:
                raise TableError(f"{self.files[number]}: cannot be read: {str(error).splitlines()[0]}") from None

    @property
    def _names(self) -> list[str]:
        return [self.columns.repository, self.columns.path, self.columns.content]

    def _batch(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        repository, path, content = (_plain(rows.column(name)) for name in self._names)
        columns = [repository.cast(pa.string()), path.cast(pa.string()), content.cast(pa.large_binary())]
        return pa.record_batch(columns, ["repository", "path", "content"])


def open_table(
    path: Path, repository: str | None = None, place: str | None = None, content: str | None = None
) -> Table:
    """A Parquet file, or a folder with Parquet files in it, and in the folders below.

    The names of columns that are not given are found among those that are usual.

    Raises:
        TableError: there is no such table, a file cannot be read, or has no such column of text.
    """
    files = [path] if path.is_file() else _below(path)
    if not files:
        raise TableError(f"{path}: {'holds no *.parquet' if path.is_dir() else 'does not exist'}")
    columns: Columns | None = None
    digest = hashlib.blake2b(digest_size=16)
    sizes: list[tuple[int, int, int]] = []
    rows = 0
    for number, file in enumerate(files):
        metadata, footer = _footer(file)
        found = _columns(file, metadata.schema.to_arrow_schema(), repository, place, content)
        if columns not in (None, found):
            raise TableError(f"{file}: has other columns than {files[0]}: {found} instead of {columns}")
        columns = found
        name = file.relative_to(path).as_posix() if file != path else ""
        digest.update(f"{name}\0{file.stat().st_size}\0{len(footer)}\0".encode() + footer)
        groups = range(metadata.num_row_groups)
        sizes += ((number, group, metadata.row_group(group).total_byte_size) for group in groups)
        rows += metadata.num_rows
    assert columns is not None
    return Table(tuple(str(file.resolve()) for file in files), columns, _pieces(sizes), rows, digest.hexdigest())


def _below(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*.parquet")
        if file.is_file() and not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    )


def _footer(file: Path) -> tuple[pq.FileMetaData, bytes]:
    """What Parquet notes at the end of a file, read and as it is there."""
    try:
        metadata = pq.read_metadata(file)
        with file.open("rb") as stream:
            stream.seek(-8, 2)
            length = int.from_bytes(stream.read(4), "little")
            stream.seek(-8 - length, 2)
            return metadata, stream.read(length)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{file}: cannot be read as Parquet: {str(error).splitlines()[0]}") from None


def _columns(file: Path, schema: pa.Schema, repository: str | None, place: str | None, content: str | None) -> Columns:
    """Which columns of a file count."""
    repository = _column(file, schema, "repository", [repository] if repository is not None else REPOSITORY)
    place = _column(file, schema, "path", [place] if place is not None else PATH)
    content = _column(file, schema, "content", [content] if content is not None else CONTENT)
    return Columns(repository, place, content, not _is_binary(schema.field(content).type))


def _column(file: Path, schema: pa.Schema, what: str, names: Sequence[str]) -> str:
    found = next((name for name in names if name in schema.names), None)
    if found is None:
        wanted = names[0] if len(names) == 1 else f"for the {what} ({', '.join(names)})"
        raise TableError(
            f"{file}: has no column {wanted}, but {_listed(schema.names)}; --{what}-column says which one it is"
        )
    kind = _value_type(schema.field(found).type)
    if not (_is_text(kind) or (what == "content" and _is_binary(kind))):
        raise TableError(f"{file}: the column {found} is no text, but {kind}")
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_binary(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _pieces(sizes: Sequence[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """All row groups, given with their bytes, as pieces of about the same size."""
    wanted = max(MIN_PIECE, sum(size for _, _, size in sizes) // MAX_PIECES)
    pieces: list[Piece] = []
    piece: list[tuple[int, int]] = []
    held = 0
    for number, group, size in sizes:
        piece.append((number, group))
        held += size
        if held >= wanted:
            pieces.append(tuple(piece))
            piece, held = [], 0
    return (*pieces, tuple(piece)) if piece else tuple(pieces)
