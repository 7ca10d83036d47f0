"""The number formats in which rewrites are run: their rounding, their range, and what counts as equal or broken."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Dtype:
    """A floating-point format.

    Attributes:
        name: as the frameworks call it.
        layout: the `struct` format of the same or the next wider type.
        largest: the largest finite number.
        tolerance: two results are equal if they differ by at most this, times 1 or the larger of both.
        off: the relative error from which a result is broken.
        least: the absolute error below which it is not.
    """

    name: str
    layout: str
    largest: float
    tolerance: float
    off: float = 0.01
    least: float = 1e-3

    def rounded(self, number: float) -> float:
        """The nearest number of this format."""
        try:
            packed: float = struct.unpack(self.layout, struct.pack(self.layout, number))[0]
        except OverflowError:
            return float("inf") if number > 0 else -float("inf")
        return packed if self.name != "bfloat16" else _cut(packed)


def _cut(number: float) -> float:
    """A float32 rounded to the upper 16 of its bits, ties to even."""
    bits = struct.unpack("<I", struct.pack("<f", number))[0]
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    value: float = struct.unpack("<f", struct.pack("<I", bits))[0]
    return value


DTYPES: Mapping[str, Dtype] = {
    dtype.name: dtype
    for dtype in (
        Dtype("float32", "<f", 3.4028234663852886e38, 1e-6),
        Dtype("float64", "<d", 1.7976931348623157e308, 1e-8),
        Dtype("float16", "<e", 65504.0, 8e-3, 0.1, 1e-2),
        Dtype("bfloat16", "<f", 3.3895313892515355e38, 6e-2, 0.1, 1e-2),
    )
}
