"""Statements checked on frameworks: cases, exact numbers, and the judgement of each format in each mode."""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import mpmath

from .dtypes import DTYPES, Dtype
from .frameworks import Framework
from .oracle import exactly, metric
from .runner import PATIENCE, Answer, Case, Failed, Missing, Run
from .samples import Batch, Sample, batches, ladder
from .statement import METRIC, Kind, Statement
from .verdict import Judgement, Point, Verdict, judge
from .words import Unknown, written

Exact = tuple[float, float]

UNANSWERED = "no answer"
"""The error of a rewrite that the framework did not come to; its failure says why."""

AGREEMENT = 1e-25
"""How close the formulas of a preserving rewrite are on paper."""


@dataclass(frozen=True)
class Curve:
    """The numbers on one ladder in one format: values, and slopes if there are any."""

    dtype: Dtype
    values: Sequence[Point]
    slopes: Sequence[Point]


@dataclass(frozen=True)
class Check:
    """What came out for a rewrite on a framework in one mode.

    Attributes:
        statement: the rewrite.
        framework: the name of the framework.
        mode: how it was run.
        formats: the judgement of each dtype.
        error: why there is none.
        rewrite: what was run.
        curves: the numbers on the ladders.
    """

    statement: Statement
    framework: str
    mode: str
    formats: Mapping[str, Judgement]
    error: str = ""
    rewrite: Rewrite | None = field(default=None, repr=False)
    curves: tuple[Curve, ...] = field(default=(), repr=False)

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
        line = batch.axis if len(batch.shape) > 1 else None
        key = (statement.exact, line, inputs, batch.output, tuple(map(tuple, sample.directions.values())))
        if key not in self._known:
            self._known[key] = exact_at(statement.exact, batch, sample)
        return self._known[key]


def exact_at(formula: str, batch: Batch, sample: Sample) -> Exact:
    """Value and slope of the weighted elements of a formula."""
    found = elements(formula, batch, sample)
    pairs = [(weight, *pair) for weight, pair in zip(batch.output, found, strict=True) if weight]
    return float(sum(w * value for w, value, _ in pairs)), float(sum(w * slope for w, _, slope in pairs))


def elements(formula: str, batch: Batch, sample: Sample) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """The exact elements of a formula; along one axis of a sample that has two."""
    if len(batch.shape) == 1:
        return exactly(formula, sample.inputs, sample.directions)
    height, width = batch.shape
    if batch.axis in (1, -2):
        parts = [slice(place, None, width) for place in range(width)]
    else:
        parts = [slice(row * width, (row + 1) * width) for row in range(height)]
    found = [exactly(formula, cut(sample.inputs, part), cut(sample.directions, part)) for part in parts]
    if batch.axis in (1, -2):
        return [line[row] for row in range(len(found[0])) for line in found]
    return [element for line in found for element in line]


def cut(inputs: Mapping[str, list[float]], part: slice) -> dict[str, list[float]]:
    """The numbers of one line of a sample with two axes."""
    return {name: numbers[part] for name, numbers in inputs.items()}


def gathered(formula: str, batch: Batch, exact: Sequence[Exact]) -> Exact:
    """The exact sum or mean over samples; a mean over classes counts their weights, and no target that is ignored."""
    if batch.reduction == METRIC:
        targets = [sample.inputs["t"][0] for sample in batch.samples]
        return metric(formula, [value for value, _ in exact], targets), 0.0
    value, slope = (math.fsum(numbers) for numbers in zip(*exact, strict=True))
    if batch.reduction == "sum":
        return value, slope
    given = {k.arg: ast.literal_eval(k.value) for n in ast.walk(ast.parse(formula)) if isinstance(n, ast.Call)
             for k in n.keywords}  # fmt: skip
    mass = float(len(exact) * len(batch.output))
    if "k" in batch.samples[0].inputs:
        classes = [int(sample.inputs["k"][0]) for sample in batch.samples]
        weights = given.get("weight")
        counted = [k for k in classes if k != given.get("ignore_index")]
        mass = math.fsum(weights[k] if weights else 1.0 for k in counted)
    return value / mass, slope / mass


def differs_on_paper(statement: Statement) -> str:
    """Where the formulas of a preserving rewrite are not the same function; empty if they are."""
    if statement.kind is Kind.CORRECTING or statement.reduction == METRIC:
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


@dataclass(frozen=True)
class Rewrite:
    """Source before and after, with the statement that it claims to be, and with the samples put together."""

    statement: Statement
    sources: tuple[str, str]
    whole: tuple[str, str] | None = None

    def on(self, batch: Batch) -> tuple[str, str]:
        """The sources to run on a batch."""
        return self.whole if batch.reduction and self.whole else self.sources


OPTIONAL = ("distrax", "tensorflow_probability")
"""Packages that come with no framework; what needs one that is not installed is not offered."""


