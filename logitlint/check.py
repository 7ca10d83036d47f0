"""The whole way from sources to findings."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
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


def check_sources(targets: Sequence[Source], premises: Premises = NOTHING) -> Result:
    """The findings in these sources; project modules that they import are read on demand."""
    start = time.perf_counter()
    catalog = load(premises.catalogs)
    given = {source.file: source for source in targets if source.file is not None}
    src = tuple(map(Path, premises.src))
    programs = Programs(Project(catalog.roots, given, src), catalog)
    paths = frozenset(source.path for source in targets)
    with no_collection():
        parts = [
            check_program(Project(catalog.roots, given, src), program, paths, premises)
            for program in programs.apart(programs.relevant(targets))
        ]
    return Result(
        tuple(sorted((f for part in parts for f in part.findings), key=lambda f: (f.location.sort_key(), f.code))),
        len(targets),
        sum(part.parsed for part in parts),
        tuple(skipped for part in parts for skipped in part.skipped),
        sum(part.truncated for part in parts),
        time.perf_counter() - start,
    )


def check_program(
    project: Project, sources: Sequence[Source], paths: Collection[str], premises: Premises = NOTHING
) -> Result:
    """The findings in sources that are one program; `paths` are all files in which findings are wanted."""
    start = time.perf_counter()
    catalog = load(premises.catalogs)
    with interning():
        trees = [project.add(source) for source in sources]
        record, truncated = run_program(catalog, project, trees, paths)
        record.configured.update(premises.backends)
        index = Index(record)
        verdicts = [v for v in judge(index) if v.use.site.tree.path in paths]
        findings = described(project, catalog, index, verdicts)
    skipped = tuple(s for tree in trees for s in tree.skipped)
    parsed = sum(bool(tree.modules) for tree in trees)
    return Result(tuple(findings), len(sources), parsed, skipped, truncated, time.perf_counter() - start)


def described(project: Project, catalog: Catalog, index: Index, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Verdicts in words, each with its fix."""
    if not verdicts:
        return []
    from .fixes.draft import Workshop
    from .fixes.plan import plan

    shop = Workshop(catalog, index, project)
    return [finding(verdict, plan(shop, verdict)) for verdict in verdicts]
