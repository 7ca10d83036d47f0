"""Running programs on their framework in a process of their own.

`python fixing.py PROGRAM...` runs programs one after the other and prints what became of them as JSON.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.special import expit, log_softmax

RUN_FIRST = "main.py"
"""The file of a program in several files that is run."""


def source_of(program: Path) -> str:
    """The text that runs: a script, the entry of a folder, the cells of a notebook."""
    if program.suffix == ".ipynb":
        cells = json.loads(program.read_text("utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return entry(program).read_text("utf-8")


def entry(program: Path) -> Path:
    """The file that is run."""
    return program / RUN_FIRST if program.is_dir() else program


def opening(program: Path) -> str:
    """What a program says about itself: its docstring, or the first cell of a notebook."""
    if program.suffix == ".ipynb":
        return "".join(json.loads(program.read_text("utf-8"))["cells"][0]["source"])
    return ast.get_docstring(ast.parse(source_of(program))) or ""


def run_programs(programs: Iterable[Path]) -> dict[Path, dict]:
    """What programs print, what they raise, and which of their claims hold, all in one process."""
    done = subprocess.run(
        [sys.executable, __file__, *map(str, programs)],
        capture_output=True,
        timeout=300,
        env={**os.environ, "PYTHONUTF8": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return {Path(path): outcome for path, outcome in json.loads(done.stdout).items()}


def array(value) -> np.ndarray:
    """A tensor of any framework in float64."""
    detached = value.detach() if hasattr(value, "detach") else value
    return np.asarray(detached, dtype=np.float64)


def binary_cross_entropy(logits, labels) -> float:
    """The mean of -(y log p + (1 - y) log(1 - p)) for p = sigmoid(z), in float64."""
    z, y = array(logits), array(labels)
    return float(np.mean(np.logaddexp(0, z) - z * y))


def cross_entropy(logits, classes) -> float:
    """The mean of -log softmax(z)[class] along the last axis, in float64."""
    z, k = array(logits), array(classes).astype(int)
    return float(-np.mean(np.take_along_axis(log_softmax(z, axis=-1), k[..., None], axis=-1)))


def softmax(logits) -> np.ndarray:
    """Probabilities along the last axis, in float64."""
    return np.exp(log_softmax(array(logits), axis=-1))


def sigmoid(logits) -> np.ndarray:
    """Probabilities, in float64."""
    return expit(array(logits))


def close(one, other) -> bool:
    """Whether two results agree within what float32 can tell."""
    return array(one).shape == array(other).shape and np.allclose(array(one), array(other), rtol=1e-4, atol=1e-5)


TEXTBOOK = {f.__name__: f for f in (array, binary_cross_entropy, close, cross_entropy, softmax, sigmoid)}


def _run(program: Path) -> dict:
    """Run one program, with the names of the textbook at hand for its claims."""
    names: dict[str, object] = {"__name__": "__main__", "__file__": str(entry(program))}
    before, output = set(sys.modules), io.StringIO()
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()  # the names that layers and metrics get by themselves
    os.chdir(entry(program).parent)
    sys.path.insert(0, str(entry(program).parent))
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(source_of(program), str(entry(program)), "exec"), names)
        claims = {claim: bool(eval(claim, {**names, **TEXTBOOK})) for claim in claims_of(opening(program))}
    except Exception:
        return {"output": output.getvalue(), "error": traceback.format_exc(), "claims": {}}
    finally:
        sys.path.pop(0)
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == entry(program).parent:
                del sys.modules[name]
    return {"output": output.getvalue(), "error": None, "claims": claims}


def claims_of(words: str) -> list[str]:
    """The expressions that a program says to hold once it is fixed: the lines `- expression`."""
    return [line.removeprefix("- ") for line in words.splitlines() if line.startswith("- ")]


if __name__ == "__main__":
    print(json.dumps({program: _run(Path(program)) for program in sys.argv[1:]}))
