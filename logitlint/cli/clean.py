"""`logitlint clean`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import ArgumentError, cached


@click.command()
@cached
def clean(cache_dir: Path) -> None:
    """Delete the results of earlier runs."""
    from ..cache import clean as delete

    if cache_dir.exists() and not cache_dir.is_dir():
        raise ArgumentError(f"{cache_dir}: is not a folder")
    try:
        count = delete(cache_dir)
    except OSError as error:
        raise ArgumentError(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Deleted {count} {'entry' if count == 1 else 'entries'} of {cache_dir}.")
