"""The Markdown that rules are written in, as HTML: paragraphs, lists, tables, code and emphasis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_CODE = re.compile(r"(`[^`]+`)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*(\S.*?)\*")
_ITEM = re.compile(r"^[-*] ", re.MULTILINE)


def to_html(text: str) -> str:
    """A text as HTML; everything that it holds is escaped."""
    return "\n".join(_block(block) for block in re.split(r"\n{2,}", text.strip()))


def with_code(text: str) -> str:
    """A line in which only code is marked."""
    return "".join(
        f"<code>{escape(piece.strip('`'))}</code>" if piece.startswith("`") else escape(piece)
        for piece in _CODE.split(text)
    )


def _block(block: str) -> str:
    if block.startswith("|"):
        head, _, *rows = (_cells(line) for line in block.splitlines())
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>{body}</table>"
    before, *items = _ITEM.split(block)
    paragraph = f"<p>{_inline(before)}</p>" if before.strip() else ""
    return paragraph + (f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>" if items else "")


def _cells(line: str) -> list[str]:
    return [_inline(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> str:
    return "".join(_pieces(" ".join(text.split())))


def _pieces(text: str) -> Iterator[str]:
    for piece in _CODE.split(text):
        if piece.startswith("`"):
            yield f"<code>{escape(piece.strip('`'))}</code>"
        else:
            yield _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", escape(piece)))
