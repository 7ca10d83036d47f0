"""Statements checked on frameworks: cases, exact numbers, and the judgement of each format in each mode."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import mpmath

from .dtypes import DTYPES, Dtype
from .frameworks import Framework
from .oracle import exactly
from .runner import PATIENCE, Answer, Case, Failed, Missing, Run
from .samples import Batch, Sample, batches, ladder
from .statement import Kind, Statement
from .verdict import Judgement, Point, Verdict, judge
from .words import Unknown, written

Exact = tuple[float, float]

UNANSWERED = "no answer"
"""The error of a rewrite that the framework did not come to; its failure says why."""

AGREEMENT = 1e-25
"""How close the formulas of a preserving rewrite are on paper."""


@dataclass(frozen=True)
class Check:
    """What came out for a rewrite on a framework in one mode.

    Attributes:
        statement: the rewrite.
        framework: the name of the framework.
        mode: how it was run.
        formats: the judgement of each dtype.
        error: why there is none.
    """

    statement: Statement
    framework: str
    mode: str
    formats: Mapping[str, Judgement]
    error: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The worst of all formats; None if it could not be run."""
        order = list(Verdict)
        return max((j.verdict for j in self.formats.values()), key=order.index) if self.formats else None


class Reference:
    """The exact numbers of formulas, computed once for each input."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Exact] = {}

    def at(self, statement: Statement, batch: Batch, sample: Sample) -> Exact:
        """Value and slope of a sample."""
        inputs = tuple((name, *numbers) for name, numbers in sample.inputs.items())
        key = (statement.exact, statement.axis, inputs, batch.output, tuple(map(tuple, sample.directions.values())))
        if key not in self._known:
            self._known[key] = exact_at(statement.exact, batch, sample)
        return self._known[key]


def exact_at(formula: str, batch: Batch, sample: Sample) -> Exact:
    """Value and slope of the weighted elements of a formula."""
    found = elements(formula, batch, sample)
    pairs = [(weight, *pair) for weight, pair in zip(batch.output, found, strict=True) if weight]
    return float(sum(w * value for w, value, _ in pairs)), float(sum(w * slope for w, _, slope in pairs))


def elements(formula: str, batch: Batch, sample: Sample) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """The exact elements of a formula; over the first axis of a sample that has two."""
    if len(batch.shape) == 1:
        return exactly(formula, sample.inputs, sample.directions)
    width = batch.shape[1]
    columns = [
        exactly(formula, _column(sample.inputs, place, width), _column(sample.directions, place, width))
        for place in range(width)
    ]
    return [column[row] for row in range(batch.shape[0]) for column in columns]


def _column(inputs: Mapping[str, list[float]], place: int, width: int) -> dict[str, list[float]]:
    return {name: numbers[place::width] for name, numbers in inputs.items()}


def differs_on_paper(statement: Statement) -> str:
    """Where the formulas of a preserving rewrite are not the same function; empty if they are."""
    if statement.kind is Kind.CORRECTING:
        return ""
    for batch in batches(statement, DTYPES["float64"], PAPER):
        for sample in batch.samples:
            old, new = (elements(formula, batch, sample) for formula in (statement.before, statement.after))
            for before, after in zip(old, new, strict=True):
                if any(abs(a - b) > AGREEMENT * max(1, abs(a)) for a, b in zip(before, after, strict=True)):
                    return f"on paper: {mpmath.nstr(before[0], 12)} before, {mpmath.nstr(after[0], 12)} after"
    return ""


PAPER = (1e-3, 0.5, 3.0, 40.0)
"""The logits at which formulas are compared on paper, beside random ones."""


def _unit(statement: Statement, sample: Sample) -> float:
    return max([1.0, *map(abs, sample.inputs["x"])]) if statement.is_scaled else 1.0


def demanded(statement: Statement, framework: Framework, dtype: Dtype) -> Dtype:
    """A format with the tolerance that the framework's functions can keep in it."""
    names = {node.id for node in ast.walk(ast.parse(statement.after)) if isinstance(node, ast.Name)}
    if not names & framework.single:
        return dtype
    return dataclasses.replace(dtype, tolerance=max(dtype.tolerance, DTYPES["float32"].tolerance))


def offered(statement: Statement, framework: Framework) -> tuple[str, str] | None:
    """The sources of a rewrite on a framework; None if it has no words for it."""
    try:
        before, after = (
            written(formula, framework.dialect, statement.axis) for formula in (statement.before, statement.after)
        )
    except Unknown:
        return None
    return before, after


