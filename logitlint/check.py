"""The whole way from sources to findings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .catalog import Catalog, load
from .config.premises import NOTHING, Premises
from .files.source import Source
from .finding import Finding, Result
from .flow.project import Project
from .flow.run import run_program
from .flow.tree import no_collection
from .flow.values import interning
from .programs import Programs
from .rules.index import Index
from .rules.judge import finding, judge
from .rules.verdict import Verdict


@dataclass(frozen=True)
class Program:
    """Sources that import one another, and the run that they are part of.

    Attributes:
        sources: those that can matter.
        beside: others that they import, of those that are looked at.
        files: all files that are looked at in the run.
        paths: the same as shown to people; findings are wanted in them.
        premises: what the configuration says about the code.
    """

    sources: tuple[Source, ...]
    beside: tuple[Source, ...]
    files: frozenset[Path]
    paths: frozenset[str]
    premises: Premises

    @property
    def size(self) -> int:
        """The characters of its code: about proportional to the time that it takes."""
        return sum(len(block.text) for source in self.sources for block in source.blocks)


def check_sources(targets: Sequence[Source], premises: Premises = NOTHING) -> Result:
    """The findings in these sources; project modules that they import are read on demand."""
    start = time.perf_counter()
    with no_collection():
        parts = [check_program(program) for program in programs(targets, premises)]
    return joined(parts, len(targets), time.perf_counter() - start)


def programs(targets: Sequence[Source], premises: Premises) -> list[Program]:
    """What is to be run: the sources that can matter, by program."""
    given = {source.file: source for source in targets if source.file is not None}
    catalog = load(premises.catalogs)
    found = Programs(Project(catalog.roots, given, src=tuple(map(Path, premises.src))), catalog)
    files, paths = frozenset(given), frozenset(source.path for source in targets)
    parts = found.apart(found.relevant(targets))
    return [Program(tuple(sources), tuple(beside), files, paths, premises) for sources, beside in parts]


def joined(parts: Iterable[Result], files: int, seconds: float) -> Result:
    """The results of all programs of a run as one."""
    parts = list(parts)
    return Result(
        tuple(sorted((f for part in parts for f in part.findings), key=lambda f: (f.location.sort_key(), f.code))),
        files,
        sum(part.parsed for part in parts),
        tuple(skipped for part in parts for skipped in part.skipped),
        sum(part.truncated for part in parts),
        seconds,
    )


def check_program(program: Program) -> Result:
    """The findings in a program."""
    start = time.perf_counter()
    premises = program.premises
    catalog = load(premises.catalogs)
    given = {source.file: source for source in (*program.sources, *program.beside) if source.file is not None}
    project = Project(catalog.roots, given, program.files, tuple(map(Path, premises.src)))
    with interning():
        trees = [project.add(source) for source in program.sources]
        record, truncated = run_program(catalog, project, trees, program.paths)
        record.configured.update(premises.backends)
        index = Index(record)
        verdicts = [v for v in judge(index) if v.use.site.tree.path in program.paths]
        findings = described(project, catalog, index, verdicts)
    skipped = tuple(s for tree in trees for s in tree.skipped)
    parsed = sum(bool(tree.modules) for tree in trees)
    return Result(tuple(findings), len(trees), parsed, skipped, truncated, time.perf_counter() - start)


def described(project: Project, catalog: Catalog, index: Index, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Verdicts in words, each with its fix."""
    if not verdicts:
        return []
    from .fixes.draft import Workshop
    from .fixes.plan import plan

    shop = Workshop(catalog, index, project)
    return [finding(verdict, plan(shop, verdict)) for verdict in verdicts]
