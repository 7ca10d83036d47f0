"""The flake8 plugin: the findings of `logitlint check` on the file that flake8 is looking at."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from flake8.exceptions import ExecutionError

from . import __version__

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

    from .config.resolve import Configurations
    from .config.settings import Settings
    from .files.folders import Seen

UNUSABLE = "LGT000"
"""The code under which a configuration or catalog that cannot be used is reported."""


class Plugin:
    """What flake8 makes for each file."""

    name = "logitlint"
    version = __version__
    selected: ClassVar[tuple[str, ...]] = ()
    disable_noqa: ClassVar[bool] = False
    cache: ClassVar[Path | None] = None
    configurations: ClassVar[Configurations]
    seen: ClassVar[Seen]

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]):
        """Take what flake8 offers under these names; the tree only says that flake8 could parse the file."""
        self._filename = filename
        self._text = "".join(lines)

    @classmethod
    def add_options(cls, options: OptionManager) -> None:
        """Tell flake8 what else can be said on its command line and in its configuration."""
        options.add_option(
            "--logitlint-cache-dir",
            metavar="FOLDER",
            default=".logitlint_cache",
            parse_from_config=True,
            help="Where logitlint keeps results between runs; with nothing after the =, it keeps none. "
            "(Default: %(default)s)",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Remember the options. What the user selects by name switches on rules that are off by default.

        Raises:
            ExecutionError: the configuration of the working directory cannot be used; flake8 shows it and stops.
        """
        from .catalog import CatalogError, load
        from .config.read import ConfigurationError
        from .config.resolve import Configurations
        from .files.folders import Seen

        cls.selected = (*(options.select or ()), *(options.extend_select or ()))
        cls.disable_noqa = options.disable_noqa
        cls.cache = Path(options.logitlint_cache_dir) if options.logitlint_cache_dir else None
        cls.configurations = Configurations()
        cls.seen = Seen()
        try:
            here = cls.configurations.of_folder(Path.cwd()).settings
            if here.catalog:
                load(here.catalog)
        except (ConfigurationError, CatalogError) as error:
            raise ExecutionError(str(error)) from None

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Line, 0-based column and message of each finding; a configuration that cannot be used is one on line 1."""
        from .catalog import CatalogError
        from .config.read import ConfigurationError

        try:
            yield from self._findings()
        except (ConfigurationError, CatalogError) as error:
            yield 1, 0, f"{UNUSABLE} {error}", type(self)

    def _findings(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        from .catalog import load
        from .screen import may_matter

        file = Path(os.path.abspath(self._filename))
        settings = self._settings(file)
        if self._name != "<stdin>" and settings.excludes_somewhere(file):
            return
        if not may_matter(self._text, load(settings.catalog)):
            return
        from .api import check_inputs
        from .files.inputs import inputs_from_text

        cache = None if self._name == "<stdin>" else self.cache
        inputs = inputs_from_text(self._text, self._name, settings)
        inputs = dataclasses.replace(inputs, cache=cache, seen=self.seen)
        for finding in check_inputs(inputs, comments=not self.disable_noqa).findings:
            where = finding.location
            yield where.line, where.column - 1, f"{finding.code} {finding.message}", type(self)

    @property
    def _name(self) -> str:
        return "<stdin>" if self._filename == "stdin" else self._filename

    def _settings(self, file: Path) -> Settings:
        """What `[tool.logitlint]` says for the file; the longest prefix decides, in it or in flake8's own selection."""
        from .select import Selection

        settings = self.configurations.of_file(file).settings
        *earlier, last = settings.selections or (Selection(),)
        merged = dataclasses.replace(last, extend=(*last.extend, *self.selected))
        return dataclasses.replace(settings, selections=(*earlier, merged))
