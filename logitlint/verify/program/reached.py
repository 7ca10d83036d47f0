"""Which lines of a program ran."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Span = tuple[str, int, int]
"""A path and its first and last line."""

GENERATED = "__autograph_generated_file"
"""What TensorFlow calls the files with the code that it makes of a function."""

PREFIX = "tf__"
"""What the function is called there."""


class Reached:
    """Sees whether any line of each span runs, in the main thread; code that is compiled is not seen.

    Attributes:
        numbers: the spans that ran, by their places in the list.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self.numbers: set[int] = set()
        self._lines: dict[str, dict[int, set[int]]] = {}
        self._functions: dict[str, set[int]] = {}
        for number, (path, first, last) in enumerate(spans):
            for line in range(first, last + 1):
                self._lines.setdefault(path, {}).setdefault(line, set()).add(number)
            for name in functions_around(path, first):
                self._functions.setdefault(PREFIX + name, set()).add(number)
        self._all = len(spans)

    def __enter__(self) -> Reached:
        sys.settrace(self._call)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace(None)

    def _call(self, frame: types.FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        if code.co_filename in self._lines:
            return self._line
        if code.co_name in self._functions and GENERATED in code.co_filename:
            self._saw(self._functions[code.co_name])
        return None

    def _line(self, frame: types.FrameType, event: str, argument: object) -> Any:
        numbers = self._lines[frame.f_code.co_filename].get(frame.f_lineno)
        if numbers:
            self._saw(numbers)
        return self._line

    def _saw(self, numbers: set[int]) -> None:
        self.numbers |= numbers
        if len(self.numbers) == self._all:
            sys.settrace(None)


def functions_around(path: str, line: int) -> Iterator[str]:
    """The names of the functions around a line of a script."""
    if not path.endswith(".py"):
        return
    for node in ast.walk(ast.parse(Path(path).read_bytes())):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            yield node.name
