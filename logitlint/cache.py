"""Results kept between runs. A result is used again only if all that it depended on is still the same."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from . import __version__
from .check import Checked, Program
from .finding import Result
from .fixes.surroundings import above, published_package, python_files
from .flow.project import Project

TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Results of earlier runs of logitlint. This folder may be deleted at any time.\n"
)
"""Tells backup programs to leave the folder out; https://bford.info/cachedir/ ."""


@dataclass(frozen=True)
class Entry:
    """What is kept of a program.

    Attributes:
        key: a digest of what was given: the sources, the configuration, the version.
        read: the digests of other files that were read, by path; empty where one could not be read.
        places: folder, dotted name, and the file that the name stood for there; empty where it was none.
        around: digests of what lies around files, by path.
        result: what came out.
    """

    key: str
    read: dict[str, str]
    places: list[tuple[str, str, str]]
    around: dict[str, str]
    result: Result


@dataclass(eq=False)
class Cache:
    """A folder of entries, one for each program. Files of any other kind in it are ignored."""

    folder: Path
    project: Project
    _digests: dict[str, str] = field(default_factory=dict)

    def get(self, program: Program) -> Result | None:
        """The result of a program, if nothing that it depends on has changed."""
        try:
            entry = msgspec.json.decode(self._file(program).read_bytes(), type=Entry)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return None
        same = (
            entry.key == self._key(program)
            and all(self._digest(path) == digest for path, digest in entry.read.items())
            and all(self._place(folder, name) == found for folder, name, found in entry.places)
            and all(around(Path(file), program) == digest for file, digest in entry.around.items())
            and all(finding.location.path in program.paths for finding in entry.result.findings)
        )
        return entry.result if same else None

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program; where that is not possible, nothing is kept."""
        entry = Entry(
            self._key(program),
            {path: self._digest(path) for path in checked.read},
            list(checked.places),
            {file: around(Path(file), program) for file in checked.around},
            checked.result,
        )
        with contextlib.suppress(OSError, UnicodeError):  # a path that is no text is not kept
            content = msgspec.json.encode(entry)
            self._prepare()
            number, name = tempfile.mkstemp(dir=self.folder)
            try:
                with open(number, "wb") as file:
                    file.write(content)
                os.replace(name, self._file(program))
            except OSError:
                os.unlink(name)

    def _prepare(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            (self.folder / ".gitignore").write_text("*\n")
            (self.folder / "CACHEDIR.TAG").write_text(TAG)

    def _file(self, program: Program) -> Path:
        """Where a program's entry is: its next version takes the same place."""
        return self.folder / f"{digest_of(source.path for source in program.sources)}.json"

    def _key(self, program: Program) -> str:
        given = [
            (source.path, str(source.file), *(f"{block.cell} {block.text}" for block in source.blocks))
            for source in (*program.sources, *program.beside)
        ]
        premises = program.premises
        return digest_of(
            [
                *(_this_version(), sys.version, os.getcwd(), repr(premises), str(len(program.sources))),
                *(self._digest(path) for path in premises.catalogs),
                *(part for source in given for part in (str(len(source)), *source)),
            ]
        )

    def _digest(self, path: str) -> str:
        """The digest of a file that was read from the disk."""
        if path not in self._digests:
            try:
                self._digests[path] = hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
            except OSError:
                self._digests[path] = ""
        return self._digests[path]

    def _place(self, folder: str, name: str) -> str:
        return str(self.project.below(Path(folder), tuple(name.split(".") if name else ())) or "")


@functools.cache
def _this_version() -> str:
    """The version of the package, and which files it is made of: those of a checkout change without it."""
    package = Path(__file__).parent
    files = sorted(file for kind in ("*.py", "*.toml") for file in package.rglob(kind))
    stats = [file.stat() for file in files]
    return digest_of([__version__, *(f"{stat.st_mtime_ns} {stat.st_size}" for stat in stats)])


def digest_of(parts: Iterable[str]) -> str:
    """One digest of several texts."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


def around(file: Path, program: Program) -> str:
    """A digest of what fixes ask about the files around one: those that are not looked at, and its package."""
    parts = [published_package(file) or ""]
    for other in python_files(above(file)):
        if other not in program.files or other in program.elsewhere:
            with contextlib.suppress(OSError):
                status = other.stat()
                parts += (str(other), str(status.st_mtime_ns), str(status.st_size))
    return digest_of(parts)


def clean(folder: Path) -> int:
    """Delete the entries of a cache and its folder; how many entries there were.

    Raises:
        OSError: something cannot be deleted.
    """
    entries = list(folder.glob("*.json"))
    for file in (*entries, folder / ".gitignore", folder / "CACHEDIR.TAG"):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # something else lies in it
        folder.rmdir()
    return len(entries)
