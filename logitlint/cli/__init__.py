"""The command line: arguments in, findings and an exit status out."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Mapping

import click

from .. import __version__

COMMANDS: Mapping[str, str] = {
    "check": "logitlint.cli.check",
    "clean": "logitlint.cli.clean",
    "config": "logitlint.cli.config",
    "rule": "logitlint.cli.rule",
    "scan": "logitlint.cli.scan",
    "server": "logitlint.cli.server",
    "verify": "logitlint.verify.command",
}
"""The commands, each in a module of its own that has it under its name and is loaded when it is asked for."""


class Commands(click.Group):
    """The commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Follow logits through machine-learning code, and find where they meet the wrong loss, log or metric."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
