"""The flake8 plugin: the findings of `logitlint check` on the file that flake8 is looking at."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from typing import ClassVar

from . import __version__


class Plugin:
    """What flake8 makes for each file."""

    name = "logitlint"
    version = __version__
    selected: ClassVar[tuple[str, ...]] = ()
    disable_noqa: ClassVar[bool] = False

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]):
        """Take what flake8 offers under these names; the tree only says that flake8 could parse the file."""
        self._filename = filename
        self._text = "".join(lines)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Remember what the user selected by name: that switches on rules that are off by default."""
        cls.selected = (*(options.select or ()), *(options.extend_select or ()))
        cls.disable_noqa = options.disable_noqa

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Line, 0-based column and message of each finding."""
        from .screen import may_matter

        if not may_matter(self._text):
            return
        from .api import check_inputs
        from .files.inputs import inputs_from_text
        from .select import Selection

        inputs = inputs_from_text(self._text, "<stdin>" if self._filename == "stdin" else self._filename)
        for finding in check_inputs(inputs, Selection(extend=self.selected), noqa=not self.disable_noqa).findings:
            where = finding.location
            yield where.line, where.column - 1, f"{finding.code} {finding.message}", type(self)
