"""`logitlint rule`: what a rule is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from .options import ArgumentError

if TYPE_CHECKING:
    from ..rules.base import Rule


@click.command()
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List all rules.")
def rule(code: str | None, every: bool) -> None:
    """Print the page of a rule, given by its code or name, or the list of all rules."""
    from ..report.page import rule_line, rule_page
    from ..rules.registry import all_rules

    rules = all_rules()
    if code is None or every:
        click.echo("\n".join(map(rule_line, rules.values())))
        return
    click.echo(rule_page(_find(code, rules.values())), nl=False)


def _find(code: str, rules: Iterable[Rule]) -> Rule:
    from ..select import UnknownCode

    for found in rules:
        if code.upper() == found.code or code.lower() == found.name:
            return found
    raise ArgumentError(str(UnknownCode(code)))