def offered(statement: Statement, framework: Framework) -> Rewrite | None:
    """A rewrite in the words of a framework; None if it has none for it, or they do not keep it."""
    if framework.name in statement.not_on:
        return None
    try:
        before, after = (
            written(formula, framework.dialect, statement.axis) for formula in (statement.before, statement.after)
        )
    except Unknown:
        return None
    if any(find_spec(package) is None for package in OPTIONAL if f"{package}." in before):
        return None
    if statement.reduction in ("", METRIC):
        return Rewrite(statement, (before, after))
    if "reduction='none'" not in before or "reduction='none'" not in after:
        return None
    told = f"reduction={statement.reduction!r}"
    whole = (before.replace("reduction='none'", told), after.replace("reduction='none'", told))
    return Rewrite(statement, (before, after), whole)


class Checker:
    """Checks statements on one framework after another.

    Attributes:
        failures: what could not be run and why, one line each.
        broken: the frameworks that are installed and did not answer to the end.
        versions: those of the frameworks that answered.
        progress: told the framework, how many cases it has answered, and of how many.
    """

    def __init__(
        self,
        modes: Sequence[str] | None = None,
        dtypes: Sequence[str] | None = None,
        climb: Sequence[float] = (),
    ) -> None:
        self.ladder = climb or ladder()
        self.modes = modes
        self.dtypes = dtypes
        self.patience = PATIENCE
        self.progress: Callable[[str, int, int], None] = lambda framework, done, of: None
        self.failures: list[str] = []
        self.broken: set[str] = set()
        self.versions: dict[str, str] = {}
        self._reference = Reference()
        self._paper: dict[str, str] = {}

    def check(self, statements: Sequence[Statement], framework: Framework) -> Iterator[Check]:
        """The outcomes of the statements that the framework has words for, a rewrite at a time."""
        own = [rewrite for one in statements if (rewrite := offered(one, framework))]
        return self.check_sources(own, framework)

    def check_sources(self, own: Sequence[Rewrite], framework: Framework) -> Iterator[Check]:
        """The outcomes of rewrites, each in every mode."""
        cases: list[Case] = []
        places: list[list[tuple[Case, int]]] = []
        for rewrite in own:
            places.append([])
            for name in framework.dtypes:
                if self.dtypes is None or name in self.dtypes:
                    for batch in batches(rewrite.statement, DTYPES[name], self.ladder):
                        if batch.samples:
                            case = Case(rewrite.on(batch), DTYPES[name], batch, rewrite.statement.differentiable)
                            places[-1].append((case, len(cases)))
                            cases.append(case)
        with Run(framework.name, cases, self.modes, self.patience) as run:
            answers: dict[tuple[int, str, int], Answer] = {}
            self._prepare(own, places)
            try:
                for answer in run.answers():
                    answers[answer.case, answer.mode, answer.side] = answer
                    self.progress(framework.name, answer.case + 1, len(cases))
            except Failed as failed:
                self.failures.append(str(failed))
                if not isinstance(failed, Missing):
                    self.broken.add(framework.name)
            if run.version:
                self.versions[framework.name] = run.version
            for rewrite, numbered in zip(own, places, strict=True):
                for mode in run.modes[:1] if rewrite.statement.reduction == METRIC else run.modes:
                    found = self._checked(rewrite.statement, framework, mode, numbered, answers)
                    yield dataclasses.replace(found, rewrite=rewrite)

    def _prepare(self, own: Sequence[Rewrite], places: Sequence[Sequence[tuple[Case, int]]]) -> None:
        """Compute the exact numbers while the framework is being imported."""
        for rewrite, numbered in zip(own, places, strict=True):
            if not self._on_paper(rewrite.statement):
                for case, _ in numbered:
                    for sample in case.batch.samples:
                        self._reference.at(rewrite.statement, case.batch, sample)

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
        curves: list[Curve] = []
        error = ""
        for case, number in cases:
            before, after = (answers.get((number, mode, side)) for side in (0, 1))
            if before is None or after is None:
                error = UNANSWERED
                continue
            if case.batch.is_spare and before.error:
                continue
            if after.error or (before.error and statement.kind is Kind.PRESERVING):
                error = f"{case.dtype.name}: {after.error or before.error}"
                continue
            found = self._points(statement, case, before, after)
            if case.batch.samples[0].z is not None:
                curves.append(Curve(case.dtype, *found))
            values.setdefault(case.dtype.name, []).extend(found[0])
            slopes.setdefault(case.dtype.name, []).extend(found[1])
        formats = {
            name: judge(statement.kind, demanded(statement, framework, DTYPES[name]), points, slopes[name])
            for name, points in values.items()
        }
        return Check(statement, framework.name, mode, formats, error, curves=tuple(curves))

    def _points(
        self, statement: Statement, case: Case, before: Answer, after: Answer
    ) -> tuple[list[Point], list[Point]]:
        """Values and slopes; a form that raises gives `nan`."""
        exact = [self._reference.at(statement, case.batch, sample) for sample in case.batch.samples]
        places = [(sample.z, _unit(statement, sample)) for sample in case.batch.samples]
        if case.batch.reduction:
            exact = [gathered(statement.exact, case.batch, exact)]
            places = [(None, max(1.0, sum(abs(number) for number in exact[0])))]
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
