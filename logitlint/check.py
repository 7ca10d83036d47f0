"""The whole way from sources to findings."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from .catalog import Catalog, load
from .config.premises import NOTHING, Premises
from .files.folders import Seen
from .files.source import Source, length
from .finding import Applicability, Finding, Location, Result, Skipped
from .flow.project import Project
from .flow.run import run_program
from .flow.tree import no_collection
from .flow.values import interning
from .programs import Programs, Texts
from .progress import SILENT, Progress
from .rules.index import Index
from .rules.judge import finding, judge
from .rules.verdict import Verdict
from .stack import with_deep_stack
from .store import Checked, Grounds, Program, Store, together

PHASES = ("parsing", "following values", "judging and mending")

Advance = Callable[[int], None]

WORTH_IT = 400_000
"""Characters of code below which starting processes, or giving memory back, takes longer than it saves."""


def check_sources(
    targets: Sequence[Source],
    premises: Premises = NOTHING,
    jobs: int = 1,
    store: Store | None = None,
    progress: Progress = SILENT,
    seen: Seen | None = None,
    texts: Texts | None = None,
) -> Checked:
    """The findings in these sources; project modules that they import are read on demand.

    The result depends neither on `jobs`, the number of processes, nor on what the store holds. `seen` is what is known
    of the disk already, and `texts` of what is in files; without it, they are looked at.
    """
    start = time.perf_counter()
    project = project_of(targets, premises, seen)
    found = programs(targets, premises, project, texts)
    progress.done(f"screening: {sum(len(one.sources) for one in found)} can matter, as {len(found)} programs")
    known = [store.get(program) for program in found] if store is not None else [None] * len(found)
    new = [program for program, one in zip(found, known, strict=True) if one is None]
    parts = [one for one in known if one is not None]
    if store is not None:
        progress.done(f"looking up earlier results: {len(parts)} are kept")
    progress.begin(sum(program.size for program in new))
    every = _with_processes(new, jobs, progress.advance)
    progress.end()
    progress.done(f"analysing {len(new)} programs")
    for program, checked in zip(new, every, strict=True):
        parts.append(checked if checked is not None else Checked(_lost(program)))
        for what, seconds in checked.spent if checked is not None else ():
            progress.spent(what, seconds)
        if store is not None and checked is not None:
            store.put(program, checked)
    result = joined((part.result for part in parts), len(targets), time.perf_counter() - start)
    return Checked(result, together([grounds_of(project), *(part.grounds for part in parts)]))


def _with_processes(programs: Sequence[Program], jobs: int, advance: Advance) -> Sequence[Checked | None]:
    if min(jobs, len(programs)) < 2 or sum(program.size for program in programs) < WORTH_IT:
        return check_here(programs, advance)
    from .parallel import check_programs

    return check_programs(programs, jobs, advance)


def _lost(program: Program) -> Result:
    reason = "not checked: the process that analysed it died, twice"
    skipped = tuple(Skipped(source.path, reason) for source in program.sources)
    return Result((), len(program.sources), 0, skipped, 0, 0.0)


def check_here(programs: Sequence[Program], advance: Advance) -> list[Checked]:
    """What comes out of programs, in this process; `advance` is told how many characters are done."""
    if not programs:
        return []
    with no_collection():
        return with_deep_stack(lambda: list(_checked_and_freed(programs, advance)))


def _checked_and_freed(programs: Sequence[Program], advance: Advance) -> Iterator[Checked]:
    """Check programs; what they leave behind is given back when it has become much, for the collector is off."""
    size = 0
    for program in programs:
        yield check_program(program, advance)
        size += program.size
        if size > WORTH_IT:
            gc.collect()
            size = 0


def project_of(targets: Sequence[Source], premises: Premises, seen: Seen | None = None) -> Project:
    """The project that sources are part of."""
    given = {source.file: source for source in targets if source.file is not None}
    return Project(load(premises.catalogs).roots, given, src=tuple(map(Path, premises.src)), seen=seen or Seen())


def programs(
    targets: Sequence[Source], premises: Premises, project: Project, texts: Texts | None = None
) -> list[Program]:
    """What is to be run: the sources that can matter, by program."""
    found = Programs(project, load(premises.catalogs), {} if texts is None else texts)
    files, paths = frozenset(project.given), frozenset(source.path for source in targets)
    parts = found.apart(found.relevant(targets))
    return [Program(tuple(part.sources), tuple(part.beside), part.elsewhere, files, paths, premises) for part in parts]


def joined(parts: Iterable[Result], files: int, seconds: float) -> Result:
    """The results of all programs of a run as one."""
    parts = list(parts)
    return Result(
        tuple(sorted(agreed(f for part in parts for f in part.findings), key=Finding.sort_key)),
        files,
        sum(part.parsed for part in parts),
        tuple(sorted((s for part in parts for s in part.skipped), key=lambda s: (s.path, s.cell or 0))),
        sum(part.truncated for part in parts),
        seconds,
    )


def agreed(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Each finding once. Parts of a program may meet the same one: the fix that is trusted least counts."""
    trust = list(Applicability)
    found: dict[tuple[str, Location], Finding] = {}
    for one in findings:
        known = found.setdefault((one.code, one.location), one)
        if trust.index(one.fix.applicability) > trust.index(known.fix.applicability):
            found[one.code, one.location] = one
    return found.values()


def check_program(program: Program, advance: Advance) -> Checked:
    """Run a program, and judge what it does."""
    times = [time.perf_counter()]
    premises = program.premises
    catalog = load(premises.catalogs)
    given = {source.file: source for source in (*program.sources, *program.beside) if source.file is not None}
    project = Project(catalog.roots, given, program.files, program.elsewhere, tuple(map(Path, premises.src)))
    with interning():
        trees = [project.add(source) for source in program.sources]
        times.append(time.perf_counter())
        record, truncated = run_program(
            catalog, project, trees, program.paths, lambda tree: advance(length(tree.source))
        )
        times.append(time.perf_counter())
        record.configured.update(premises.backends)
        index = Index(record)
        verdicts = [v for v in judge(index) if v.use.site.tree.path in program.paths]
        findings = described(project, catalog, index, verdicts)
    times.append(time.perf_counter())
    skipped = tuple(s for tree in trees for s in tree.skipped)
    parsed = sum(bool(tree.modules) for tree in trees)
    result = Result(tuple(findings), len(trees), parsed, skipped, truncated, times[-1] - times[0])
    spent = zip(PHASES, itertools.pairwise(times), strict=True)
    return Checked(result, grounds_of(project), tuple((what, end - start) for what, (start, end) in spent))


def grounds_of(project: Project) -> Grounds:
    """What of the disk has been looked at for a project, beside the sources that it was given."""
    read = [file for file in dict.fromkeys((*project.trees, *project.searched)) if file not in project.given]
    return Grounds(
        tuple((str(file), project.digest(file)) for file in read),
        tuple((str(folder), "/".join(parts), str(found or "")) for (folder, parts), found in project.places.items()),
        tuple(map(str, project.watched)),
    )


def described(project: Project, catalog: Catalog, index: Index, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Verdicts in words, each with its fix."""
    if not verdicts:
        return []
    from .fixes.draft import Workshop
    from .fixes.plan import plan

    shop = Workshop(catalog, index, project)
    return [finding(verdict, plan(shop, verdict)) for verdict in verdicts]
