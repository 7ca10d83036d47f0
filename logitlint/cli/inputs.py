"""What a command is to look at: the files below paths, or standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .options import ArgumentError

if TYPE_CHECKING:
    from ..config.resolve import Configurations
    from ..files.inputs import Inputs

STDIN = "-"


def read_stdin(paths: tuple[str, ...]) -> bytes | None:
    """Standard input, if it is one of the paths.

    Raises:
        ArgumentError: there are other paths as well.
    """
    if STDIN not in paths:
        return None
    if len(paths) > 1:
        raise ArgumentError("standard input (-) cannot be checked together with other paths")
    return sys.stdin.buffer.read()


def find_inputs(
    paths: tuple[str, ...], stdin: bytes | None, stdin_filename: str | None, known: Configurations
) -> tuple[Inputs, str]:
    """The sources with what is in force for each, and the output format, which the working directory decides.

    Raises:
        ArgumentError: a path does not exist, or the configuration cannot be used.
    """
    from ..config.premises import premises
    from ..config.read import ConfigurationError
    from ..files.inputs import Inputs, inputs_from_paths, inputs_from_text

    try:
        here = known.of_folder(Path.cwd()).settings
        if stdin is None:
            inputs = inputs_from_paths(paths, known)
        elif stdin_filename is None:
            inputs = inputs_from_text(stdin, "<stdin>", here)
        else:
            file = Path(os.path.abspath(stdin_filename))
            settings = known.of_file(file).settings
            if settings.force_exclude and settings.excludes_somewhere(file):
                return Inputs((), (), 0, {}), here.output_format
            inputs = inputs_from_text(stdin, stdin_filename, settings)
    except FileNotFoundError as error:
        raise ArgumentError(f"{error.filename}: {error.strerror}") from None
    except ConfigurationError as error:
        raise ArgumentError(str(error)) from None
    if catalogs := premises(inputs.settings).catalogs:
        _require_usable(catalogs)
    return inputs, here.output_format


def _require_usable(catalogs: tuple[str, ...]) -> None:
    """Check the user's catalogs before anything is analysed with them.

    Raises:
        ArgumentError: one cannot be used.
    """
    from ..catalog import CatalogError, load

    try:
        load(catalogs)
    except CatalogError as error:
        raise ArgumentError(str(error)) from None
