"""The whole way from sources to findings."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .catalog import Catalog, load
from .config.premises import NOTHING, Premises
from .files.folders import Seen
from .files.source import Source
from .finding import Applicability, Finding, Location, Result, Skipped
from .flow.project import Project
from .flow.run import run_program
from .flow.tree import no_collection
from .flow.values import interning
from .programs import Programs, length
from .progress import SILENT, Progress
from .rules.index import Index
from .rules.judge import finding, judge
from .rules.verdict import Verdict
from .stack import with_deep_stack

PHASES = ("parsing", "following values", "judging and mending")

Advance = Callable[[int], None]

WORTH_IT = 400_000
"""Characters of code below which starting processes, or giving memory back, takes longer than it saves."""


@dataclass(frozen=True)
class Program:
    """Sources that import one another, and the run that they are part of.

    Attributes:
        sources: those that can matter.
        beside: others that they may import, of those that are looked at.
        elsewhere: files of the same program that are analysed in other parts.
        files: all files that are looked at in the run.
        paths: the same as shown to people; findings are wanted in them.
        premises: what the configuration says about the code.
    """

    sources: tuple[Source, ...]
    beside: tuple[Source, ...]
    elsewhere: frozenset[Path]
    files: frozenset[Path]
    paths: frozenset[str]
    premises: Premises

    @property
    def size(self) -> int:
        """The characters of its code: about proportional to the time that it takes."""
        return sum(map(length, self.sources))


@dataclass(frozen=True)
class Checked:
    """What came out of a program, and what of the disk it depended on.

    Attributes:
        result: what came out.
        read: other files that were read, or should have been.
        places: folder, dotted name, and the file that the name stands for there; empty where it is none.
        around: files that fixes are for, and may be used around them.
        spent: the seconds that each of the `PHASES` took.
    """

    result: Result
    read: tuple[str, ...] = ()
    places: tuple[tuple[str, str, str], ...] = ()
    around: tuple[str, ...] = ()
    spent: tuple[tuple[str, float], ...] = ()


class Store(Protocol):
    """Keeps what came out of programs."""

    def get(self, program: Program) -> Result | None:
        """What came out of a program, if that is known."""

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program."""


class Memory:
    """Keeps what came out of programs for one run, whose files do not change on the disk."""

    def __init__(self) -> None:
        self._results: dict[Program, Result] = {}

    def get(self, program: Program) -> Result | None:
        """What came out of a program, if that is known."""
        return self._results.get(program)

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program."""
        self._results[program] = checked.result


def check_sources(
    targets: Sequence[Source],
    premises: Premises = NOTHING,
    jobs: int = 1,
    open_store: Callable[[Project], Store] | None = None,
    progress: Progress = SILENT,
    seen: Seen | None = None,
) -> Result:
    """The findings in these sources; project modules that they import are read on demand.

    The result depends neither on `jobs`, the number of processes, nor on what the store holds. `seen` is what is known
    of the disk already; without it, the disk is looked at.
    """
    start = time.perf_counter()
    project = project_of(targets, premises, seen)
    found = programs(targets, premises, project)
    progress.done(f"screening: {sum(len(one.sources) for one in found)} can matter, as {len(found)} programs")
    store = open_store(project) if open_store is not None else None
    known = [store.get(program) for program in found] if store is not None else [None] * len(found)
    new = [program for program, result in zip(found, known, strict=True) if result is None]
    results = [result for result in known if result is not None]
    if store is not None:
        progress.done(f"looking up earlier results: {len(results)} are kept")
    progress.begin(sum(program.size for program in new))
    every = _with_processes(new, jobs, progress.advance)
    progress.end()
    progress.done(f"analysing {len(new)} programs")
    for program, checked in zip(new, every, strict=True):
        results.append(checked.result if checked is not None else _lost(program))
        for what, seconds in checked.spent if checked is not None else ():
            progress.spent(what, seconds)
        if store is not None and checked is not None:
            store.put(program, checked)
    return joined(results, len(targets), time.perf_counter() - start)


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
        return with_deep_stack(lambda: [_check_and_free(program, advance) for program in programs])


def _check_and_free(program: Program, advance: Advance) -> Checked:
    """Check a program; what a large one leaves behind is given back, for the collector is off."""
    checked = check_program(program, advance)
    if program.size > WORTH_IT:
        gc.collect()
    return checked


def project_of(targets: Sequence[Source], premises: Premises, seen: Seen | None = None) -> Project:
    """The project that sources are part of."""
    given = {source.file: source for source in targets if source.file is not None}
    return Project(load(premises.catalogs).roots, given, src=tuple(map(Path, premises.src)), seen=seen or Seen())


def programs(targets: Sequence[Source], premises: Premises, project: Project) -> list[Program]:
    """What is to be run: the sources that can matter, by program."""
    found = Programs(project, load(premises.catalogs))
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
    return Checked(
        result,
        tuple(str(file) for file in dict.fromkeys((*project.trees, *project.searched)) if file not in given),
        tuple((str(folder), ".".join(parts), str(found or "")) for (folder, parts), found in project.places.items()),
        tuple(map(str, project.watched)),
        tuple((what, end - start) for what, (start, end) in zip(PHASES, itertools.pairwise(times), strict=True)),
    )


def described(project: Project, catalog: Catalog, index: Index, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Verdicts in words, each with its fix."""
    if not verdicts:
        return []
    from .fixes.draft import Workshop
    from .fixes.plan import plan

    shop = Workshop(catalog, index, project)
    return [finding(verdict, plan(shop, verdict)) for verdict in verdicts]
