"""The code cells of a notebook as spans of its JSON text, so that one can change and all else stay byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping

Span = tuple[int, int]

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def cell_codes(text: str, wanted: Collection[int | None]) -> Iterator[tuple[int, str]]:
    """Some cells, each by its 1-based number, with their sources as they are in the file."""
    for number, (start, end) in _spans(text, wanted).items():
        value = json.loads(text[start:end])
        yield number, value if isinstance(value, str) else "".join(value)


def with_codes(text: str, codes: Mapping[int | None, str]) -> str:
    """The notebook with other sources in some cells: one string or a list of lines, escaped and indented as before."""
    escape = text.isascii() and _ESCAPED.search(text) is not None
    for number, (start, end) in sorted(_spans(text, codes).items(), reverse=True):
        raw, code = text[start:end], codes[number]
        gap = " " if text[start - 1] == " " else ""
        new = _list(raw, code, escape, gap) if raw[0] == "[" else _string(raw, code, escape)
        text = text[:start] + new + text[end:]
    return text


def _spans(text: str, wanted: Collection[int | None]) -> dict[int, Span]:
    """Where the values of `source` (`input` in nbformat 3) are."""
    found = {}
    for number, (start, _) in enumerate(_cells(text), 1):
        if number in wanted:
            cell = _members(text, start)
            found[number] = cell["source" if "source" in cell else "input"]
    return found


def _cells(text: str) -> Iterator[Span]:
    notebook = _members(text, _skip(text, 0))
    holders = [notebook]
    if "cells" not in notebook or text.startswith("null", notebook["cells"][0]):
        sheets = [start for start, _ in _elements(text, notebook["worksheets"][0])]
        holders = [_members(text, start) for start in sheets if text[start] == "{"]
    for holder in holders:
        if "cells" in holder and text[holder["cells"][0]] == "[":
            yield from _elements(text, holder["cells"][0])


def _members(text: str, at: int) -> dict[str, Span]:
    """The values of the object that starts here; of a repeated key the last."""
    found: dict[str, Span] = {}
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        found[key] = (start, end)
        at = _next(text, end)
    return found


def _elements(text: str, at: int) -> list[Span]:
    """The elements of the array that starts here."""
    found: list[Span] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _next(text, end)
    return found


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _next(text: str, at: int) -> int:
    """The start of the next member after a value, or of the closing bracket."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _string(raw: str, code: str, escape: bool) -> str:
    """A string with other characters; those that stay keep their escapes."""
    written = _CHARACTER.findall(raw[1:-1])
    characters = [json.loads(f'"{one}"') for one in written]
    shorter = min(len(characters), len(code))
    head = next((i for i in range(shorter) if characters[i] != code[i]), shorter)
    tail = next((i for i in range(shorter - head) if characters[-1 - i] != code[-1 - i]), shorter - head)
    middle = json.dumps(code[head : len(code) - tail], ensure_ascii=escape)[1:-1]
    return '"' + "".join(written[:head]) + middle + "".join(written[len(written) - tail :]) + '"'


def _list(raw: str, code: str, escape: bool, gap: str) -> str:
    """A list of lines with other lines; those that stay are not touched. `gap` follows the commas on one line."""
    spans = _elements(raw, 0)
    lines = [json.loads(raw[start:end]) for start, end in spans]
    new = _LINE.findall(code)
    shorter = min(len(lines), len(new))
    head = next((i for i in range(shorter) if lines[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if lines[-1 - i] != new[-1 - i]), shorter - head)
    comma = raw[spans[0][1] : spans[1][0]] if len(spans) > 1 else "," + (raw[1 : spans[0][0]] or gap)
    parts = [raw[start:end] for start, end in spans]
    middle = [json.dumps(line, ensure_ascii=escape) for line in new[head : len(new) - tail]]
    kept = [*parts[:head], *middle, *parts[len(parts) - tail :]]
    return raw[: spans[0][0]] + comma.join(kept) + raw[spans[-1][1] :]
