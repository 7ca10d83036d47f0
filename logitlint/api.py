"""What Python programs call, and what every door is made of: check inputs, keep what is selected."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterable

from .files.inputs import Inputs, inputs_from_paths, inputs_from_text
from .finding import Finding, Result
from .select import Selection, selection, without_noqa
from .stack import with_deep_stack


def check_source(
    text: str | bytes,
    filename: str = "<string>",
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> list[Finding]:
    """The findings in one script or notebook that is given as text.

    `filename` is where the text belongs: its imports are followed from there, and `.ipynb` makes it a notebook.
    Text that cannot be parsed has no findings; `check_paths` says what was skipped and why.

    Raises:
        ValueError: no rule has one of the codes or prefixes in `select` and `ignore`.
    """
    return list(check_inputs(inputs_from_text(text, filename), selection(select, (), ignore)).findings)


def check_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> Result:
    """The findings in files, notebooks and everything below directories, and what could not be checked.

    Raises:
        FileNotFoundError: one of the paths does not exist.
        ValueError: no rule has one of the codes or prefixes in `select` and `ignore`.
    """
    started = time.perf_counter()
    chosen = selection(select, (), ignore)
    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    return check_inputs(inputs_from_paths(named), chosen, started=started)


def check_inputs(inputs: Inputs, chosen: Selection, *, noqa: bool = True, started: float | None = None) -> Result:
    """Analyse the sources of a run and keep what is chosen and, with `noqa`, not silenced by a comment.

    `started` is the `time.perf_counter()` from which the seconds of the result count.
    """
    from .check import check_sources

    began = time.perf_counter() if started is None else started
    result = with_deep_stack(lambda: check_sources(inputs.sources))
    findings = [finding for finding in result.findings if finding.code in chosen]
    if noqa:
        findings = without_noqa(findings, inputs.sources)
    cells = [skipped for source in inputs.sources for skipped in source.skipped]
    return dataclasses.replace(
        result,
        findings=tuple(sorted(findings, key=lambda finding: (finding.location.sort_key(), finding.code))),
        files=inputs.files,
        skipped=tuple(dict.fromkeys((*inputs.skipped, *cells, *result.skipped))),
        seconds=time.perf_counter() - began,
    )
