"""The least that a linter on libcst does: read the files of FOLDER, parse those that NAMES lists, in some PROCESSES."""

import contextlib
import gc
import sys
from multiprocessing import get_context
from pathlib import Path

import libcst


def parse(file: str) -> None:
    """Parse a file, if that is possible."""
    with contextlib.suppress(libcst.ParserSyntaxError, UnicodeDecodeError):
        libcst.parse_module(Path(file).read_bytes())


def main() -> None:
    """Read, then parse; large files first, so that all processes end at about the same time."""
    folder, names, processes = sys.argv[1:]
    gc.disable()
    for file in Path(folder).rglob("*.py"):
        file.read_bytes()
    wanted = Path(names).read_text("utf-8").splitlines()
    wanted.sort(key=lambda name: Path(name).stat().st_size, reverse=True)
    if processes == "1":
        for name in wanted:
            parse(name)
    else:
        with get_context("fork").Pool(int(processes)) as pool:
            pool.map(parse, wanted, chunksize=1)


if __name__ == "__main__":
    main()
