"""The child process: reads a job, evaluates each case on one framework, and writes one line of JSON for each result.

The job is a file of JSON: `framework`, `modes` (None for the usual ones), `memory` in bytes, and `groups` of cases that
differ in their samples only. A case has an
`id`, `sources`, a `dtype`, `inputs` and `directions` (by name, one row for each sample), `output` (the weights of the
elements), `shape` (of one sample's logits), the `axis` of the classes and the `reduction` of the samples. The first
line of the answer names the version and the modes.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from .engines import ENGINES, Engine, Function

Json = dict[str, Any]


def main() -> None:
    """Do the job whose file is the last argument."""
    with open(sys.argv[-1], encoding="utf-8") as file:
        job = json.load(file)
    limit_memory(job["memory"])
    os.environ.update(QUIET)
    if job["framework"].startswith("keras-"):
        os.environ["KERAS_BACKEND"] = job["framework"].removeprefix("keras-")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    try:
        engine = ENGINES[job["framework"]]()
    except ModuleNotFoundError as error:
        write(answers, {"failed": f"not installed (no module {error.name})", "missing": True})
        return
    except ImportError as error:
        write(answers, {"failed": f"cannot be imported: {first_line(error)}", "missing": False})
        return
    modes = [mode for mode in engine.modes() if mode in (job["modes"] or set(engine.modes()) - ON_REQUEST)]
    write(answers, {"version": version(job["framework"]), "modes": modes})
    for group in job["groups"]:
        for mode in modes[:1] if group[0]["reduction"] == "metric" else modes:
            for answer in evaluated(engine, group, mode):
                write(answers, answer)


ON_REQUEST = frozenset({"compile"})
"""Modes that take seconds for each rewrite."""

QUIET = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""Verification runs on the CPU, where every number can be had again."""


def limit_memory(size: int) -> None:
    """Let allocations fail beyond this many bytes, where the system can do that."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def write(answers: TextIO, answer: Json) -> None:
    """One line, at once."""
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def version(framework: str) -> str:
    """The version of the framework; with the backend's for Keras."""
    names = framework.split("-") if "-" in framework else [framework]
    names = ["numpy", "scipy"] if framework == "numpy" else names
    return ", ".join(f"{name} {importlib.import_module(name).__version__}" for name in names)


def evaluated(engine: Engine, cases: Sequence[Json], mode: str) -> Iterator[Json]:
    """Values and slopes of each source for each case of a group, or the error that it raises."""
    first = cases[0]
    joined = {name: [row for case in cases for row in case["inputs"][name]] for name in first["inputs"]}
    numbers = {
        name: list(map(scalar, rows)) if name == "k" else arranged(rows, first["shape"], first["axis"])
        for name, rows in joined.items()
    }
    inputs = {name: engine.array(rows, "int64" if name == "k" else first["dtype"]) for name, rows in numbers.items()}
    for side, source in enumerate(first["sources"]):
        try:
            function = on_samples(engine, function_of(source), first["axis"], len(joined["x"]))
            results = along(engine, function, inputs, cases, mode)
        except Exception as error:
            text = f"{type(error).__name__}: {first_line(error)}"
            for case in cases:
                yield {"id": case["id"], "mode": mode, "side": side, "error": text}
        else:
            for case, (values, slopes) in zip(cases, results, strict=True):
                yield {"id": case["id"], "mode": mode, "side": side, "values": values, "slopes": slopes}


