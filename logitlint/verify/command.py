"""`logitlint verify`: arguments in, tables, pictures and an exit status out."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ..cli.codes import CODES
from ..cli.options import split
from .dtypes import DTYPES
from .frameworks import FRAMEWORKS

if TYPE_CHECKING:
    from .checks import Check
    from .ladder import Climb, Way

WRONG = 1
"""Exit status where a rewrite is not equal, or a document says something else."""

FAILED = 2
"""Exit status where nothing could be verified."""

BINARY = "binary"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--ladder",
    is_flag=False,
    flag_value=BINARY,
    metavar="[CODE]",
    help="Climb the logits from 1e-4 to 1e3 with the old and the new form: of the rewrites of a rule, or without a "
    "code of the binary cross entropy.",
)
@click.option("--rules", is_flag=True, help="Check every rewrite of every rule.")
@click.option("--select", type=CODES, callback=split, default="", help="Only these rules, separated by commas.")
@click.option("--framework", "names", multiple=True, type=click.Choice(list(FRAMEWORKS)), help="Only this framework.")
@click.option("--mode", "modes", multiple=True, metavar="MODE", help="Only this mode: eager, graph, xla, jit, compile.")
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(list(DTYPES)), help="Only this format.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw the ladder: .svg or .png.")
@click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help="Write the table of --rules.")
@click.option("--check", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="Compare with such a file.")
@click.option("--output-format", type=click.Choice(["text", "json", "html"]), default="text", help="For PATHS.")
@click.option(
    "--program",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="SCRIPT",
    help="Run YOUR code: a script or notebook, in copies of the working directory, without and with its fixes. What "
    "follows -- is its command line.",
)
@click.option("--steps", type=click.IntRange(1), default=10, show_default=True, help="Steps of a program's training.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="The program's seed.")
@click.option("--timeout", type=click.FloatRange(1), default=600, show_default=True, help="Seconds for each run of it.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=1e-3,
    show_default=True,
    help="How far its runs may be apart, in units of the largest number.",
)
def verify(
    paths: tuple[str, ...],
    ladder: str | None,
    rules: bool,
    select: list[str],
    names: tuple[str, ...],
    modes: tuple[str, ...],
    dtypes: tuple[str, ...],
    plot: Path | None,
    write: Path | None,
    check: Path | None,
    output_format: str,
    program: Path | None,
    steps: int,
    seed: int,
    timeout: float,
    tolerance: float,
) -> None:
    """Run rewrites before and after on the real frameworks, and compare both with exact numbers.

    With PATHS, the fixes that `check` finds in files, notebooks, directories or standard input (-): each is run with
    the arguments that the code gives, on the framework that the code uses. The code itself is not run.

    With --program, a program as a whole: that one is run. PATHS are its command line then.

    Exit status: 0 if all are equal or better, 1 if one is not, 2 if nothing could be verified or a framework that is
    installed did not answer to the end.
    """
    if program is not None:
        if any((rules, ladder, names, modes, dtypes, plot, write, check, output_format != "text")):
            raise click.UsageError("with --program go --select, --steps, --seed, --timeout and --tolerance")
        sys.exit(show_program(program, paths, select, steps, seed, timeout, tolerance))
    if [rules, ladder is not None, bool(paths)].count(True) != 1:
        raise click.UsageError("say one of PATHS, --rules, --ladder and --program")
    if (plot and not ladder) or ((write or check) and not rules) or (select and ladder):
        raise click.UsageError(
            "--plot goes with --ladder, --write and --check go with --rules, --select with PATHS or --rules"
        )
    if output_format != "text" and not paths:
        raise click.UsageError("--output-format goes with PATHS")
    if write and (select or modes or dtypes):
        raise click.UsageError("--write takes whole frameworks: leave out --select, --mode and --dtype")
    try:
        import mpmath  # noqa: F401
    except ImportError:
        fail("verify needs mpmath: pip install 'logitlint[verify]'")
    if ladder is not None:
        sys.exit(show_ladder(ladder, names, modes or ("eager",), dtypes or ("float64", "float32"), plot))
    if paths:
        from .paths import Request, verify_paths

        sys.exit(verify_paths(Request(paths, select, names, modes, dtypes, output_format)))
    sys.exit(show_rules(select, names, modes, dtypes, write, check))


def show_program(
    script: Path,
    arguments: tuple[str, ...],
    select: list[str],
    steps: int,
    seed: int,
    timeout: float,
    tolerance: float,
) -> int:
    """Run a program with and without its fixes, and print how close they are."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        fail("--program needs NumPy: pip install 'logitlint[verify]'")
    from .program.run import program_of, verify_program

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that copies and children go, too
    return verify_program(program_of(script, arguments, steps, seed, timeout), select, tolerance)


