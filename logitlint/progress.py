"""What a run tells about itself while it goes on."""

from __future__ import annotations


class Progress:
    """Is told how far a run is. This one keeps it to itself; one that shows it derives from it."""

    def done(self, what: str) -> None:
        """A step of the run is over, in words."""

    def spent(self, what: str, seconds: float) -> None:
        """A part of the analysis took so much processor time, in whatever process."""

    def begin(self, size: int) -> None:
        """So much is to be analysed, in characters of code."""

    def advance(self, size: int) -> None:
        """So much more of it is analysed."""

    def end(self) -> None:
        """Nothing more is analysed."""


SILENT = Progress()
"""For whoever does not want to be told."""
