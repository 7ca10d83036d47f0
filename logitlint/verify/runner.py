"""Running cases on a framework in a child process, with limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .dtypes import Dtype
from .samples import Batch
from .statement import METRIC

PATIENCE = 120.0
"""Seconds without an answer after which a framework is given up."""

MEMORY = 8 << 30
"""Bytes that a framework may allocate."""

CHILD = (
    "import sys; found = [path.endswith('-packages') for path in sys.path]; "
    "sys.path.insert(found.index(True) if True in found else len(found), {root!r}); "
    "from logitlint.verify.child import main; main()"
)
"""What the child runs: neither the working directory nor PYTHONPATH is searched for modules."""

ROOT = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Case:
    """A rewrite on one batch of samples in one format."""

    sources: tuple[str, ...]
    dtype: Dtype
    batch: Batch
    differentiable: bool = True

    def job(self, number: int) -> dict[str, Any]:
        """What the child is told."""
        samples = self.batch.samples
        names = samples[0].directions if self.differentiable else ()
        return {
            "id": number,
            "sources": self.sources,
            "dtype": self.dtype.name,
            "inputs": {name: [sample.inputs[name] for sample in samples] for name in samples[0].inputs},
            "directions": {name: [sample.directions[name] for sample in samples] for name in names},
            "output": self.batch.output,
            "shape": self.batch.shape,
            "axis": self.batch.axis,
            "reduction": self.batch.reduction,
        }


def together(cases: Sequence[Case]) -> list[list[int]]:
    """The cases by number, those together that are evaluated at once: of one form, format and shape."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, case in enumerate(cases):
        batch, sample = case.batch, case.batch.samples[0]
        alone = number if batch.reduction else None
        names = (*sorted(sample.inputs), "", *sample.directions)
        key = (case.sources, case.dtype.name, batch.shape, batch.axis, len(batch.output), names, alone)
        groups.setdefault(key, []).append(number)
    return list(groups.values())


@dataclass(frozen=True)
class Answer:
    """What one source of a case gave: its values and slopes for each sample, or why there are none."""

    case: int
    mode: str
    side: int
    values: list[float] = field(default_factory=list)
    slopes: list[float] | None = None
    error: str = ""


class Failed(Exception):
    """A framework is missing, stopped, or did not answer; what came before counts."""


class Missing(Failed):
    """A framework is not installed."""


class Run:
    """A framework at work on cases, in a process that ends with the `with` block.

    Attributes:
        version: the framework's, once the first answer is there.
        modes: the ways to run that are tried.
    """

    def __init__(
        self,
        framework: str,
        cases: Sequence[Case],
        modes: Sequence[str] | None = None,
        patience: float = PATIENCE,
        memory: int = MEMORY,
    ) -> None:
        self.framework = framework
        self.version = ""
        self.modes: tuple[str, ...] = ()
        self._patience = patience
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._folder = tempfile.TemporaryDirectory(prefix="logitlint-verify-")
        self._cases = cases
        job = Path(self._folder.name) / "job.json"
        self._groups = together(cases)
        jobs = [[cases[number].job(number) for number in group] for group in self._groups]
        described = {"framework": framework, "modes": modes, "memory": memory, "groups": jobs}
        job.write_text(json.dumps(described), "utf-8")
        self._errors = (Path(self._folder.name) / "errors.txt").open("w+", encoding="utf-8", errors="replace")
        environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", CHILD.format(root=ROOT), str(job)],
            cwd=self._folder.name,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def answers(self) -> Iterator[Answer]:
        """The answers as they come.

        Raises:
            Missing: the framework is not installed.
        Failed: it ended early, or was silent for too long.
        """
        first = self._next("its import")
        if first is None:
            raise Failed(self._end("its import"))
        if "failed" in first:
            kind = Missing if first["missing"] else Failed
            raise kind(f"{self.framework}: {first['failed']}")
        self.version, self.modes = first["version"], tuple(first["modes"])
        places = self._places()
        place = next(places, "its end")
        while (answer := self._next(place)) is not None:
            yield Answer(
                answer["id"],
                answer["mode"],
                answer["side"],
                answer.get("values", []),
                answer.get("slopes"),
                answer.get("error", ""),
            )
            place = next(places, "its end")
        if self._process.wait() != 0:
            raise Failed(self._end(place))

    def _places(self) -> Iterator[str]:
        """What is evaluated, in the order of the answers."""
        for group in self._groups:
            case = self._cases[group[0]]
            for mode in self.modes[:1] if case.batch.reduction == METRIC else self.modes:
                for source in case.sources:
                    yield from [f"{source} ({mode}, {case.dtype.name})"] * len(group)

    def _next(self, place: str) -> dict[str, Any] | None:
        try:
            line = self._lines.get(timeout=self._patience)
        except queue.Empty:
            raise Failed(f"{self.framework}: no answer within {self._patience:g} s at {place}") from None
        return None if line is None else json.loads(line)

    def _end(self, place: str) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        said = [line.strip() for line in self._errors.read().splitlines() if line.strip()]
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"{self.framework}: stopped at {place} with {how}{': ' + said[-1][:200] if said else ''}"

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)
