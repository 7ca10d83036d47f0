"""`logitlint verify PATHS`: the fixes in code, found as `check` finds them, verified and shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from .code import Verifier
from .frameworks import FRAMEWORKS
from .report import as_data, block, closing
from .verdict import Verdict


@dataclass(frozen=True)
class Request:
    """What is asked for on the command line."""

    paths: Sequence[str]
    select: Sequence[str]
    frameworks: Sequence[str]
    modes: Sequence[str]
    dtypes: Sequence[str]
    output_format: str


def verify_paths(request: Request) -> int:
    """Verify the fixes in files and folders, and print what came of it; the exit status.

    Raises:
        click.ClickException: a path does not exist, or no rule has a code.
    """
    from ..api import check_inputs
    from ..cli.inputs import find_inputs, read_stdin
    from ..cli.options import configurations
    from ..report.text import skipped_line

    paths = tuple(request.paths)
    known = configurations((), False, {"select": request.select or None})
    inputs, _ = find_inputs(paths, read_stdin(paths), None, known)
    result = check_inputs(inputs)
    for skipped in result.skipped:
        click.echo(skipped_line(skipped), err=True)
    verifier = Verifier(modes=request.modes, backend=keras_backend(request.frameworks), only=request.frameworks)
    verifier.checker.dtypes = request.dtypes or None
    with progress() as told:
        verifier.checker.progress = told
        proofs = verifier.verify(result.findings)
    versions = verifier.checker.versions
    if request.output_format == "json":
        click.echo(json.dumps(as_data(proofs, versions, verifier.failures), indent=2))
    elif request.output_format == "html":
        from .page import page

        click.echo(page(proofs, versions, verifier.run, verifier.seconds))
    else:
        for proof in proofs:
            click.echo(block(proof))
    for line in verifier.failures:
        click.echo(line, err=True)
    click.echo(closing(proofs, verifier.run, verifier.seconds, versions), err=True)
    if any(proof.verdict is Verdict.WRONG for proof in proofs):
        return 1
    return 2 if proofs and not any(proof.verdict for proof in proofs) else 0


def keras_backend(frameworks: Sequence[str]) -> str:
    """The backend for Keras code that selects none: the one asked for, that of the environment, or of Keras itself."""
    asked = [name.removeprefix("keras-") for name in frameworks if name.startswith("keras-")]
    found = asked[0] if asked else os.environ.get("KERAS_BACKEND") or configured()
    return found if f"keras-{found}" in FRAMEWORKS else "tensorflow"


def configured() -> str:
    """The backend in the user's `keras.json`; empty if there is none."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        found = json.loads((home / "keras.json").read_text("utf-8")).get("backend", "")
    except (OSError, ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, if `rich` is there; nothing elsewhere."""
    bar = None
    if sys.stderr.isatty():
        try:
            from rich.console import Console
            from rich.progress import Progress
        except ImportError:
            pass
        else:
            bar = Progress(console=Console(stderr=True), transient=True)
    if bar is None:
        yield lambda framework, done, of: None
        return
    tasks = {}
    with bar:

        def told(framework: str, done: int, of: int) -> None:
            if framework not in tasks:
                tasks[framework] = bar.add_task(framework, total=of)
            bar.update(tasks[framework], completed=done)

        yield told
