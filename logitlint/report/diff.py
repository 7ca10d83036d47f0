"""Changes as a unified diff, which `git apply` and `patch` take for scripts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

import click

from ..files.document import Change

COLOURS = {"+": "green", "-": "red", "@": "cyan"}

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def unified_diff(change: Change) -> str:
    """The difference that a change makes; in a notebook one for each cell, which is named behind the path."""
    return "".join(_coloured(line) for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    after = change.after.codes
    for cell, code in change.before.codes.items():
        name = change.before.source.path + ("" if cell is None else f":cell {cell}")
        old, new = _LINE.findall(code), _LINE.findall(after[cell])
        for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
            yield line if line.endswith("\n") else line + "\n"
            if not line.endswith("\n"):
                yield "\\ No newline at end of file\n"


def _coloured(line: str) -> str:
    text = line.removesuffix("\n")
    if line.startswith(("---", "+++")):
        return click.style(text, bold=True) + "\n"
    colour = COLOURS.get(line[0])
    return click.style(text, fg=colour) + "\n" if colour else line
