"""`logitlint rule`: what a rule is about."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from .codes import CODES
from .options import ArgumentError

if TYPE_CHECKING:
    from ..rules.base import Rule


@click.command()
@click.argument("code", required=False, type=CODES)
@click.option("--all", "every", is_flag=True, help="List all rules.")
def rule(code: str | None, every: bool) -> None:
    """Print the page of a rule, given by its code or name, or the list of all rules."""
    from ..rules.registry import all_rules

    rules = all_rules()
    is_rich = sys.stdout.isatty() and find_spec("rich") is not None
    if code is None or every:
        (_list_richly if is_rich else _list)(rules.values())
    else:
        (_show_richly if is_rich else _show)(_find(code, rules.values()))


def _list(rules: Iterable[Rule]) -> None:
    from ..report.page import rule_line

    click.echo("\n".join(map(rule_line, rules)))


def _list_richly(rules: Iterable[Rule]) -> None:
    from ..report.terminal import show_rules

    show_rules(rules)


def _show(rule: Rule) -> None:
    from ..report.page import measured_page

    click.echo(measured_page(rule), nl=False)


def _show_richly(rule: Rule) -> None:
    from ..report.terminal import show_rule

    show_rule(rule)


def _find(code: str, rules: Iterable[Rule]) -> Rule:
    from ..select import UnknownCode

    for found in rules:
        if code.upper() == found.code or code.lower() == found.name:
            return found
    raise ArgumentError(str(UnknownCode(code)))
