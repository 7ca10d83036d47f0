"""Notebooks: the Python in their code cells, with IPython's own syntax replaced line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..finding import Skipped
from .source import Block, Unreadable, refusal

OTHER_CELL_MAGICS = frozenset(
    {"!", "HTML", "R", "SVG", "ai", "bash", "bigquery", "cmd", "cpp", "cu", "css", "cython", "file", "fortran", "html"}
    | {"javascript", "js", "julia", "latex", "markdown", "octave", "perl", "pypy", "python2", "ruby", "script", "sh"}
    | {"shell", "spark", "sql", "svg", "system", "sx", "writefile"}
)
"""The `%%` magics whose cell is another language or another file; any other `%%` magic runs its cell as Python."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CELL_MAGIC = re.compile(r"\s*%%(!|\w*)")
_TIMED = re.compile(r"(\s*)(%(?:time|timeit|prun|memit)\s+(?:-\w+(?:\s+\d+)?\s+)*)(?=[^\s-])")
_TIMED_VALUE = re.compile(r"([\w.,\s\[\]'\"*]+=\s*)(%time\s+)(?=[^\s-])")
_ENVIRONMENT = re.compile(r"(\s*)%(?:set_)?env\s+(\w+)(?:\s*=\s*|\s+)(\S+)\s*$")
_MAGIC = re.compile(r"(\s*)(?:[%!?]|[\w.*]+\s*\?{1,2}\s*$)")
_MAGIC_VALUE = re.compile(r"([\w.,\s\[\]'\"*]+=)\s*[!%]")
_TOKEN = re.compile(r"""(?P<comment>\#)|(?P<quote>\"{3}|'{3}|"|')|(?P<open>[(\[{])|(?P<close>[)\]}])""")
_STRING_END = {quote: re.compile(rf"(?:\\.|(?!{quote})[^\\])*{quote}") for quote in ("'", '"', "'''", '"""')}


def read_notebook(text: str, shown: str) -> tuple[tuple[Block, ...], tuple[Skipped, ...]]:
    """The Python cells of a notebook (nbformat 3 and 4), and the cells that hold no readable code.

    Raises:
        Unreadable: the text is no notebook, or not one in Python.
    """
    blocks: list[Block] = []
    skipped: list[Skipped] = []
    for number, cell in enumerate(_cells(text), 1):
        if isinstance(cell, dict) and cell.get("cell_type") != "code":
            continue
        code = _code(cell)
        reason = "has no readable source" if code is None else refusal(code)
        if code is None or reason is not None:
            skipped.append(Skipped(shown, f"the cell {reason}", number))
        elif (python := python_of_cell(code)) is not None:
            blocks.append(Block(python, number))
    return tuple(blocks), tuple(skipped)


def python_of_cell(text: str) -> str | None:
    """The cell with IPython's syntax replaced by harmless Python on the same lines; None if it is another language.

    The statement that `%time` or `%timeit` runs stays where it is; what `%env` sets is set.
    """
    lines = _LINE.findall(text)
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        magic = _CELL_MAGIC.match(line)
        if magic is None:
            break
        if magic[1] in OTHER_CELL_MAGICS:
            return None
        lines[index] = "pass" + _ending(line)
    return "".join(_plain(lines))


def _cells(text: str) -> list[Any]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("is not a notebook: not JSON") from None
    if not isinstance(notebook, dict):
        raise Unreadable("is not a notebook: not a JSON object")
    language = _language(notebook)
    if language and "python" not in language.lower():
        raise Unreadable(f"is a notebook in {language}, not Python")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise Unreadable("is not a notebook: it has no cells")
    return cells


def _language(notebook: dict[str, Any]) -> str | None:
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return None
    for table, key in (("kernelspec", "language"), ("language_info", "name")):
        described = metadata.get(table)
        if isinstance(described, dict) and isinstance(described.get(key), str):
            return str(described[key])
    return None


def _code(cell: Any) -> str | None:
    """The source of a code cell (`input` in nbformat 3), None if there is no readable one."""
    source = cell.get("source", cell.get("input")) if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _plain(lines: list[str]) -> Iterator[str]:
    """Replace magics where a statement starts; inside brackets, strings and continued lines `%` and `!` are code."""
    depth, quote, continued, in_magic = 0, "", False, False
    for line in lines:
        ending = _ending(line)
        body = line[: len(line) - len(ending)]
        if in_magic:
            in_magic = body.endswith("\\")
            yield ending
            continue
        if not (depth or quote or continued):
            body, replaced = _replace(body)
            if replaced:
                in_magic = line.rstrip("\r\n").endswith("\\")
                yield body + ending
                continue
        depth, quote = _scan(body, depth, quote)
        continued = body.endswith("\\")
        if len(quote) == 1 and not continued:
            quote = ""
        yield body + ending


def _replace(body: str) -> tuple[str, bool]:
    """A line at the start of a statement without IPython's syntax, and whether nothing of the line was kept."""
    if timed := _TIMED.match(body):
        return timed[1] + "0;".ljust(len(timed[2])) + body[timed.end() :], False
    if timed := _TIMED_VALUE.match(body):
        return timed[1] + " " * len(timed[2]) + body[timed.end() :], False
    if setting := _ENVIRONMENT.match(body):
        return f"{setting[1]}import os; os.environ[{setting[2]!r}] = {setting[3]!r}", True
    if value := _MAGIC_VALUE.match(body):
        return value[1] + " ...", True
    if magic := _MAGIC.match(body):
        return magic[1] + "pass", True
    return body, False


def _scan(body: str, depth: int, quote: str) -> tuple[int, str]:
    """Follow brackets and string quotes through one line."""
    at = 0
    while at < len(body):
        if quote:
            end = _STRING_END[quote].match(body, at)
            if end is None:
                return depth, quote
            at, quote = end.end(), ""
            continue
        token = _TOKEN.search(body, at)
        if token is None or token["comment"]:
            break
        at = token.end()
        if token["quote"]:
            quote = token["quote"]
        else:
            depth = max(0, depth + (1 if token["open"] else -1))
    return depth, quote


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
