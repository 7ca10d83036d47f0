"""Places: lines and columns from 1, in characters, and what an editor counts, from 0, mostly in UTF-16."""

from __future__ import annotations

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..files.source import Block
from ..finding import Location


def range_of(codec: PositionCodec, block: Block, place: Location) -> types.Range:
    """A span of a block as an editor counts."""
    start, end = block.offset(place.line, place.column), block.offset(place.end_line, place.end_column)
    return types.Range(position(codec, block, start), position(codec, block, end))


def position(codec: PositionCodec, block: Block, at: int) -> types.Position:
    """An offset in the text of a block as an editor counts."""
    line, column = block.place(at)
    return types.Position(line - 1, codec.client_num_units(block.text[at - column + 1 : at]))


def offset(codec: PositionCodec, block: Block, place: types.Position) -> int:
    """Where a position is in the text of a block; one behind the end of a line or of the text is that end."""
    if place.line >= len(block.starts):
        return len(block.text)
    start, *following = block.starts[place.line : place.line + 2]
    line = block.text[start : following[0] if following else None].rstrip("\r\n")
    units = 0
    for number, character in enumerate(line):
        if units >= place.character:
            return start + number
        units += codec.client_num_units(character)
    return start + len(line)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a place; touching is enough."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(place: types.Position) -> tuple[int, int]:
    return place.line, place.character
