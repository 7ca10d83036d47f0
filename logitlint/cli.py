"""The command line: arguments in, findings and an exit status out."""

from __future__ import annotations

import functools
import gc
import io
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from . import __version__

if TYPE_CHECKING:
    from .files.inputs import Inputs
    from .finding import Finding, Result
    from .rules.base import Rule

FOUND = 1
"""Exit status of a run that shows a finding, or a difference."""

FAILED = 2
"""Exit status of a run that could check nothing, could not write a fix, or was called wrongly."""

STDIN = "-"


class ArgumentError(click.ClickException):
    """An argument that makes no sense: one line on standard error."""

    exit_code = FAILED


def _split(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Codes and prefixes, separated by commas or spaces; whether they exist is checked where all are known."""
    return None if value is None else tuple(value.replace(",", " ").split())


class Commands(click.Group):
    """The commands; `verify` is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return [*super().list_commands(ctx), "verify"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name == "verify":
            from .verify.command import verify

            return verify
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Follow logits through machine-learning code, and find where they meet the wrong loss, log or metric."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--select", callback=_split, metavar="CODES", help="Rules to apply instead of the defaults: codes, prefixes or ALL."
)
@click.option("--extend-select", callback=_split, default="", metavar="CODES", help="Rules to apply beside the others.")
@click.option("--ignore", callback=_split, default="", metavar="CODES", help="Rules to leave out.")
@click.option("--min-severity", type=click.Choice(["note", "warning", "error"]), default="note", show_default=True)
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--fix", is_flag=True, help="Apply safe fixes, and show what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Let fixes count that change results or may miss a reader.")
@click.option("--fix-only", is_flag=True, help="Apply fixes, show no findings, exit with 0.")
@click.option("--diff", is_flag=True, help="Show what the fixes would change, and change nothing.")
@click.option("--verify", is_flag=True, help="Apply only fixes that pass `logitlint verify`, on the real frameworks.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--stdin-filename", type=click.Path(), help="The name that standard input (the path -) stands for.")
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...] | None,
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    min_severity: str,
    output_format: str,
    fix: bool,
    unsafe_fixes: bool,
    fix_only: bool,
    diff: bool,
    verify: bool,
    exit_zero: bool,
    stdin_filename: str | None,
) -> None:
    """Check files, notebooks, directories (the current one by default), or standard input (-).

    Exit status: 0 without findings, 1 with findings, 2 if nothing could be checked or a fix could not be written.
    """
    gc.disable()  # next to nothing becomes garbage while modules are loaded and files are read
    from .api import check_inputs, fix_inputs
    from .finding import Severity
    from .report.show import Show
    from .select import UnknownCode, selection

    started = time.perf_counter()
    try:
        chosen = selection(select, extend_select, ignore)
    except UnknownCode as error:
        raise ArgumentError(str(error)) from None
    if diff and output_format == "json":
        raise ArgumentError("--diff prints a diff, not JSON")
    if verify and not (fix or fix_only or diff):
        raise ArgumentError(
            "--verify goes with --fix, --fix-only or --diff; `logitlint verify PATHS` shows the numbers"
        )
    least = Severity[min_severity.upper()]
    stdin = _read_stdin(paths)
    inputs = _inputs(paths or (".",), stdin, stdin_filename)
    show = Show(output_format, unsafe_fixes, err=stdin is not None and (fix or fix_only))
    if not (fix or fix_only or diff):
        result = check_inputs(inputs, chosen, least=least, started=started)
        show.checked(result, inputs.sources)
        _leave(0 if exit_zero else _status(result, bool(result.findings)))

    from .files.write import Disk, Stream, clear_abandoned

    gc.enable()
    home = Disk() if stdin is None else Stream(stdin)
    mend = functools.partial(fix_inputs, inputs, chosen, least=least, unsafe=unsafe_fixes, started=started)
    if verify:
        mend = functools.partial(mend, withheld=_withheld())
    if diff:
        done = mend(home.read)
        show.difference(done)
        _leave(0 if exit_zero else _status(done.found, bool(done.changes)))

    if stdin is None:
        clear_abandoned(inputs.sources)
    done = mend(home.open)
    unwritten = home.write(done.changes)
    show.mended(done, unwritten, () if fix_only else done.left)
    if unwritten or done.closed:
        _leave(FAILED)
    _leave(0 if exit_zero else _status(done.found, bool(done.left) and not fix_only))


@main.command()
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List all rules.")
def rule(code: str | None, every: bool) -> None:
    """Print the page of a rule, given by its code or name, or the list of all rules."""
    from .report.page import rule_line, rule_page
    from .rules.registry import all_rules

    rules = all_rules()
    if code is None or every:
        click.echo("\n".join(map(rule_line, rules.values())))
        return
    click.echo(rule_page(_find(code, rules.values())), nl=False)


def _withheld() -> Callable[[Sequence[Finding]], Mapping[int, str]]:
    """What keeps back the fixes that are not what they claim, or cannot be run."""
    try:
        from .verify.withhold import withheld
    except ModuleNotFoundError as error:
        raise ArgumentError(f"--verify needs {error.name}: pip install 'logitlint[verify]'") from None
    return withheld()


def _leave(status: int) -> NoReturn:
    """End the process without collecting the garbage of a run first, which takes as long as a small run."""
    gc.freeze()
    sys.exit(status)


def _find(code: str, rules: Iterable[Rule]) -> Rule:
    from .select import UnknownCode

    for found in rules:
        if code.upper() == found.code or code.lower() == found.name:
            return found
    raise ArgumentError(str(UnknownCode(code)))


def _read_stdin(paths: tuple[str, ...]) -> bytes | None:
    if STDIN not in paths:
        return None
    if len(paths) > 1:
        raise ArgumentError("standard input (-) cannot be checked together with other paths")
    return sys.stdin.buffer.read()


def _inputs(paths: tuple[str, ...], stdin: bytes | None, stdin_filename: str | None) -> Inputs:
    from .files.inputs import inputs_from_paths, inputs_from_text

    if stdin is not None:
        return inputs_from_text(stdin, stdin_filename or "<stdin>")
    try:
        return inputs_from_paths(paths)
    except FileNotFoundError as error:
        raise ArgumentError(f"{error.filename}: {error.strerror}") from None


def _status(result: Result, shown: bool) -> int:
    unread = {skipped.path for skipped in result.skipped if skipped.cell is None}
    if len(unread) >= result.files:
        return FAILED
    return FOUND if shown else 0