def along(
    engine: Engine, function: Function, inputs: Mapping[str, Any], cases: Sequence[Json], mode: str
) -> list[tuple[list[float], list[float] | None]]:
    """For each case the weighted elements of its samples, and their derivatives along its directions."""
    first = cases[0]
    directions = {name: [row for case in cases for row in case["directions"][name]] for name in first["directions"]}
    weights = [case["output"] for case in cases for _ in case["inputs"]["x"]]
    count, is_whole = len(weights), bool(first["reduction"])
    if is_whole:
        weights = [[1.0]]
    mode = "eager" if first["reduction"] == "metric" else mode  # metrics keep what they have seen
    flat, gradients = engine.run(function, inputs, list(directions), weights, mode)
    if flat.shape[1] != len(weights[0]):
        raise ValueError(f"{flat.shape[1]} elements for a sample, not {len(weights[0])}")
    values = [dot(row, weight) for row, weight in zip(flat.tolist(), weights, strict=True)]
    slopes: list[float] | None = [0.0] * count if gradients else None
    for name, gradient in zip(directions, gradients, strict=False):
        rows = (gradient.T if first["axis"] == 0 else gradient).reshape(count, -1).tolist()
        slopes = [s + dot(row, d) for s, row, d in zip(slopes or [], rows, directions[name], strict=True)]
    if is_whole:
        return [(values, None if slopes is None else [sum(slopes)])]
    ends = list(itertools.accumulate(len(case["inputs"]["x"]) for case in cases))
    parts = [slice(end - len(case["inputs"]["x"]), end) for end, case in zip(ends, cases, strict=True)]
    return [(values[part], None if slopes is None else slopes[part]) for part in parts]


def on_samples(engine: Engine, function: Function, axis: int | None, count: int) -> Function:
    """A function of inputs that are arranged for an axis, whose result has the samples first."""
    if axis is None:
        return lambda inputs: engine.stacked(
            [function({name: value[number] for name, value in inputs.items()}) for number in range(count)]
        )
    if axis == 0:
        return lambda inputs: turned_back(engine, function(inputs))
    return function


def turned_back(engine: Engine, result: Any) -> Any:
    """A result with the samples first; one number for each sample has no other axis."""
    return engine.turned(result) if len(result.shape) > 1 else result


def dot(numbers: Iterable[float], weights: Iterable[float]) -> float:
    """The sum of products; what has no weight is not looked at, whatever it is."""
    return sum(number * weight for number, weight in zip(numbers, weights, strict=True) if weight)


def scalar(row: list[float]) -> int:
    """A class index."""
    return int(row[0])


def arranged(rows: list[Any], shape: list[int], axis: int | None) -> list[Any]:
    """Samples as nested lists, with their classes along an axis that is counted with the samples."""
    if len(shape) > 1:
        width = shape[1]
        return [[row[start : start + width] for start in range(0, len(row), width)] for row in rows]
    if axis == 0:
        return [list(column) for column in zip(*rows, strict=True)]
    if axis is not None and axis > 1:
        return [nested(row, axis - 1) for row in rows]
    if axis is not None and axis < -1:
        return [[nested(number, -axis - 1) for number in row] for row in rows]
    return rows


def nested(item: Any, depth: int) -> Any:
    """Something in so many lists."""
    for _ in range(depth):
        item = [item]
    return item


def function_of(source: str) -> Function:
    """An expression of framework calls as a function of its inputs."""
    tree = ast.parse(source, mode="eval")
    names = {root: importlib.import_module(root) for root in modules(tree)}
    code = compile(tree, "<rewrite>", "eval")
    if any(isinstance(node, ast.Name) and node.id.startswith("_") for node in ast.walk(tree)):
        raise ValueError("a private name")
    builtins = {"__import__": __import__}  # frameworks import parts of themselves when they are first used
    return lambda inputs: eval(code, {"__builtins__": builtins, **names, **inputs})


def modules(tree: ast.AST) -> Iterator[str]:
    """The packages that an expression names, with the submodules that it reaches through imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            path = ast.unparse(node)
            root = path.split(".")[0]
            if root in PACKAGES:
                yield root
                load(path.rpartition(".")[0])


PACKAGES = frozenset(
    {"torch", "tensorflow", "tensorflow_probability", "keras", "jax", "optax", "distrax", "numpy", "scipy"}
)


def load(path: str) -> None:
    """Import the longest part of a dotted path that is a module."""
    while "." in path:
        try:
            importlib.import_module(path)
        except ImportError:
            path = path.rpartition(".")[0]
        else:
            return


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")[:200]
