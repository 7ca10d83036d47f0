"""Places: lines and columns from 1, in characters, and what an editor counts, from 0, mostly in UTF-16."""

from __future__ import annotations

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..files.source import Block
from ..finding import Location


def range_of(codec: PositionCodec, block: Block, place: Location) -> types.Range:
    """A span of a block as an editor counts."""
    return types.Range(
        _position(codec, block, place.line, place.column), _position(codec, block, place.end_line, place.end_column)
    )


def offset(codec: PositionCodec, block: Block, position: types.Position) -> int:
    """Where a position is in the text of a block; one behind the end of a line or of the text is that end."""
    if position.line >= len(block.starts):
        return len(block.text)
    start, *following = block.starts[position.line : position.line + 2]
    line = block.text[start : following[0] if following else None].rstrip("\r\n")
    units = 0
    for number, character in enumerate(line):
        if units >= position.character:
            return start + number
        units += codec.client_num_units(character)
    return start + len(line)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a place; touching is enough."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _position(codec: PositionCodec, block: Block, line: int, column: int) -> types.Position:
    start = block.starts[line - 1]
    return types.Position(line - 1, codec.client_num_units(block.text[start : start + column - 1]))


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
