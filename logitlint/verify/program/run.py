"""`logitlint verify --program`: a program without its fixes twice, with them once, and what came of it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ...finding import Finding
from .compare import Comparison
from .fixing import Fixed, corrects, fixed
from .reached import Span
from .report import contrast, fixes, judgement, listed
from .versions import Failed, Outcome, Program, Workshop, require_copyable

CLOSE, APART, FAILED = 0, 1, 2

SAME = 1e-6
"""Curves and variables that are closer than this are not shown as different."""


def program_of(script: Path, arguments: tuple[str, ...], steps: int, seed: int, timeout: float) -> Program:
    """A program with its project: the working directory if the script lies in it, otherwise the script's folder."""
    file, root = Path(os.path.realpath(script)), Path(os.path.realpath("."))
    if root not in file.parents:
        root = file.parent
    return Program(root, file.relative_to(root), arguments, steps, seed, timeout)


def verify_program(program: Program, select: Sequence[str], tolerance: float) -> int:
    """Fix a copy of a program, run both, and print how close they are; the exit status.

    `select` are the rules whose fixes are applied, if not those of the configuration.

    Raises:
        click.ClickException: no rule has one of the codes, or the configuration cannot be used.
    """
    try:
        require_copyable(program.root)
        click.echo(f"looking for fixes in {program.root}", err=True)
        everything = fixed(program.root, program.script, select)
        for note in everything.notes:
            click.echo(note, err=True)
        if not everything.contents:
            raise Failed(f"{program.root}: there is no fix to run")
        with Workshop(program) as workshop:
            return verified(workshop, everything, select, tolerance)
    except Failed as failed:
        click.echo(str(failed), err=True)
        return FAILED


def verified(workshop: Workshop, everything: Fixed, select: Sequence[str], tolerance: float) -> int:
    """Run the versions of a program: fixes that keep the numbers are compared, the others are shown.

    Raises:
        Failed: the program does not run as it is.
    """
    program = workshop.program
    places = everything.spans(program.root)
    before = run(workshop, {}, "as it is", places)
    installed = sorted(before.foreign & {path.partition(":")[0] for path, *_ in places})
    if installed:
        raise Failed(f"{installed[0]} is imported from {program.root}, not from its copy: it is installed from there")
    findings = [finding for number, finding in enumerate(everything.findings) if number in before.reached]
    if not findings:
        raise Failed(
            f"{program.script} was not seen to run any of the {len(places)} places with a fix in {program.root}; what "
            "a compiler runs is not seen"
        )
    if before.shortened:
        click.echo(f"Training loops were ended after {program.steps} steps: --steps asks for more.")
    if before.cut:
        click.echo("The program was ended, too, in a training loop that could not be.")
    correcting = list(filter(corrects, findings))
    preserving = list(itertools.filterfalse(corrects, findings))
    status = CLOSE
    try:
        if preserving:
            part = everything
            if any(map(corrects, everything.findings)):
                part = fixed(program.root, program.script, select, correcting=False)
            status = judged(workshop, before, part, preserving, tolerance)
        if correcting:
            shown(workshop, before, everything, correcting)
    except Stopped as stopped:
        click.echo(f"with the fixes it stops: {stopped}")
        return APART
    return status


class Stopped(Exception):
    """A program does not run any more with its fixes."""


def judged(workshop: Workshop, before: Outcome, part: Fixed, findings: Sequence[Finding], tolerance: float) -> int:
    """Compare with the fixes that keep the numbers, and print how close it is; the exit status.

    Raises:
        Stopped: the fixed program does not run.
    """
    after = fixed_run(workshop, part)
    again = run(workshop, {}, "once more as it is")
    found = Comparison(before, again, after, tolerance)
    if found.unsteady_curves:
        raise Failed(
            f"{workshop.program.script} does not repeat itself: {found.unsteady_curves[0]} differs with the same seed"
        )
    click.echo(f"\nWithout and with {fixes(findings)}, meant to keep the numbers:")
    for line in judgement(found):
        click.echo(line)
    if not found.rows:
        raise Failed("nothing could be compared")
    if found.not_close:
        click.echo(f"Not close: {listed(found.not_close)}.\n{HINT} {findings[0].code}`.")
        return APART
    click.echo(f"Close: nothing that was compared differs by more than {tolerance:g} of the largest number.")
    return CLOSE


HINT = """\
Either a fix is wrong here, or logits are so large that the old form has lost digits that the new one keeps: see
`logitlint verify --ladder"""


def shown(workshop: Workshop, before: Outcome, everything: Fixed, findings: Sequence[Finding]) -> None:
    """Print what is the same and what is not in a program whose fixes change the numbers.

    Raises:
        Stopped: the fixed program does not run.
    """
    after = fixed_run(workshop, everything)
    click.echo(f"\nWithout and with {fixes(findings)}, meant to change the numbers, so not judged:")
    for line in contrast(Comparison(before, before, after, SAME)):
        click.echo(line)


def fixed_run(workshop: Workshop, part: Fixed) -> Outcome:
    """Run the program with fixes.

    Raises:
        Stopped: it does not run to its end.
    """
    try:
        return run(workshop, part.contents, "with its fixes")
    except Failed as failed:
        raise Stopped(str(failed)) from None


def run(workshop: Workshop, changed: Mapping[str, bytes], words: str, spans: Sequence[Span] = ()) -> Outcome:
    """Run a version, and say so."""
    click.echo(f"running {workshop.program.script} {words}", err=True)
    return workshop.run(changed, spans)
