"""What an editor shows where the mouse rests: the finding, and the page of its rule."""

from __future__ import annotations

import re

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..files.source import Block
from ..finding import Applicability, Finding
from ..report.page import measured_page
from ..rules.registry import all_rules
from .analysis import Outcome
from .places import offset, overlap, position, range_of

LABELS = {Applicability.SAFE: "fix", Applicability.UNSAFE: "fix (unsafe)", Applicability.NONE: "no fix"}

_CODE = re.compile(r"\bLGT\d{3}\b")


def hover(outcome: Outcome, uri: str, place: types.Position, codec: PositionCodec) -> types.Hover | None:
    """The findings at a place of a script or cell, or the rule whose code is written there."""
    here = types.Range(place, place)
    found = [
        (finding, span)
        for finding in outcome.findings
        if outcome.uri(finding.location) == uri
        and overlap(span := range_of(codec, outcome.block(finding.location), finding.location), here)
    ]
    if found:
        text = "\n\n---\n\n".join(_about(finding) for finding, _ in found)
        pages = "\n---\n\n".join(_page(code) for code in dict.fromkeys(finding.code for finding, _ in found))
        return _hover(f"{text}\n\n---\n\n{pages}", found[0][1])
    return _of_code(outcome, uri, place, codec)


def _of_code(outcome: Outcome, uri: str, place: types.Position, codec: PositionCodec) -> types.Hover | None:
    """The page of a rule where its code is written, as in a comment that silences it."""
    piece = next((piece for one in outcome.opened for piece in one.pieces if piece.uri == uri), None)
    if piece is None:
        return None
    block = Block(piece.code)
    at = offset(codec, block, place)
    for code in _CODE.finditer(piece.code):
        if code.start() <= at <= code.end() and code[0] in all_rules():
            span = types.Range(position(codec, block, code.start()), position(codec, block, code.end()))
            return _hover(_page(code[0]), span)
    return None


def _about(finding: Finding) -> str:
    """The message, and what can be done, as the command line says it."""
    fix = finding.fix
    return f"**{finding.code}** {_plain(finding.message)}\n\n*{LABELS[fix.applicability]}:* {_plain(fix.message)}"


def _page(code: str) -> str:
    return measured_page(all_rules()[code])


def _hover(text: str, place: types.Range) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), place)


def _plain(line: str) -> str:
    """A line in which only code is marked, as Markdown."""
    pieces = re.split(r"(`[^`]+`)", line)
    return "".join(piece if piece.startswith("`") else re.sub(r"([\\*_<>\[\]])", r"\\\1", piece) for piece in pieces)
