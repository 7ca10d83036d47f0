"""Which configuration counts for a file: the nearest one, and the command line over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..select import Selection
from .keys import KEYS, SELECTING
from .read import Said, read, section_of
from .settings import Settings


@dataclass(frozen=True)
class Configuration:
    """What is in force, and where it comes from.

    Attributes:
        settings: the values.
        file: the configuration file, None if there is none.
        origins: by key, the place that says it, in turn where several count.
    """

    settings: Settings
    file: Path | None = None
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Configurations:
    """The configurations of a run, each read once.

    Attributes:
        command_line: what the command line says; it counts more than any file.
        file: the one file that counts for everything, with patterns relative to the working directory.
        isolated: no file counts.

    All methods raise `ConfigurationError` where a file cannot be used.
    """

    command_line: Sequence[Said] = ()
    file: Path | None = None
    isolated: bool = False
    _known: dict[Path, Configuration] = field(default_factory=dict)

    def of_folder(self, folder: Path) -> Configuration:
        """The configuration of the files in a folder, which is absolute."""
        if folder not in self._known:
            self._known[folder] = self._find(folder)
        return self._known[folder]

    def of_file(self, file: Path) -> Configuration:
        """The configuration of a file, which is absolute."""
        return self.of_folder(file.parent)

    def _find(self, folder: Path) -> Configuration:
        if self.isolated or self.file is not None:
            root = Path.cwd()
            return combined(root, self.file, [*(read(self.file) if self.file else ()), *self.command_line])
        found = section_of(folder)
        if found is not None:
            return combined(folder, found, [*read(found), *self.command_line])
        if folder.parent != folder:
            return self.of_folder(folder.parent)
        return combined(Path.cwd(), None, self.command_line)


def combined(root: Path, file: Path | None, places: Sequence[Said]) -> Configuration:
    """What several places say together; the later ones count more."""
    values: dict[str, Any] = {}
    origins: dict[str, tuple[str, ...]] = {}
    selections: tuple[Selection, ...] = ()
    for said in places:
        if "select" in said.values:
            selections = ()
            origins = {key: where for key, where in origins.items() if key not in SELECTING}
        if not said.values.keys().isdisjoint(SELECTING):
            select, extend, ignore = (said.values.get(key) for key in SELECTING)
            selections = (*selections, Selection(select, extend or (), ignore or ()))
        for key, value in said.values.items():
            if key in SELECTING:
                origins[key] = (*origins.get(key, ()), said.place)
            elif KEYS[key].added:
                values[key] = (*values.get(key, ()), *value)
                origins[key] = (*origins.get(key, ()), said.place)
            else:
                values[key], origins[key] = value, (said.place,)
    fields = {key.replace("-", "_"): value for key, value in values.items()}
    return Configuration(Settings(root=str(root), selections=selections, **fields), file, origins)
