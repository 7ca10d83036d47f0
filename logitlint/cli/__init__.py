"""The command line: arguments in, findings and an exit status out."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Mapping

import click

from .. import __version__
from .examples import SHORT, epilog

COMMANDS: Mapping[str, str] = {
    "check": "logitlint.cli.check",
    "clean": "logitlint.cli.clean",
    "completion": "logitlint.cli.completion",
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
        command.short_help, command.epilog = SHORT.get(cmd_name), epilog(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; a path in its place is what `check` is for."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}{meant(args[0])}")
        return super().resolve_command(ctx, args)


def meant(asked: str) -> str:
    """What may have been meant by a word that is no command, as the end of a sentence."""
    if os.path.exists(asked):
        return f", did you mean `logitlint check {asked}`?"
    import difflib

    near = difflib.get_close_matches(asked, COMMANDS, 1)
    return f", did you mean `logitlint {near[0]}`?" if near else ""


WIDEST = 100
"""The columns that help may take."""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
    epilog=epilog(""),
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Follow logits through machine-learning code, and find where they meet the wrong loss, log or metric."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
