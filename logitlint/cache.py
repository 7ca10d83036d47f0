"""Results kept between runs. A result is used again only if all that it depended on is still the same."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from . import __version__
from .files.folders import Folders
from .files.source import Source
from .finding import Result
from .fixes.surroundings import above, published_package, python_files
from .store import Checked, Grounds, Program

TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Results of earlier runs of logitlint. This folder may be deleted at any time.\n"
)
"""Tells backup programs to leave the folder out; https://bford.info/cachedir/ ."""

TEXTS = "texts.json"
"""The name of the file with what texts say."""


@dataclass(frozen=True)
class Entry:
    """What is kept of a program, or of a whole run.

    Attributes:
        key: a digest of what was given: the sources, the configuration, the version.
        grounds: what of the disk the result depends on.
        around: for each file of `grounds.around`, a digest of what lies around it.
        result: what came out.
    """

    key: str
    grounds: Grounds
    around: tuple[str, ...]
    result: Result


@dataclass(eq=False)
class Cache:
    """A folder of entries, one for each program and one for the run. Files of any other kind in it are ignored."""

    folder: Path
    folders: Folders
    _paths: dict[str, Path] = field(default_factory=dict)
    _places: dict[tuple[str, str], str] = field(default_factory=dict)
    _others: dict[tuple[Path, frozenset[Path]], str] = field(default_factory=dict)

    def get(self, program: Program) -> Checked | None:
        """What came out of a program, if nothing that it depends on has changed."""
        try:
            entry = msgspec.json.decode(self._file(program).read_bytes(), type=Entry)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return None
        grounds = entry.grounds
        same = (
            entry.key == self._key(program)
            and all(self.folders.disk.digest(Path(path)) == digest for path, digest in grounds.read)
            and all(self._place(folder, name) == found for folder, name, found in grounds.places)
            and self._around(program, grounds) == entry.around
            and all(finding.location.path in program.paths for finding in entry.result.findings)
        )
        return Checked(entry.result, grounds) if same else None

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program; where that is not possible, nothing is kept."""
        if checked.grounds is None:
            return
        entry = Entry(self._key(program), checked.grounds, self._around(program, checked.grounds), checked.result)
        with contextlib.suppress(UnicodeError):  # a path that is no text is not kept
            self.write(self._file(program), msgspec.json.encode(entry))

    def write(self, file: Path, content: bytes) -> None:
        """Write a file of the cache, all of it or nothing: another run may read or write it too."""
        with contextlib.suppress(OSError):
            import tempfile

            self._prepare()
            number, name = tempfile.mkstemp(dir=self.folder)
            try:
                with open(number, "wb") as opened:
                    opened.write(content)
                os.replace(name, file)
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
        premises, elsewhere = program.premises, sorted(map(str, program.elsewhere))
        return digest_of(
            [
                *(self.version(premises.catalogs), os.getcwd(), repr(premises), str(len(program.sources))),
                *(str(len(elsewhere)), *elsewhere),
                *(part for source in (*program.sources, *program.beside) for part in _identity(source)),
            ]
        )

    def version(self, catalogs: Iterable[str]) -> str:
        """A digest of what looks at the code: this version, Python's, and the catalogs of the user."""
        own = (self.folders.disk.digest(Path(path)) for path in catalogs)
        return digest_of([_this_version(), sys.version, *own])

    def _around(self, program: Program, grounds: Grounds) -> tuple[str, ...]:
        """Digests of what fixes ask about the files around some: those that are not looked at, and their package."""
        files = map(Path, grounds.around)
        return tuple(digest_of([published_package(file) or "", self._beside(file, program)]) for file in files)

    def _beside(self, file: Path, program: Program) -> str:
        """A digest of the files around one that are not looked at together with it."""
        key = above(file), program.elsewhere
        if key not in self._others:
            found: list[str] = []
            for other in python_files(key[0]):
                if other not in program.files or other in program.elsewhere:
                    with contextlib.suppress(OSError):
                        status = other.stat()
                        found += (str(other), str(status.st_mtime_ns), str(status.st_size))
            self._others[key] = digest_of(found)
        return self._others[key]

    def _place(self, folder: str, name: str) -> str:
        """What a name stands for in a folder; thousands are asked, in few folders."""
        key = folder, name
        if key not in self._places:
            if folder not in self._paths:
                self._paths[folder] = Path(folder)
            path = self._paths[folder]
            self._places[key] = str(self.folders.find(path, tuple(name.split("/")) if name else ()) or "")
        return self._places[key]


def _identity(source: Source) -> tuple[str, ...]:
    """What tells a source from any other."""
    texts = (source.digest,) if source.digest else tuple(f"{block.cell} {block.text}" for block in source.blocks)
    return (str(len(texts)), source.path, str(source.file), *texts)


@functools.cache
def _this_version() -> str:
    """The version of the package, and which files it is made of: those of a checkout change without it."""
    walk = os.walk(os.path.dirname(__file__))
    files = sorted(os.path.join(folder, name) for folder, _, names in walk for name in names)
    stats = [os.stat(file) for file in files if file.endswith((".py", ".toml"))]
    return digest_of([__version__, *(f"{stat.st_mtime_ns} {stat.st_size}" for stat in stats)])


def digest_of(parts: Iterable[str]) -> str:
    """One digest of several texts."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


def clean(folder: Path) -> int:
    """Delete the entries of a cache and its folder; how many entries there were.

    Raises:
        OSError: something cannot be deleted.
    """
    entries = [file for file in folder.glob("*.json") if file.name != TEXTS]
    for file in (*entries, folder / TEXTS, folder / ".gitignore", folder / "CACHEDIR.TAG"):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # something else lies in it
        folder.rmdir()
    return len(entries)
