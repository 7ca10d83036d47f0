"""What is written: tables of findings, of what was skipped, and of repositories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .repository import Row

_PLACE: list[tuple[str, pa.DataType]] = [
    ("path", pa.string()),
    ("cell", pa.int32()),
    ("line", pa.int32()),
    ("column", pa.int32()),
    ("end_line", pa.int32()),
    ("end_column", pa.int32()),
]
_RELATED = pa.struct([*_PLACE, ("message", pa.string())])
_EDIT = pa.struct([*_PLACE, ("replacement", pa.string())])

SCHEMAS = {
    "findings": pa.schema(
        [
            ("repository", pa.string()),
            ("code", pa.string()),
            ("name", pa.string()),
            ("severity", pa.string()),
            ("message", pa.string()),
            *_PLACE,
            ("related", pa.list_(_RELATED)),
            (
                "fix",
                pa.struct([("applicability", pa.string()), ("message", pa.string()), ("edits", pa.list_(_EDIT))]),
            ),
        ]
    ),
    "skipped": pa.schema(
        [("repository", pa.string()), ("path", pa.string()), ("cell", pa.int32()), ("reason", pa.string())]
    ),
    "repositories": pa.schema(
        [
            ("repository", pa.string()),
            ("files", pa.int64()),
            ("parsed", pa.int64()),
            ("findings", pa.int64()),
            ("skipped", pa.int64()),
            ("truncated", pa.int64()),
            ("seconds", pa.float64()),
        ]
    ),
}
"""The columns, by kind; those of findings are the keys of `logitlint check --output-format json`."""


def write(file: Path, kind: str, rows: Sequence[Row], output_format: str) -> None:
    """Write rows of one kind."""
    if output_format == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(list(rows), SCHEMAS[kind]), file, compression="zstd")


def read(file: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Some columns of what was written."""
    if file.suffix == ".jsonl":
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield {column: row[column] for column in columns}
    else:
        yield from pq.read_table(file, columns=list(columns)).to_pylist()
