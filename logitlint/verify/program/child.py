"""The child process: runs one version of a program and leaves a record of it.

The job is a file of JSON: `script` (an absolute path), `arguments`, `root` (the copy of the project), `original` (where
it was copied from), `steps`, `seed`, `spans` (paths in the copy with their first and last line, of which the record
says whether they ran), and `record`, the folder for the record.
"""

from __future__ import annotations

import builtins
import json
import os
import random
import sys
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...files.source import read_source
from .hooks import hooks
from .instrument import PROBE, instrumented, watch_imports
from .reached import Reached
from .record import Enough, Record


def main() -> None:
    """Do the job whose file is the last argument, and end the process."""
    job = json.loads(Path(sys.argv[-1]).read_text("utf-8"))
    record = Record(job["steps"])
    script, root = Path(job["script"]), Path(job["root"])
    setattr(builtins, PROBE, record)
    random.seed(job["seed"])
    watch_imports(root, hooks(record, job["seed"]))
    sys.path[:] = [str(script.parent), *(copied(path, job["original"], job["root"]) for path in sys.path if path)]
    sys.argv = [str(script), *job["arguments"]]
    names = names_of_main(script)
    reached = Reached(job["spans"])
    try:
        with reached:
            for code in codes(script):
                exec(code, names)
    except Enough:
        pass
    except SystemExit as end:
        if end.code not in (None, 0):
            record.error = f"{os.path.relpath(script, root)} ends with exit status {end.code}"
    except BaseException as error:
        record.error = described(error, root)
    record.keep("", names)
    record.save(Path(job["record"]), {"files": [str(script), *loaded()], "reached": sorted(reached.numbers)})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # what the program left running is not waited for


def copied(path: str, original: str, root: str) -> str:
    """A folder of modules: inside the project, the one of the copy."""
    inside = path == original or path.startswith(original + os.sep)
    return root + path.removeprefix(original) if inside else path


def names_of_main(script: Path) -> dict[str, Any]:
    """The variables of a new main module; those of a notebook can show things and are no file."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    if script.suffix == ".ipynb":
        module.__dict__["display"] = lambda *shown: None
    else:
        module.__file__ = str(script)
    return module.__dict__


def codes(script: Path) -> Iterator[types.CodeType]:
    """The script, or the cells of a notebook."""
    source = read_source(script, str(script))
    for block in source.blocks:
        yield instrumented(block.text, str(script) if block.cell is None else f"{script}:cell {block.cell}")


def loaded() -> Iterator[str]:
    """The files of the modules that were imported."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield file


def described(error: BaseException, root: Path) -> str:
    """An error in one line, with the place in the program where it was raised."""
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(f"{root}{os.sep}")]
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{os.path.relpath(error.filename, root)}:{error.lineno}: "
        words = error.msg
    else:
        place = f"{os.path.relpath(frames[-1].filename, root)}:{frames[-1].lineno}: " if frames else ""
    return f"{place}{type(error).__name__}{': ' + words[:300] if words else ''}"
