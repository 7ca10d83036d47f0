"""Rules as a terminal shows them: colour, tables and highlighted examples, with rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from ..rules.base import Rule
from .measured import Measured, break_rows, measured, what_broke
from .text import COLOURS

WIDEST = 100
"""The columns that a page takes; longer lines are hard to read."""

INDENT = (0, 0, 1, 2)


def show_rule(rule: Rule) -> None:
    """Print the page of a rule."""
    console = Console(theme=Theme({"markdown.code": "bold cyan"}))  # as it is, it is on black, also in light terminals
    console.print(page(rule), width=min(console.width, WIDEST))


def show_rules(rules: Iterable[Rule]) -> None:
    """Print a line for each rule."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for rule in rules:
        table.add_row(*(Text(part, style) for part, style in cells(rule)), Text(f"{rule.summary}{off(rule)}"))
    Console().print(table)


def cells(rule: Rule) -> Iterator[tuple[str, str]]:
    """What stands in front of the summary of a rule, and how."""
    yield rule.code, f"bold {COLOURS[rule.severity]}"
    yield rule.name, "bold"
    yield rule.severity.label, COLOURS[rule.severity]


def page(rule: Rule) -> Group:
    """Everything that a rule states, with what was measured and its examples."""
    title = Text("  ").join(Text(part, style) for part, style in cells(rule))
    parts: list[RenderableType] = [title, Padding(f"{rule.summary}{off(rule)}", (0, 0, 1, 0))]
    parts += section("Why", prose(rule.why))
    known = measured().get(rule.code, {})
    if known:
        parts += section("Measured", prose(what_broke(known)), Padding(table_of(known), INDENT))
    parts += section("What to write instead", prose(rule.fix))
    parts += section("Found", *(example(source, "red") for source in rule.bad))
    if rule.good:
        parts += section("Not found", *(example(source, "green") for source in rule.good))
    return Group(*parts)


def section(title: str, *content: RenderableType) -> list[RenderableType]:
    """A heading with what is below it."""
    return [Text(title, "bold underline"), *content]


def prose(text: str) -> RenderableType:
    """Markdown."""
    return Padding(Markdown(text.strip(), code_theme="ansi_dark", inline_code_theme="ansi_dark"), INDENT)


def example(source: str, colour: str) -> RenderableType:
    """Code in a frame that says whether it is found."""
    code = Syntax(source.strip(), "python", theme="ansi_dark", background_color="default", word_wrap=True)
    return Padding(Panel(code, box=box.ROUNDED, border_style=colour, expand=False), (0, 0, 0, 2))


def table_of(known: Mapping[str, Measured]) -> RenderableType:
    """Where the old form breaks, by framework and number format."""
    head, *rows = break_rows(known)
    table = Table(*head, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name, *places in rows:
        table.add_row(Text(name, "bold"), *map(broken, places))
    return table


def broken(place: str) -> Text:
    """A cell, value and gradient one above the other."""
    return Text(place.replace(" / ", " /\n"), "dim" if place == "-" else "red")


def off(rule: Rule) -> str:
    """What is said about a rule that is not on by itself."""
    return "" if rule.default else " (off by default)"
