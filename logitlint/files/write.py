"""Writing files back: each is its old or its new self at every moment, whatever ends the process."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .document import Change, Document, Unwritable, document
from .source import Source

_PREFIX, _SUFFIX = ".logitlint-", ".tmp"
_TEMPORARY = re.compile(re.escape(_PREFIX) + r"\w+" + re.escape(_SUFFIX))


@dataclass(frozen=True)
class Original:
    """A file as it was read: `target` is where its content really is, behind any links."""

    target: Path
    data: bytes
    status: os.stat_result

    def require_writable(self) -> None:
        """Check that it may be replaced.

        Raises:
            Unwritable: it or its folder is read-only.
        """
        folder = self.target.parent
        for path, mode, words in (
            (self.target, self.status.st_mode, "is read-only"),
            (folder, folder.stat().st_mode, "is in a read-only folder"),
        ):
            if not mode & 0o222 or not os.access(path, os.W_OK):
                raise Unwritable(words)


def read_original(file: Path) -> Original:
    """Read a file that may be replaced later.

    Raises:
        Unwritable: it cannot be read.
    """
    target = Path(os.path.realpath(file))
    try:
        status = target.stat()
        return Original(target, target.read_bytes(), status)
    except OSError as error:
        raise Unwritable(f"cannot be read: {error.strerror or error}") from None


class Disk:
    """Files that are opened to be changed, and written back."""

    def __init__(self) -> None:
        self._originals: dict[str, Original] = {}

    def read(self, source: Source) -> Document:
        """The whole content of a file.

        Raises:
            Unwritable: it changed since it was analysed.
        """
        original = self._originals[source.path] = read_original(Path(source.path))
        return document(source, original.data)

    def open(self, source: Source) -> Document:
        """The whole content of a file that shall be written.

        Raises:
            Unwritable: it changed since it was analysed, or must not be written.
        """
        content = self.read(source)
        self._originals[source.path].require_writable()
        return content

    def write(self, changes: Iterable[Sequence[Change]]) -> dict[str, str]:
        """Write the changes that belong together, all or none; the files that could not be written, and why."""
        unwritten: dict[str, str] = {}
        for together in changes:
            paths = [change.after.source.path for change in together]
            new = [(self._originals[path], change.after.data) for path, change in zip(paths, together, strict=True)]
            try:
                write_together(new)
            except Unwritable as refusal:
                unwritten |= dict.fromkeys(paths, refusal.reason)
        return unwritten


class Stream:
    """Standard input, which is changed on its way to standard output."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, source: Source) -> Document:
        """The whole input."""
        return document(source, self._data)

    open = read

    def write(self, changes: Iterable[Sequence[Change]]) -> dict[str, str]:
        """Write the input, as it was or changed."""
        data = next((change.after.data for together in changes for change in together), self._data)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return {}


def write_together(changes: Iterable[tuple[Original, bytes]]) -> None:
    """Replace the content of files, of all or of none; permissions stay.

    Every new content is on disk next to its file before the first file is replaced. Only a killed process can leave
    some files replaced and others not, and none is ever half written.

    Raises:
        Unwritable: one of them changed since it was read, or could not be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            staged = [(original, stack.enter_context(_staged(original, data))) for original, data in changes]
            for original, _ in staged:
                _require_unchanged(original)
            for done, (original, temporary) in enumerate(staged):
                try:
                    os.replace(temporary, original.target)
                except OSError:
                    for earlier, _ in staged[:done]:
                        with _staged(earlier, earlier.data) as old:
                            os.replace(old, earlier.target)
                    raise
        except OSError as error:
            raise Unwritable(f"cannot be written: {error.strerror or error}") from None


def clear_abandoned(sources: Iterable[Source]) -> None:
    """Remove the temporary files that killed processes left next to files, not those of living ones."""
    for folder in {os.path.dirname(os.path.realpath(source.path)) for source in sources}:
        for entry in list(os.scandir(folder)):
            if _TEMPORARY.fullmatch(entry.name):
                with contextlib.suppress(OSError):  # taken by its owner, or by another run that clears
                    with open(entry.path, "rb") as file:
                        _lock(file)
                    os.unlink(entry.path)


@contextlib.contextmanager
def _staged(original: Original, data: bytes) -> Iterator[str]:
    """A temporary file in the same folder that holds new content; gone afterwards unless it was moved."""
    descriptor, name = tempfile.mkstemp(_SUFFIX, _PREFIX, original.target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _lock(file)
            file.write(data)
            file.flush()
            _keep_owner(file, original.status)
            os.fsync(file.fileno())
            yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _keep_owner(file: BinaryIO, status: os.stat_result) -> None:
    """Owner and permissions of the file that is replaced."""
    made = os.fstat(file.fileno())
    if sys.platform != "win32":
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
        os.fchmod(file.fileno(), status.st_mode)


def _require_unchanged(original: Original) -> None:
    now, then = original.target.stat(), original.status
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (then.st_ino, then.st_size, then.st_mtime_ns):
        raise Unwritable("changed on disk since it was read")


def _lock(file: BinaryIO) -> None:
    """Mark a file as in use while it is open; the mark goes with the process.

    Raises:
        OSError: another process has it open.
    """
    if sys.platform != "win32":  # there, an open file cannot be removed anyway
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
