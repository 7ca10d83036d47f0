"""`logitlint server`: findings while typing."""

from __future__ import annotations

import contextlib
import os
import socket

import click

from .options import ArgumentError


@click.command()
@click.option("--stdio", is_flag=True, help="Talk over standard input and output.  [default]")
@click.option("--tcp", type=click.IntRange(1, 65535), metavar="PORT", help="Talk to one editor over this port.")
def server(stdio: bool, tcp: int | None) -> None:
    """Start the language server, which editors talk to.

    It serves the folder that the editor has open, and obeys the configuration files in it.
    """
    if stdio and tcp is not None:
        raise ArgumentError("--stdio and --tcp are two ways to talk: choose one")
    try:
        from ..server.features import make_server
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise ArgumentError(f"the language server needs {package}: pip install 'logitlint[server]'") from None

    if tcp is None:
        make_server().start_io()
        return
    try:
        with socket.create_server(("127.0.0.1", tcp)) as listening:
            connection, _ = listening.accept()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ArgumentError(f"port {tcp} cannot be used: {reason}") from None
    with (
        contextlib.suppress(ConnectionError),  # the editor is gone
        connection,
        connection.makefile("rb") as received,
        connection.makefile("wb") as sent,
    ):
        make_server().start_io(received, sent)
