"""`logitlint config`: what is in force, and where it comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from .options import ArgumentError, configurable, configurations


@click.command()
@click.argument("path", default=".", type=click.Path(exists=True))
@configurable
def config(path: str, given: tuple[str, ...], isolated: bool, **keys: Any) -> None:
    """Print what is in force for a file or folder, and which file or option each value comes from."""
    from ..config.page import configuration_page
    from ..config.read import ConfigurationError

    known = configurations(given, isolated, keys)
    place = Path(os.path.abspath(path))
    try:
        found = known.of_folder(place) if place.is_dir() else known.of_file(place)
    except ConfigurationError as error:
        raise ArgumentError(str(error)) from None
    click.echo(configuration_page(found, path), nl=False)
