"""`logitlint check`: findings, fixes, comments that silence findings, baselines."""

from __future__ import annotations

import dataclasses
import functools
import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..report.report import STATISTICS, WRITERS
from .inputs import find_inputs, read_stdin
from .options import FAILED, FOUND, ArgumentError, cached, configurable, configurations, parallel
from .progress import Shown

if TYPE_CHECKING:
    from ..files.inputs import Inputs
    from ..finding import Finding, Result
    from ..suppress.baseline import Baseline


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@configurable
@click.option("--output-format", type=click.Choice(list(WRITERS)), help="How findings are shown.  [default: text]")
@click.option("--output-file", type=click.Path(path_type=Path), metavar="FILE", help="Show them in a file.")
@click.option("--statistics", is_flag=True, help="Show how often each rule is broken, not each finding.")
@click.option("--fix", is_flag=True, help="Apply safe fixes, and show what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Let fixes count that change results or may miss a reader.")
@click.option("--fix-only", is_flag=True, help="Apply fixes, show no findings, exit with 0.")
@click.option("--diff", is_flag=True, help="Show what the fixes would change, and change nothing.")
@click.option("--verify", is_flag=True, help="Apply only fixes that pass `logitlint verify`, on the real frameworks.")
@click.option("--add-ignores", is_flag=True, help="Silence what is found, with comments in the code.")
@click.option("--reason", default="", metavar="TEXT", help="What --add-ignores writes behind the codes.")
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Show only what is not in this baseline."
)
@click.option(
    "--write-baseline", type=click.Path(path_type=Path), metavar="FILE", help="Write what is found into a baseline."
)
@parallel
@cached
@click.option("--no-cache", is_flag=True, help="Keep no results, and use none.")
@click.option("-q", "--quiet", is_flag=True, help="Show findings, and no counts.")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what took how long.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--stdin-filename", type=click.Path(), help="The name that standard input (the path -) stands for.")
def check(
    paths: tuple[str, ...],
    given: tuple[str, ...],
    isolated: bool,
    output_file: Path | None,
    statistics: bool,
    fix: bool,
    unsafe_fixes: bool,
    fix_only: bool,
    diff: bool,
    verify: bool,
    add_ignores: bool,
    reason: str,
    baseline: Path | None,
    write_baseline: Path | None,
    jobs: int,
    cache_dir: Path,
    no_cache: bool,
    quiet: bool,
    verbose: bool,
    exit_zero: bool,
    stdin_filename: str | None,
    **keys: Any,
) -> None:
    """Check files, notebooks, directories (the current one by default), or standard input (-).

    Exit status: 0 without findings, 1 with findings, 2 if nothing could be checked or something could not be written.
    """
    gc.disable()  # next to nothing becomes garbage while modules are loaded and files are read
    from ..api import check_inputs, fix_inputs, ignore_inputs
    from ..report.show import Show

    started = time.perf_counter()
    changing = fix or fix_only or add_ignores
    if add_ignores and (fix or fix_only or diff):
        raise ArgumentError("--add-ignores cannot be used together with --fix, --fix-only or --diff")
    if write_baseline is not None and (changing or diff or baseline is not None):
        raise ArgumentError("--write-baseline only writes what is found: use it alone, and --baseline afterwards")
    if reason and not add_ignores:
        raise ArgumentError("--reason is for --add-ignores")
    if diff and keys["output_format"] not in (None, "text"):
        raise ArgumentError(f"--diff prints a diff, not {keys['output_format']}")
    if statistics and (diff or write_baseline is not None or keys["output_format"] not in (None, "text")):
        raise ArgumentError(
            "--statistics prints a table: it goes with neither --diff nor --write-baseline nor a format"
        )
    if verify and not (fix or fix_only or diff):
        raise ArgumentError(
            "--verify goes with --fix, --fix-only or --diff; `logitlint verify PATHS` shows the numbers"
        )
    known = None if baseline is None else _read_baseline(baseline)
    stdin = read_stdin(paths)
    inputs, output_format = find_inputs(paths or (".",), stdin, stdin_filename, configurations(given, isolated, keys))
    cache = None if no_cache or stdin is not None else cache_dir
    progress = Shown(started)
    progress.done(f"finding and reading {inputs.files} files")
    inputs = dataclasses.replace(inputs, jobs=jobs, cache=cache, progress=progress)
    if verbose:
        click.get_current_context().call_on_close(lambda: click.echo("\n".join(progress.lines()), err=True))
    show = Show(
        STATISTICS if statistics else output_format,
        unsafe_fixes,
        output_file,
        err=stdin is not None and changing,
        quiet=quiet,
    )
    if not (changing or diff):
        result = check_inputs(inputs, known=known, started=started)
        if write_baseline is not None:
            _write_baseline(write_baseline, result, inputs)
            show.baseline_written(result, write_baseline)
            _leave(_status(result, False))
        show.checked(result, inputs.sources)
        _leave(0 if exit_zero else _status(result, bool(result.findings)))

    from ..files.write import Disk, Stream, clear_abandoned

    gc.enable()
    home = Disk() if stdin is None else Stream(stdin)
    mend = functools.partial(fix_inputs, inputs, known=known, unsafe=unsafe_fixes, started=started)
    if verify:
        mend = functools.partial(mend, withheld=_withheld())
    if diff:
        done = mend(home.read)
        show.difference(done)
        _leave(0 if exit_zero else _status(done.found, bool(done.changes)))

    if stdin is None:
        clear_abandoned(inputs.sources)
    if add_ignores:
        done = ignore_inputs(inputs, home.open, reason=" ".join(reason.split()), known=known, started=started)
    else:
        done = mend(home.open)
    unwritten = home.write(done.changes)
    show.mended(done, unwritten, () if fix_only else done.left, "silenced" if add_ignores else "fixed")
    if unwritten or done.closed:
        _leave(FAILED)
    _leave(0 if exit_zero else _status(done.found, bool(done.left) and not fix_only))


def _withheld() -> Callable[[Sequence[Finding]], Mapping[int, str]]:
    """What keeps back the fixes that are not what they claim, or cannot be run."""
    try:
        from ..verify.withhold import withheld
    except ModuleNotFoundError as error:
        raise ArgumentError(f"--verify needs {error.name}: pip install 'logitlint[verify]'") from None
    return withheld()


def _leave(status: int) -> NoReturn:
    """End the process without collecting the garbage of a run first, which takes as long as a small run."""
    gc.freeze()
    sys.exit(status)


def _read_baseline(file: Path) -> Baseline:
    from ..suppress.baseline import BaselineError, read_baseline

    try:
        return read_baseline(file)
    except BaselineError as error:
        raise ArgumentError(str(error)) from None


def _write_baseline(file: Path, result: Result, inputs: Inputs) -> None:
    from ..suppress.baseline import baseline_text

    try:
        file.write_text(baseline_text(result.findings, inputs.sources, file), "utf-8")
    except OSError as error:
        raise ArgumentError(f"{file}: cannot be written: {error.strerror or error}") from None


def _status(result: Result, shown: bool) -> int:
    unread = {skipped.path for skipped in result.skipped if skipped.cell is None}
    if unread and len(unread) >= result.files:
        return FAILED
    return FOUND if shown else 0
