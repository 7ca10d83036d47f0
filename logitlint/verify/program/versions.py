"""A program copied, fixed and run: each version in a fresh copy of the project, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .reached import Span

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES, MOST_FILES = 4 << 30, 200_000
"""The largest project that is copied."""

LEFT_OUT = frozenset(
    {".git", ".hg", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".svn", "__pycache__", "node_modules"}
)
"""Folders that no program reads; virtual environments are left out too."""

ROOT = str(Path(__file__).resolve().parents[3])

CHILD = """\
import sys
sys.path.insert(0, {root!r})
from logitlint.verify.program.child import main
sys.path.remove({root!r})
main()
"""
"""What the child runs: this logitlint, and afterwards the modules that the program would find."""


class Failed(Exception):
    """A program cannot be copied, or does not run to its end; the message says why in one line."""


@dataclass(frozen=True)
class Program:
    """A program to be run.

    Attributes:
        root: the project's folder, which is copied.
        script: the script or notebook, relative to it.
        arguments: what it is given on its command line.
        steps: after how many steps its training loops end.
        seed: where random numbers begin.
        timeout: seconds for one run.
    """

    root: Path
    script: Path
    arguments: tuple[str, ...] = ()
    steps: int = 10
    seed: int = 0
    timeout: float = 600.0


@dataclass(frozen=True)
class Outcome:
    """What one run left.

    Attributes:
        curves: numbers by what they are, one for each step.
        start: the weights before the first step.
        variables: the arrays in each variable, by function and name.
        printed: the lines on standard output.
        foreign: files of the original project that were loaded in place of the copy's, relative to it.
        shortened: whether a training loop was ended.
        cut: whether the program was ended in one.
        reached: the spans that ran, by their places in the list.
    """

    curves: Mapping[str, list[float]]
    start: list[np.ndarray]
    variables: Mapping[str, list[np.ndarray]]
    printed: list[str]
    foreign: frozenset[str] = frozenset()
    shortened: bool = False
    cut: bool = False
    reached: frozenset[int] = frozenset()


@dataclass
class Workshop:
    """A temporary folder in which the versions of a program are run one after the other, all at the same path."""

    program: Program
    folder: Path = field(default_factory=lambda: Path(os.path.realpath(tempfile.mkdtemp(prefix="logitlint-program-"))))

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, changed: Mapping[str, bytes], spans: Sequence[Span] = ()) -> Outcome:
        """Run the program with other content in some files, by their path relative to the project.

        The outcome says which spans ran; their paths are relative to the project, too.

        Raises:
            Failed: a file cannot be copied, the program stops early or does not end in time.
        """
        copy, record = self.folder / "project" / self.program.root.name, self.folder / "record"
        for old in (copy.parent, record):
            shutil.rmtree(old, ignore_errors=True)
        record.mkdir()
        copy.parent.mkdir()
        copied(self.program.root, copy)
        for path, data in changed.items():
            (copy / path).unlink()
            (copy / path).write_bytes(data)
        self._run(copy, record, spans)
        return self._outcome(record)

    def _run(self, copy: Path, record: Path, spans: Sequence[Span]) -> None:
        program = self.program
        job = record / "job.json"
        described = {
            "script": str(copy / program.script),
            "arguments": program.arguments,
            "root": str(copy),
            "original": str(program.root),
            "steps": program.steps,
            "seed": program.seed,
            "spans": [(str(copy / path), first, last) for path, first, last in spans],
            "record": str(record),
        }
        job.write_text(json.dumps(described), "utf-8")
        with (record / "stdout").open("wb") as stdout, (record / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-c", CHILD.format(root=ROOT), str(job)],
                cwd=copy,
                env={**os.environ, **environment(program.seed)},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                status = process.wait(program.timeout)
            except subprocess.TimeoutExpired:
                raise Failed(f"{program.script} does not end within {program.timeout:g} s") from None
            finally:
                end(process)
        if not (record / "record.json").exists():
            said = (record / "stderr").read_text("utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(said) if line.strip()), "")
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            raise Failed(f"{program.script} stops with {how}{': ' + last[:300] if last else ''}")

    def _outcome(self, record: Path) -> Outcome:
        import numpy as np

        found: dict[str, Any] = json.loads((record / "record.json").read_text("utf-8"))
        if found["error"]:
            raise Failed(found["error"])
        start: list[np.ndarray] = []
        variables: dict[str, list[np.ndarray]] = {}
        with np.load(record / "arrays.npz") as arrays:
            for place, name in enumerate(found["arrays"]):
                kind, _, variable = name.partition(" ")
                (start if kind == "start" else variables.setdefault(variable, [])).append(arrays[str(place)])
        return Outcome(
            found["curves"],
            start,
            variables,
            (record / "stdout").read_text("utf-8", errors="replace").splitlines(),
            below(self.program.root, found["files"]),
            found["shortened"],
            found["cut"],
            frozenset(found["reached"]),
        )


def environment(seed: int) -> dict[str, str]:
    """What makes frameworks repeat themselves and windows stay closed."""
    return {
        "PYTHONHASHSEED": str(seed % 2**32),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
    }


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def below(root: Path, files: list[str]) -> frozenset[str]:
    """Those of some files that lie below a folder, relative to it."""
    prefix = f"{root}{os.sep}"
    return frozenset(Path(file.removeprefix(prefix)).as_posix() for file in files if file.startswith(prefix))


def require_copyable(root: Path) -> None:
    """Check that a project is not too large to be copied several times.

    Raises:
        Failed: it is, or a folder in it cannot be read.
    """
    size = 0
    try:
        for number, entry in enumerate(entries(root)):
            size += entry.stat(follow_symlinks=False).st_size
            if size > MOST_BYTES or number >= MOST_FILES:
                limits = f"{MOST_BYTES >> 30} GB or {MOST_FILES:,} files"
                raise Failed(f"{root} holds more than {limits}: run this in the folder of the project alone")
    except OSError as error:
        raise Failed(f"{error.filename} cannot be copied: {error.strerror or error}") from None


def copied(root: Path, target: Path) -> None:
    """Copy a project without what no program reads; links that lead out of it still lead there.

    Raises:
        Failed: a file cannot be copied.
    """
    for entry in entries(root):
        place = target / os.path.relpath(entry.path, root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.is_symlink():
            leads = os.path.realpath(entry.path)
            place.symlink_to(target / os.path.relpath(leads, root) if leads.startswith(f"{root}{os.sep}") else leads)
            continue
        try:
            shutil.copy2(entry.path, place)
        except OSError as error:
            raise Failed(f"{entry.path} cannot be copied: {error.strerror or error}") from None


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The files and links below a folder that are copied."""
    for entry in os.scandir(folder):
        if entry.is_symlink() or entry.is_file():
            yield entry
        elif entry.is_dir() and entry.name not in LEFT_OUT and not os.path.exists(f"{entry.path}/pyvenv.cfg"):
            yield from entries(Path(entry.path))
