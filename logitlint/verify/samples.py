"""Where a rewrite is evaluated: the ladder of logits, and random inputs."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .dtypes import DTYPES, Dtype
from .statement import METRIC, Domain, Line, Statement

Inputs = dict[str, list[float]]

RANDOM = 32
"""How many random samples a rewrite is run on."""


@dataclass(frozen=True)
class Sample:
    """One input of a rewrite; on a ladder with the logit `z` it is for, else random."""

    inputs: Inputs
    directions: Inputs
    z: float | None = None


@dataclass(frozen=True)
class Batch:
    """Samples of one shape that are evaluated together.

    Attributes:
        samples: the samples.
        output: the weights of the elements of a result.
        shape: the shape of one sample's logits.
        axis: the axis of the classes, counted with the batch; None where each sample is evaluated alone.
        reduction: `mean` or `sum` where the samples are put together.
        is_spare: whether the code's shapes may not allow it.
    """

    samples: tuple[Sample, ...]
    output: tuple[float, ...]
    shape: tuple[int, ...]
    axis: int | None = -1
    reduction: str = ""
    is_spare: bool = False

    @property
    def width(self) -> int:
        """The length of the second axis of a sample, 1 if it has none."""
        return self.shape[1] if len(self.shape) > 1 else 1


def ladder() -> list[float]:
    """Logits from 1e-4 to 1e3: eight a decade, all halves up to 24, all numbers up to 128, and where float64 ends.

    All are numbers of bfloat16 up to 256, so that every format reads the same ones.
    """
    half = DTYPES["bfloat16"]
    climbing = [half.rounded(10 ** (step / 8)) for step in range(-32, 25)]
    steps = [step / 2 for step in range(1, 49)] + [*range(25, 129)] + [*range(144, 1001, 32)] + [*range(700, 751)]
    return sorted({*climbing, *map(float, steps)})


def decades() -> list[float]:
    """Logits from 1e-4 to 1e3, eight a decade: enough to see where a form breaks."""
    return sorted({DTYPES["bfloat16"].rounded(10 ** (step / 8)) for step in range(-32, 25)})


def batches(statement: Statement, dtype: Dtype, ladder: Sequence[float]) -> list[Batch]:
    """The samples of a rewrite: those of its ladders, and random ones."""
    domain, found, axis = statement.domain, [], statement.axis
    ladder = ladder if axis is not None else ladder[::ALONE]
    if statement.reduction == METRIC:
        return [dataclasses.replace(_drawn(domain, dtype, axis), reduction=METRIC, output=(1.0,))]
    for line in domain.lines:
        climb = {dtype.rounded(sign * z): None for z in ladder for sign in (1, -1)}
        samples = tuple(on_line(line, z, dtype) for z in climb if line.low < z < line.high)
        found.append(Batch(samples, domain.output, (len(line.base["x"]),), axis))
    drawn = _drawn(domain, dtype, axis)
    found.append(drawn)
    if statement.reduction:
        found.append(dataclasses.replace(drawn, reduction=statement.reduction, output=(1.0,) * len(drawn.output)))
    if domain.has_rows and axis in (1, -1, 2, -2):
        shape = (3, 4) if axis in (1, -2) else (4, 3)
        rows = dataclasses.replace(domain, size=12, shape=shape)
        found.append(dataclasses.replace(_drawn(rows, dtype, axis), is_spare=True))
    return found


ALONE = 6
"""One rung in so many is climbed where each sample is evaluated alone."""


def on_line(line: Line, z: float, dtype: Dtype) -> Sample:
    """The sample of a line at a logit, rounded to a format."""
    moving = {
        name: [dtype.rounded(b + z * d) for b, d in zip(line.base[name], direction, strict=True)]
        for name, direction in line.direction.items()
    }
    fixed = {name: list(map(float, base)) for name, base in line.base.items() if name not in moving}
    return Sample({**fixed, **moving}, {name: list(map(float, d)) for name, d in line.direction.items()}, z)


def _drawn(domain: Domain, dtype: Dtype, axis: int | None) -> Batch:
    source, half = random.Random(0), DTYPES["bfloat16"]
    samples = []
    for number in range(RANDOM):
        drawn = DRAWS[domain.draw](source, domain.size)
        if domain.ignored is not None and number % 4 == 1:
            drawn["k"] = [float(domain.ignored)]
        inputs = {name: [dtype.rounded(half.rounded(one)) for one in numbers] for name, numbers in drawn.items()}
        letters = [name for name in inputs if name in "xy"]
        moving: Inputs = {name: [source.uniform(0.5, 1) for _ in inputs[name]] for name in letters}
        samples.append(Sample(inputs, moving))
    elements = (1 if len(domain.shape) < 2 else 4) if domain.reduces else domain.size
    return Batch(tuple(samples), weights(source, elements), domain.shape or (domain.size,), axis)


def weights(source: random.Random, size: int) -> tuple[float, ...]:
    """Different weights in random order, with a sum below 1, exact in every format."""
    total = size * (size + 1) // 2
    return tuple(number / 2 ** total.bit_length() for number in source.sample(range(1, size + 1), size))


def _logits(source: random.Random, size: int) -> list[float]:
    return [source.gauss(0, 2) for _ in range(size)]


def _distribution(source: random.Random, size: int) -> list[float]:
    """Eighths that add up to 1, exact in every format."""
    eighths = [0] * size
    for _ in range(8):
        eighths[source.randrange(size)] += 1
    return [number / 8 for number in eighths]


def _descending(source: random.Random, size: int) -> Inputs:
    y = _logits(source, size)
    return {"x": [number + source.uniform(0.5, 3) for number in y], "y": y}


DRAWS: Mapping[str, Callable[[random.Random, int], Inputs]] = {
    "logits": lambda source, size: {"x": _logits(source, size)},
    "negative": lambda source, size: {"x": [-source.uniform(0.2, 4) for _ in range(size)]},
    "positive": lambda source, size: {"x": [source.uniform(0.2, 4) for _ in range(size)]},
    "two": lambda source, size: {"x": _logits(source, size), "y": _logits(source, size)},
    "one of several": lambda source, size: {"x": _logits(source, 1), "y": _logits(source, size)},
    "descending": _descending,
    "binary": lambda source, size: {
        "x": _logits(source, size),
        "t": [source.randrange(5) / 4 for _ in range(size)],
    },
    "answers": lambda source, size: {"x": _logits(source, size), "t": [float(source.randrange(2))]},
    "classes": lambda source, size: {"x": _logits(source, size), "t": _distribution(source, size)},
    "index": lambda source, size: {"x": _logits(source, size), "k": [float(source.randrange(size))]},
}
"""How random inputs are drawn."""
