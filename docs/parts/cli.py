"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from logitlint.cli import main

INTRODUCTION = """\
# The command line

Written from the commands. `logitlint --help` and `logitlint COMMAND --help` print the same.
"""

STATUSES: Mapping[int, str] = {
    0: "done, and nothing is shown or not equal",
    1: "`check`: a finding is shown, or with `--diff` something would change. `verify`: a rewrite is not equal",
    2: "nothing could be done, an argument or the configuration is wrong, or something could not be written",
}

ENVIRONMENT: Mapping[str, str] = {
    "`KERAS_BACKEND`": "`verify`: what Keras code runs on that selects no backend itself",
    "`KERAS_HOME`": "`verify`: where `keras.json` lies, which says the same; `~/.keras` by default",
}
"""What is read beside the variables that options name."""


def reference() -> str:
    """The whole page."""
    context = click.Context(main, info_name="logitlint")
    commands = [command for name in main.list_commands(context) if (command := main.get_command(context, name))]
    rows = [(f"[`logitlint {one.name}`](#logitlint-{one.name})", summary(one)) for one in commands if not one.hidden]
    variables = [
        (f"`{option.envvar}`", f"the same as `{option.opts[-1]}`")
        for one in commands
        for option in options(one)
        if option.envvar
    ]
    parts = [
        INTRODUCTION,
        table(("command", "what it does"), rows),
        "Options may stand before and behind paths; what follows `--` is no option.\n",
        table(("exit status", "meaning"), [(str(status), meaning) for status, meaning in STATUSES.items()]),
        table(("environment variable", "meaning"), [*dict.fromkeys(variables), *ENVIRONMENT.items()]),
        *(section(one, context) for one in commands if not one.hidden),
    ]
    return "\n".join(parts)


def section(command: click.Command, parent: click.Context) -> str:
    """A command with all that it takes."""
    context = click.Context(command, info_name=command.name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    listed = "\n".join(item(option, context) for option in options(command))
    return f"## logitlint {command.name}\n\n```text\n{usage}\n```\n\n{text}\n\n{listed}\n"


def options(command: click.Command) -> Iterator[click.Option]:
    """The options of a command that are shown."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield parameter


def item(option: click.Option, context: click.Context) -> str:
    """An option, what it means, and what holds without it."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else values(option, context)
    meaning, _, said = (option.help or "").partition("  [default")
    default = said.removeprefix(": ").rstrip("]") or default_of(option, context)
    notes = [
        f"Default: {default}." if default else "This is the default." if said else "",
        "Can be given several times." if option.multiple else "",
        f"`{option.envvar}` says the same." if option.envvar else "",
    ]
    return f"* {names}{value}\\\n  " + " ".join([meaning, *filter(None, notes)])


def values(option: click.Option, context: click.Context) -> str:
    """What an option takes."""
    if isinstance(option.type, click.Choice):
        return " " + ", ".join(f"`{choice}`" for choice in option.type.choices)
    if isinstance(option.type, click.IntRange | click.FloatRange) and option.metavar is None:
        bounds = (f"from {option.type.min}", "" if option.type.max is None else f"to {option.type.max}")
        return " a number " + " ".join(filter(None, bounds))
    return f" `{option.make_metavar(context)}`"


def default_of(option: click.Option, context: click.Context) -> str:
    """The default where there is one to show."""
    default = option.get_default(context, call=False)
    if option.is_flag or default in (None, "", ()) or type(default).__name__ == "Sentinel":
        return ""
    return f"`{default}`"


def summary(command: click.Command) -> str:
    """The first sentence of a command's help."""
    return inspect.cleandoc(command.help or "").split("\n\n")[0].replace("\n", " ")


def escaped(cell: str) -> str:
    """A cell in which no bar ends it."""
    return cell.replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; empty without rows."""
    lines = [f"| {' | '.join(escaped(cell) for cell in one)} |" for one in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]) + "\n"
