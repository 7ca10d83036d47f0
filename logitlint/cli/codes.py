"""What a shell offers where an option takes the codes of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.types import StringParamType

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Codes(StringParamType):
    """A text with codes of rules, separated by commas; whether they mean something is checked later."""

    name = "codes"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The codes that the last one of a list can become."""
        from click.shell_completion import CompletionItem

        from ..rules.registry import all_rules

        before, comma, begun = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{rule.code}", help=rule.name)
            for rule in all_rules().values()
            if rule.code.startswith(begun.upper())
        ]


CODES = Codes()
