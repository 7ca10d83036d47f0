"""What Python programs call, and what every door is made of: check inputs, keep what is selected, apply fixes."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .config.settings import Settings
from .files.inputs import Inputs, inputs_from_paths, inputs_from_text
from .files.source import Source
from .finding import Applicability, Finding, Fix, Result, Severity
from .rules.registry import UNUSED
from .select import chosen, enabled, selection

if TYPE_CHECKING:
    from .files.document import Change, Document
    from .store import Store
    from .suppress.baseline import Baseline


def check_source(
    text: str | bytes,
    filename: str = "<string>",
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> list[Finding]:
    """The findings in one script or notebook that is given as text. No configuration file is read.

    `filename` is where the text belongs: its imports are followed from there, and `.ipynb` makes it a notebook.
    Text that cannot be parsed has no findings; `check_paths` says what was skipped and why.

    Raises:
        ValueError: no rule has one of the codes or prefixes in `select` and `ignore`.
    """
    return list(check_inputs(inputs_from_text(text, filename, _settings(select, ignore))).findings)


def check_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> Result:
    """The findings in files, notebooks and everything below directories, and what could not be checked.

    No configuration file is read.

    Raises:
        FileNotFoundError: one of the paths does not exist.
        ValueError: no rule has one of the codes or prefixes in `select` and `ignore`.
    """
    started = time.perf_counter()
    settings = _settings(select, ignore)
    inputs = inputs_from_paths([paths] if isinstance(paths, str | os.PathLike) else paths)
    inputs = dataclasses.replace(inputs, settings=dict.fromkeys(inputs.settings, settings))
    return check_inputs(inputs, started=started)


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

    inputs = inputs_from_text(text, filename, _settings(select, ignore))
    done = fix_inputs(inputs, lambda source: Document(source, text), unsafe=unsafe)
    return next((change.after.text for changes in done.changes for change in changes), text)


@dataclass(frozen=True)
class Mended:
    """What `fix_inputs` or `ignore_inputs` did.

    Attributes:
        found: the findings before.
        left: those after.
        sources: what the inputs became.
        changes: the changed documents; those in one list belong together.
        notes: what was not done and why, one line each.
        closed: files that must not change although something is to be written there.
    """

    found: Result
    left: tuple[Finding, ...]
    sources: tuple[Source, ...]
    changes: tuple[tuple[Change, ...], ...] = ()
    notes: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


def check_inputs(
    inputs: Inputs,
    *,
    comments: bool = True,
    known: Baseline | None = None,
    started: float | None = None,
    store: Store | None = None,
) -> Result:
    """Analyse the sources of a run; keep what their settings let through and, with `comments`, what none silences.

    Findings that are in the baseline `known` are left out. `started` is the `time.perf_counter()` from which the
    seconds of the result count. `store` takes the place of the cache.
    """
    began = time.perf_counter() if started is None else started
    kept = _Filter(inputs.settings, known, comments)
    return _checked(inputs, _analysed(inputs, store), kept, began)


def fix_inputs(
    inputs: Inputs,
    opened: Callable[[Source], Document],
    *,
    known: Baseline | None = None,
    unsafe: bool = False,
    wanted: Callable[[Finding], bool] = lambda finding: True,
    withheld: Callable[[Sequence[Finding]], Mapping[int, str]] = lambda findings: {},
    started: float | None = None,
    store: Store | None = None,
) -> Mended:
    """Apply the fixes of what `check_inputs` finds, the unsafe ones only if told so; nothing is written.

    `opened` gives the whole content of a source, or raises `Unwritable`; `wanted` chooses what is mended and counts as
    left, `withheld` says which findings of that stay as they are, and why. `store` keeps results from one round of
    fixes to the next.
    """
    began = time.perf_counter() if started is None else started
    from .store import Memory

    memory = Memory() if store is None else store
    kept = _Filter(inputs.settings, known)
    result = _analysed(inputs, memory)
    found = _checked(inputs, result, kept, began)
    if not found.findings:
        return Mended(found, (), inputs.sources)
    from .fixes.apply import Mending

    def again(sources: Sequence[Source]) -> Result:
        return _analysed(dataclasses.replace(inputs, sources=tuple(sources)), memory)

    def chosen(findings: Iterable[Finding], sources: Sequence[Source]) -> list[Finding]:
        return [finding for finding in kept(findings, sources) if wanted(finding)]

    mending = Mending(inputs.sources, result, again, chosen, kept.watches, opened, unsafe, withheld)
    mending.run()
    return Mended(
        dataclasses.replace(found, seconds=time.perf_counter() - began),
        tuple(mending.left()),
        mending.sources,
        mending.changes(),
        tuple(mending.notes),
        tuple(mending.closed),
    )


def ignore_inputs(
    inputs: Inputs,
    opened: Callable[[Source], Document],
    *,
    reason: str = "",
    known: Baseline | None = None,
    started: float | None = None,
) -> Mended:
    """Silence what `check_inputs` finds in code by comments at its lines; nothing is written.

    `opened` gives the whole content of a source, or raises `Unwritable`.
    """
    from .suppress.add import with_comments

    began = time.perf_counter() if started is None else started
    kept = _Filter(inputs.settings, known)
    result = _analysed(inputs)
    result = dataclasses.replace(result, findings=tuple(f for f in result.findings if f.code != UNUSED))
    found = _checked(inputs, result, kept, began)
    changes, notes, closed = with_comments(found.findings, inputs.sources, opened, reason)
    after = {change.after.source.path: change.after.source for change in changes}
    sources = tuple(after.get(source.path, source) for source in inputs.sources)
    left = tuple(kept(result.findings, sources))
    found = dataclasses.replace(found, seconds=time.perf_counter() - began)
    return Mended(found, left, sources, tuple((change,) for change in changes), notes, closed)


@dataclass(frozen=True)
class _Filter:
    """Which findings of a run count, and which of their fixes."""

    settings: Mapping[str, Settings]
    known: Baseline | None = None
    comments: bool = True

    def __call__(self, findings: Iterable[Finding], sources: Sequence[Source]) -> list[Finding]:
        """The findings that are shown, by place, with the fixes that these sources allow."""
        kept = self.unsilenced(findings, sources)
        if self.known is not None:
            kept = self.known.without(kept, sources)
        if not kept:
            return []
        from .fixes.reach import within_reach

        return within_reach(kept, sources)

    def unsilenced(self, findings: Iterable[Finding], sources: Sequence[Source]) -> list[Finding]:
        """The findings that are shown, and those that the baseline holds."""
        on: dict[str, frozenset[str]] = {}
        kept = []
        for finding in findings:
            path = finding.location.path
            settings = self._of(path)
            if path not in on:
                on[path] = settings.rules(path)
            if finding.code in on[path] and finding.severity >= Severity[settings.min_severity.upper()]:
                kept.append(_with_fix_allowed(finding, settings))
        if self.comments and kept:
            from .suppress.comments import unsilenced

            kept = unsilenced(kept, sources)
        return sorted(kept, key=Finding.sort_key)

    def watches(self, finding: Finding) -> bool:
        """Whether a finding that a fix brings withdraws the fix: it is shown, or would be with no options.

        A comment that has become unused does not.
        """
        on = self._of(finding.location.path).rules(finding.location.path)
        return finding.code != UNUSED and (finding.code in on or finding.code in enabled())

    def _of(self, path: str) -> Settings:
        return self.settings.get(path, _DEFAULT)


_DEFAULT = Settings()


def _settings(select: Iterable[str] | None, ignore: Iterable[str]) -> Settings:
    return Settings(selections=(selection(select, (), ignore),))


def _with_fix_allowed(finding: Finding, settings: Settings) -> Finding:
    """The finding with its fix as safe as the settings say, or without it."""
    fix, code = finding.fix, finding.code
    if fix.applicability is Applicability.NONE:
        return finding
    if not chosen(code, settings.fixable, settings.unfixable):
        fix = Fix(Applicability.NONE, f"the configuration leaves {code} to you; it could {fix.message}")
    elif chosen(code, settings.extend_unsafe_fixes, settings.extend_safe_fixes):
        fix = dataclasses.replace(fix, applicability=Applicability.UNSAFE)
    elif chosen(code, settings.extend_safe_fixes):
        fix = dataclasses.replace(fix, applicability=Applicability.SAFE)
    return finding if fix is finding.fix else dataclasses.replace(finding, fix=fix)


def _analysed(inputs: Inputs, store: Store | None = None) -> Result:
    """Every finding in the sources, and every comment in them that silences nothing.

    `store` takes the place of the cache.
    """
    from .config.premises import premises
    from .suppress.unused import unused_comments

    given = premises(inputs.settings)
    if store is None and inputs.cache is not None:
        from .rerun import check_again

        result = check_again(inputs, given, inputs.cache)
    else:
        from .check import check_sources

        result = check_sources(inputs.sources, given, inputs.jobs, store, inputs.progress, inputs.seen).result
    unused = unused_comments(result, inputs.sources, inputs.settings)
    return dataclasses.replace(result, findings=(*result.findings, *unused)) if unused else result


def _checked(inputs: Inputs, result: Result, kept: _Filter, began: float) -> Result:
    """The result of an analysis as a result for these inputs."""
    cells = [skipped for source in inputs.sources for skipped in source.skipped]
    findings = kept(result.findings, inputs.sources)
    if kept.known is not None:
        every = kept.unsilenced(result.findings, inputs.sources)
        stale = kept.known.stale(every, inputs.sources)
        result = dataclasses.replace(result, known=len(every) - len(findings), stale=stale)
    return dataclasses.replace(
        result,
        findings=tuple(findings),
        files=inputs.files,
        skipped=tuple(dict.fromkeys((*inputs.skipped, *cells, *result.skipped))),
        seconds=time.perf_counter() - began,
    )
