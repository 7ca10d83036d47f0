"""The whole way from sources to findings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from .catalog import Catalog, load
from .config.premises import NOTHING, Premises
from .files.source import Source
from .finding import Finding, Result
from .flow.project import Project
from .flow.run import run_program
from .flow.tree import no_collection
from .rules.index import Index
from .rules.judge import finding, judge
from .rules.verdict import Verdict
from .screen import relevant


def check_sources(targets: Sequence[Source], given: Premises = NOTHING) -> Result:
    """The findings in these sources; project modules that they import are read on demand."""
    start = time.perf_counter()
    catalog = load(given.catalogs)
    files = {source.file: source for source in targets if source.file is not None}
    project = Project(catalog.roots, files, src=tuple(map(Path, given.src)))
    sources = relevant(targets, project, catalog)
    paths = {source.path for source in targets}
    with no_collection():
        trees = [project.add(source) for source in sources]
        record, truncated = run_program(catalog, project, trees, paths)
        record.configured.update(given.backends)
        index = Index(record)
        verdicts = [v for v in judge(index) if v.use.site.tree.path in paths]
        findings = described(project, catalog, index, verdicts)
    findings.sort(key=lambda f: (f.location.sort_key(), f.code))
    skipped = tuple(s for tree in trees for s in tree.skipped)
    parsed = sum(bool(tree.modules) for tree in trees)
    return Result(tuple(findings), len(targets), parsed, skipped, truncated, time.perf_counter() - start)


def described(project: Project, catalog: Catalog, index: Index, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Verdicts in words, each with its fix."""
    if not verdicts:
        return []
    from .fixes.draft import Workshop
    from .fixes.plan import plan

    shop = Workshop(catalog, index, project)
    return [finding(verdict, plan(shop, verdict)) for verdict in verdicts]
