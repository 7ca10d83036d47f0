"""Pages that are run: what stands below a block of code is what it printed.

* A Python block runs, all blocks of a page one after the other in one process; a text block directly below it is what
  it prints.
* A Python block that begins with a comment like `# exercise.py` is not run but written to a file of that name.
* A console block with `$ logitlint …` is that command and what it prints, beside these files.

A number counts as the same if it is within `NEAR` of the other, or of 1 if that is larger: machines round differently,
and training carries it on.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

NEAR = 0.1

BLOCK = re.compile(r"^```(python|text|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)")
FILE = re.compile(r"# (\w+\.py)\n")

RUN = """
import contextlib, io, json, sys
sys.modules["tensorflow"] = None  # Keras imports it wherever it is installed, on any backend
names = {"__name__": "__main__"}
printed = []
for source in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(source, names)
    printed.append(output.getvalue())
print("\\n" + json.dumps(printed))
"""

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONUTF8": "1", "JAX_PLATFORMS": "cpu"}


def run(page: str) -> str:
    """A page with what its blocks print now.

    Raises:
        RuntimeError: a block raises.
    """
    blocks = list(BLOCK.finditer(page))
    files = {match[1]: block[2] for block in blocks if block[1] == "python" and (match := FILE.match(block[2]))}
    codes = [block[2] for block in blocks if block[1] == "python" and block[2] not in files.values()]
    with tempfile.TemporaryDirectory() as folder:
        for name, code in files.items():
            (Path(folder) / name).write_text(code, "utf-8")
        printed = iter(_printed(codes, folder))
        return "".join(_pieces(page, blocks, printed, files, folder))


def _pieces(
    page: str, blocks: list[re.Match[str]], printed: Iterator[str], files: dict[str, str], folder: str
) -> Iterator[str]:
    """The page again, piece by piece."""
    end = 0
    output = None
    for block in blocks:
        between = page[end : block.start()]
        yield between
        kind, text = block[1], block[2]
        if kind == "console" and text.startswith("$ logitlint "):
            text = _command(text.splitlines()[0], folder)
        elif kind == "text" and output is not None and not between.strip():
            text = output
        output = next(printed) if kind == "python" and text not in files.values() else None
        yield f"```{kind}\n{text}```"
        end = block.end()
    yield page[end:]


def _printed(codes: list[str], folder: str) -> list[str]:
    """What blocks of Python print, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=folder,
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        env={**os.environ, **QUIET},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a block of the page does not run:\n{done.stderr}")
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _command(line: str, folder: str) -> str:
    """A command of logitlint and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "logitlint", *line.split()[2:]],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **QUIET},
        check=False,
    )
    return f"{line}\n{done.stdout.rstrip()}\n"


def alike(old: str, new: str) -> bool:
    """Whether two pages say the same, but for rounding."""
    if NUMBER.sub("#", old).split() != NUMBER.sub("#", new).split():
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(a == b or abs(float(a) - float(b)) <= NEAR * max(1, abs(float(b))) for a, b in pairs)
