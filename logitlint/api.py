"""What Python programs call, and what every door is made of: check inputs, keep what is selected, apply fixes."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .files.inputs import Inputs, inputs_from_paths, inputs_from_text
from .files.source import Source
from .finding import Finding, Result, Severity
from .select import Selection, selection, without_noqa
from .stack import with_deep_stack

if TYPE_CHECKING:
    from .files.document import Change, Document


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


def fix_source(
    text: str,
    filename: str = "<string>",
    *,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> str:
    """A script or notebook with its safe fixes applied, with `unsafe` all of them.

    `filename` means what it means for `check_source`. Fixes that change other files as well are not applied, and text
    that cannot be parsed comes back as it is.

    Raises:
        ValueError: no rule has one of the codes or prefixes in `select` and `ignore`.
    """
    from .files.document import Document

    chosen = selection(select, (), ignore)
    done = fix_inputs(inputs_from_text(text, filename), chosen, lambda source: Document(source, text), unsafe=unsafe)
    return next((change.after.text for changes in done.changes for change in changes), text)


@dataclass(frozen=True)
class Mended:
    """What `fix_inputs` did.

    Attributes:
        found: the findings before.
        left: those after.
        sources: what the inputs became.
        changes: the changed documents; those in one list belong together.
        notes: fixes that were not applied and why, one line each.
        closed: files that must not change although a fix is for them.
    """

    found: Result
    left: tuple[Finding, ...]
    sources: tuple[Source, ...]
    changes: tuple[tuple[Change, ...], ...] = ()
    notes: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


def check_inputs(
    inputs: Inputs,
    chosen: Selection,
    *,
    least: Severity = Severity.NOTE,
    noqa: bool = True,
    started: float | None = None,
) -> Result:
    """Analyse the sources of a run; keep what is chosen, bad enough and, with `noqa`, not silenced by a comment.

    `started` is the `time.perf_counter()` from which the seconds of the result count.
    """
    began = time.perf_counter() if started is None else started
    return _checked(inputs, _analysed(inputs.sources), _Filter(chosen, least, noqa), began)


def fix_inputs(
    inputs: Inputs,
    chosen: Selection,
    opened: Callable[[Source], Document],
    *,
    least: Severity = Severity.NOTE,
    unsafe: bool = False,
    withheld: Callable[[Sequence[Finding]], Mapping[int, str]] = lambda findings: {},
    started: float | None = None,
) -> Mended:
    """Apply the fixes of what `check_inputs` finds, the unsafe ones only if told so; nothing is written.

    `opened` gives the whole content of a source, or raises `Unwritable`; `withheld` says which findings are left as
    they are, and why.
    """
    began = time.perf_counter() if started is None else started
    kept = _Filter(chosen, least)
    result = _analysed(inputs.sources)
    found = _checked(inputs, result, kept, began)
    if not found.findings:
        return Mended(found, (), inputs.sources)
    from .fixes.apply import Mending

    mending = Mending(inputs.sources, result, _analysed, kept, kept.watches, opened, unsafe, withheld)
    mending.run()
    return Mended(
        dataclasses.replace(found, seconds=time.perf_counter() - began),
        tuple(mending.left()),
        mending.sources,
        mending.changes(),
        tuple(mending.notes),
        tuple(mending.closed),
    )


@dataclass(frozen=True)
class _Filter:
    """Which findings of a run count."""

    chosen: Selection
    least: Severity = Severity.NOTE
    noqa: bool = True

    def __call__(self, findings: Iterable[Finding], sources: Sequence[Source]) -> list[Finding]:
        """The findings that are shown, by place, with the fixes that these sources allow."""
        kept = [f for f in findings if f.code in self.chosen and f.severity >= self.least]
        if self.noqa:
            kept = without_noqa(kept, sources)
        if not kept:
            return []
        from .fixes.reach import within_reach

        return within_reach(sorted(kept, key=lambda f: (f.location.sort_key(), f.code)), sources)

    def watches(self, finding: Finding) -> bool:
        """Whether a finding that a fix brings withdraws the fix: it is shown, or would be with no options."""
        return finding.code in self.chosen or finding.code in Selection()


def _analysed(sources: Sequence[Source]) -> Result:
    from .check import check_sources

    return with_deep_stack(lambda: check_sources(sources))


def _checked(inputs: Inputs, result: Result, kept: _Filter, began: float) -> Result:
    """The result of an analysis as a result for these inputs."""
    cells = [skipped for source in inputs.sources for skipped in source.skipped]
    return dataclasses.replace(
        result,
        findings=tuple(kept(result.findings, inputs.sources)),
        files=inputs.files,
        skipped=tuple(dict.fromkeys((*inputs.skipped, *cells, *result.skipped))),
        seconds=time.perf_counter() - began,
    )