class Checker:
    """Checks statements on one framework after another.

    Attributes:
        failures: what could not be run and why, one line each.
        broken: the frameworks that are installed and did not answer to the end.
        versions: those of the frameworks that answered.
    """

    def __init__(self, modes: Sequence[str] | None = None, dtypes: Sequence[str] | None = None) -> None:
        self.modes = modes
        self.dtypes = dtypes
        self.patience = PATIENCE
        self.failures: list[str] = []
        self.broken: set[str] = set()
        self.versions: dict[str, str] = {}
        self._reference = Reference()
        self._paper: dict[str, str] = {}

    def check(self, statements: Sequence[Statement], framework: Framework) -> Iterator[Check]:
        """The outcomes of the statements that the framework has words for, a rewrite at a time."""
        own = [(one, sources) for one in statements if (sources := offered(one, framework))]
        return self.check_sources(own, framework)

    def check_sources(self, own: Sequence[tuple[Statement, tuple[str, str]]], framework: Framework) -> Iterator[Check]:
        """The outcomes of rewrites given as source before and after, each with the statement that it claims to be."""
        climb = ladder()
        cases: list[Case] = []
        owners: list[Statement] = []
        for statement, sources in own:
            for name in framework.dtypes:
                if self.dtypes is None or name in self.dtypes:
                    for batch in batches(statement, DTYPES[name], climb):
                        if batch.samples:
                            cases.append(Case(sources, DTYPES[name], batch, statement.differentiable))
                            owners.append(statement)
        with Run(framework.name, cases, self.modes, self.patience) as run:
            answers: dict[tuple[int, str, int], Answer] = {}
            try:
                for answer in run.answers():
                    answers[answer.case, answer.mode, answer.side] = answer
            except Failed as failed:
                self.failures.append(str(failed))
                if not isinstance(failed, Missing):
                    self.broken.add(framework.name)
            if run.version:
                self.versions[framework.name] = run.version
            for statement, _ in own:
                numbers = [number for number, owner in enumerate(owners) if owner is statement]
                for mode in run.modes:
                    yield self._checked(statement, framework, mode, [(cases[n], n) for n in numbers], answers)

    def _checked(
        self,
        statement: Statement,
        framework: Framework,
        mode: str,
        cases: Sequence[tuple[Case, int]],
        answers: Mapping[tuple[int, str, int], Answer],
    ) -> Check:
        paper = self._on_paper(statement)
        if paper:
            formats = {cases[0][0].dtype.name: Judgement(Verdict.WRONG, reason=paper)}
            return Check(statement, framework.name, mode, formats)
        values: dict[str, list[Point]] = {}
        slopes: dict[str, list[Point]] = {}
        error = ""
        for case, number in cases:
            before, after = (answers.get((number, mode, side)) for side in (0, 1))
            if before is None or after is None:
                error = UNANSWERED
                continue
            if after.error or (before.error and statement.kind is Kind.PRESERVING):
                error = f"{case.dtype.name}: {after.error or before.error}"
                continue
            found = self._points(statement, case, before, after)
            values.setdefault(case.dtype.name, []).extend(found[0])
            slopes.setdefault(case.dtype.name, []).extend(found[1])
        formats = {
            name: judge(statement.kind, demanded(statement, framework, DTYPES[name]), points, slopes[name])
            for name, points in values.items()
        }
        return Check(statement, framework.name, mode, formats, error)

    def _points(
        self, statement: Statement, case: Case, before: Answer, after: Answer
    ) -> tuple[list[Point], list[Point]]:
        """Values and slopes; a form that raises gives `nan`."""
        exact = [self._reference.at(statement, case.batch, sample) for sample in case.batch.samples]
        places = [(sample.z, _unit(statement, sample)) for sample in case.batch.samples]
        absent = [float("nan")] * len(places)
        values = zip(places, exact, before.values or absent, after.values, strict=True)
        found = [Point(z, number, a, b, unit) for (z, unit), (number, _), a, b in values]
        if after.slopes is None:
            return found, []
        changes = zip(places, exact, before.slopes or absent, after.slopes, strict=True)
        return found, [Point(z, number, a, b, unit) for (z, unit), (_, number), a, b in changes]

    def _on_paper(self, statement: Statement) -> str:
        if statement.title not in self._paper:
            self._paper[statement.title] = differs_on_paper(statement)
        return self._paper[statement.title]
