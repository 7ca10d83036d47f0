"""`logitlint completion`: what a shell has to run to complete options, rules and paths."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

VARIABLE = "_LOGITLINT_COMPLETE"
"""Set by the shell where it asks what can come next; click answers."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print what lets a shell complete commands, options, rules and paths.

    \b
    bash, in ~/.bashrc:   eval "$(logitlint completion bash)"
    zsh, in ~/.zshrc:     eval "$(logitlint completion zsh)"
    fish:                 logitlint completion fish > ~/.config/fish/completions/logitlint.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "logitlint", VARIABLE).source()
    click.echo(script.replace('string split ","', 'string split --max 1 ","'))  # fish: codes have commas between them
