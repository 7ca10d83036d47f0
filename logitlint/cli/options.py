"""What the commands share: errors, and the options that stand for keys of the configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..config.keys import KERAS_BACKENDS, KEYS, SEVERITIES
from .codes import CODES

if TYPE_CHECKING:
    from ..config.resolve import Configurations

FOUND = 1
"""Exit status of a run that shows a finding, or a difference."""

FAILED = 2
"""Exit status of a run that could check nothing, could not write something, or was called wrongly."""

Command = TypeVar("Command", bound=Callable[..., Any])


class ArgumentError(click.ClickException):
    """An argument that makes no sense: one line on standard error."""

    exit_code = FAILED


def split(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str] | None:
    """Codes or patterns, separated by commas or spaces; whether they mean something is checked later."""
    return None if value is None else value.replace(",", " ").split()


cached = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    default=Path(".logitlint_cache"),
    show_default=True,
    envvar="LOGITLINT_CACHE_DIR",
    metavar="FOLDER",
    help="Where results are kept.",
)
"""Gives a command the folder with the results of earlier runs."""


def _or_cpus(context: click.Context, parameter: click.Parameter, value: int) -> int:
    """A number of processes; for 0 as many as can run at once."""
    return value or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


parallel = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=0,
    callback=_or_cpus,
    metavar="N",
    help="Processes to use on this machine.  [default: one for each CPU]",
)
"""Gives a command the number of processes."""

SHOWN = (
    click.option(
        "--select",
        type=CODES,
        callback=split,
        help="Rules to apply instead of the defaults: codes, prefixes, ALL.",
    ),
    click.option("--extend-select", type=CODES, callback=split, help="Rules to apply beside the others."),
    click.option("--ignore", type=CODES, callback=split, help="Rules to leave out."),
    click.option("--min-severity", type=click.Choice(SEVERITIES), help="The least to show.  [default: note]"),
)
LEFT_OUT = (
    click.option("--exclude", callback=split, metavar="PATTERNS", help="What to leave out instead of the defaults."),
    click.option("--extend-exclude", callback=split, metavar="PATTERNS", help="What to leave out as well."),
)
KERAS_BACKEND = click.option(
    "--keras-backend",
    type=click.Choice(KERAS_BACKENDS),
    help="What Keras runs on, if code is silent.",
)
CONFIG = click.option(
    "--config", "given", multiple=True, metavar="FILE|KEY=VALUE", help="The configuration file, or a key as in one."
)

OPTIONS = (
    *SHOWN,
    click.option("--fixable", type=CODES, callback=split, help="Rules whose fixes may be applied."),
    click.option("--unfixable", type=CODES, callback=split, help="Rules whose fixes may not be applied."),
    *LEFT_OUT,
    click.option(
        "--force-exclude", is_flag=True, default=None, help="Leave it out even if it is named, as pre-commit does."
    ),
    click.option(
        "--respect-gitignore/--no-respect-gitignore", default=None, help="Leave out what git ignores.  [default: yes]"
    ),
    KERAS_BACKEND,
    CONFIG,
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
)


def configurable(command: Command) -> Command:
    """Give a command the options of the configuration; it takes them as `**keys`."""
    return _given(command, OPTIONS)


def selectable(command: Command) -> Command:
    """Give a command those of them that mean something without a project on the disk."""
    return _given(command, (*SHOWN, *LEFT_OUT, KERAS_BACKEND, CONFIG))


def _given(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def configurations(given: tuple[str, ...], isolated: bool, keys: dict[str, Any]) -> Configurations:
    """What the options say, over the configuration files.

    Raises:
        ArgumentError: an option makes no sense.
    """
    from ..config.read import ConfigurationError, Said, inline
    from ..config.resolve import Configurations
    from ..select import UnknownCode

    files = [text for text in given if "=" not in text or os.path.exists(text)]
    if len(files) > 1 or (files and isolated):
        raise ArgumentError("only one configuration file can count" if not isolated else "--isolated reads no file")
    named = {name.replace("_", "-"): value for name, value in keys.items() if value is not None}
    try:
        said = {name: KEYS[name].read(value, Path.cwd()) for name, value in named.items()}
        places = [inline(tuple(text for text in given if text not in files)), Said("the command line", said)]
        return Configurations(places, Path(files[0]) if files else None, isolated)
    except (ConfigurationError, UnknownCode, ValueError) as error:
        raise ArgumentError(str(error)) from None
