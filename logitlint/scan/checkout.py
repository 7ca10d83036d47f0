"""Git checkouts that are on no disk: what imports between the files of a repository in a table are resolved in."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO, Any, NoReturn, Self

if sys.platform == "win32":
    from pathlib import WindowsPath as _Path
else:
    from pathlib import PosixPath as _Path


def checkout(name: str, paths: Iterable[str]) -> Path:
    """The top folder of a checkout that holds files of these relative paths.

    It, and every path made from it, whether below or above, knows of these files and their folders and of nothing else:
    it never asks the disk. It lies below the null device, so a path that becomes an ordinary one leads nowhere.
    """
    files: set[str] = set()
    folders: set[str] = set()
    held: dict[str, set[str]] = {}

    class Virtual(_Path):
        __slots__ = ()

        def is_file(self, *, follow_symlinks: bool = True) -> bool:
            return str(self) in files

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            return str(self) in folders

        def is_symlink(self) -> bool:
            return False

        def exists(self, *, follow_symlinks: bool = True) -> bool:
            return self.is_file() or self.is_dir()

        def stat(self, *, follow_symlinks: bool = True) -> NoReturn:
            raise self._missing()

        def iterdir(self) -> Generator[Self, None, None]:
            yield from (self / name for name in sorted(held.get(str(self), ())))

        def open(self, *arguments: Any, **options: Any) -> IO[Any]:  # type: ignore[override]
            raise self._missing()

        def _missing(self) -> FileNotFoundError:
            return FileNotFoundError(2, "is on no disk", str(self))

    top = Virtual(os.devnull, "checkout", name.strip("/").rpartition("/")[2] or "repository")
    folders.add(str(top))
    for file in (top / ".git", *(top / path for path in paths)):
        files.add(str(file))
        for inner in (file, *file.parents):
            if inner != top and inner.is_relative_to(top):
                folders.add(str(inner.parent))
                held.setdefault(str(inner.parent), set()).add(inner.name)
    return top