def fail(message: str) -> NoReturn:
    """Say on standard error why nothing can be verified, and end."""
    click.echo(message, err=True)
    sys.exit(FAILED)


def known(code: str) -> None:
    """Say that no rule has a code, or begins with it, and end."""
    from ..rules.registry import all_rules
    from ..select import UnknownCode

    if not any(rule.startswith(code) for rule in all_rules()):
        fail(str(UnknownCode(code)))


def show_ladder(code: str, names: Sequence[str], modes: Sequence[str], dtypes: Sequence[str], plot: Path | None) -> int:
    """Print the tables of a ladder, on the first framework that is there unless some are asked for."""
    from .ladder import BINARY as FORUM
    from .ladder import ways
    from .statements import STATEMENTS

    chosen = [one for one in STATEMENTS if one.code == code.upper() and one.differentiable]
    found = [FORUM] if code == BINARY else list(ways(chosen))
    if not found:
        known(code.upper())
        fail(f"{code} has no rewrite with a ladder")
    done: list[Climb] = []
    for name in names or FRAMEWORKS:
        for mode in modes:
            done += climbed(found, name, mode, dtypes)
        if done and not names:
            break
    if done and plot is not None:
        draw(done, plot)
    return 0 if done else FAILED


def climbed(ways: Sequence[Way], name: str, mode: str, dtypes: Sequence[str]) -> list[Climb]:
    """Climb on one framework and print the tables; nothing, and one line, where it fails."""
    from .ladder import climbs, table
    from .runner import Failed

    own = [dtype for dtype in dtypes if dtype in FRAMEWORKS[name].dtypes]
    try:
        found = climbs(ways, FRAMEWORKS[name], mode, own)
    except Failed as failed:
        click.echo(str(failed), err=True)
        return []
    for climb in found:
        click.echo(f"\n{climb.way.title}\n{name} {mode}, {climb.dtype.name}")
        print_table(table(climb), str.rjust)
    return found


def draw(climbs: Sequence[Climb], file: Path) -> None:
    """Draw a ladder, if matplotlib is there and knows the ending of the file."""
    try:
        from . import plot
    except ImportError:
        fail("--plot needs matplotlib: pip install 'logitlint[plot]'")
    try:
        plot.draw(climbs, file)
    except ValueError as error:
        fail(f"{file}: {error}")


def show_rules(
    select: list[str],
    names: Sequence[str],
    modes: Sequence[str],
    dtypes: Sequence[str],
    write: Path | None,
    document: Path | None,
) -> int:
    """Check rewrites, print a row for each, and write or compare the document."""
    from . import record
    from .checks import Checker
    from .statements import STATEMENTS
    from .verdict import Verdict

    codes = tuple(code.upper() for code in select)
    for code in codes:
        known(code)
    chosen = [one for one in STATEMENTS if not codes or one.code.startswith(codes)]
    checker = Checker(modes or None, dtypes or None)
    checks: list[Check] = []
    for name in names or FRAMEWORKS:
        found = list(checker.check(chosen, FRAMEWORKS[name]))
        checks += found
        print_table([(check[0], *check[1:]) for check in record.rows(found)], str.ljust)
    for line in [*checker.failures, *reasons(checks)]:
        click.echo(line, err=True)
    if not any(check.verdict for check in checks):
        return FAILED
    wrong = any(check.verdict is Verdict.WRONG for check in checks)
    if write is not None:
        whole = {name: version for name, version in checker.versions.items() if name not in checker.broken}
        old = write.read_text("utf-8") if write.exists() else ""
        write.write_text(record.document([c for c in checks if c.framework in whole], whole, old), "utf-8")
        for name in sorted(checker.broken):
            click.echo(f"{write}: the rows of {name} are kept as they were", err=True)
    if document is not None:
        for line in record.disagreements(document.read_text("utf-8"), checks):
            click.echo(line, err=True)
            wrong = True
    return WRONG if wrong else FAILED if checker.broken else 0


def reasons(checks: Iterable[Check]) -> list[str]:
    """What is wrong where something is, and which formats could not be run."""
    from .checks import UNANSWERED

    found = []
    for check in checks:
        where = f"{check.statement.code} {check.statement.title}, {check.framework} {check.mode}"
        found += [f"{where}, {name}: {one.reason}" for name, one in check.formats.items() if one.reason]
        found += [f"{where}: {check.error}"] if check.error not in ("", UNANSWERED) else []
    return found


def print_table(rows: Sequence[Sequence[str]], fitted: Callable[[str, int], str]) -> None:
    """Rows in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [fitted(cell, width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
