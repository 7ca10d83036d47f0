"""`logitlint clean`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import CACHE, ArgumentError


@click.command()
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    default=CACHE,
    show_default=True,
    envvar="LOGITLINT_CACHE_DIR",
    metavar="FOLDER",
    help="Where results are kept.",
)
def clean(cache_dir: Path) -> None:
    """Delete the results of earlier runs."""
    from ..cache import clean as delete

    try:
        count = delete(cache_dir)
    except OSError as error:
        raise ArgumentError(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Deleted {count} {'entry' if count == 1 else 'entries'} of {cache_dir}.")
