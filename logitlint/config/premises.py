"""What a configuration tells the analysis beside the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .settings import Settings


@dataclass(frozen=True)
class Premises:
    """What the analysis of a program takes as given, as plain data.

    Attributes:
        catalogs: absolute paths of TOML files with rows beside those that ship with the package.
        backends: shown paths of files, each with the backend of Keras where code does not say it.
        src: absolute paths of folders in which absolute imports are looked up.
    """

    catalogs: tuple[str, ...] = ()
    backends: tuple[tuple[str, str], ...] = ()
    src: tuple[str, ...] = ()


NOTHING = Premises()
"""What is given where nobody has configured anything."""


def premises(settings: Mapping[str, Settings]) -> Premises:
    """What the settings of the files of one program say together, in the order of the files."""
    catalogs: dict[str, None] = {}
    src: dict[str, None] = {}
    for one in dict.fromkeys(settings.values()):
        catalogs |= dict.fromkeys(one.catalog)
        src |= dict.fromkeys(one.src)
    backends = ((path, one.keras_backend) for path, one in settings.items() if one.keras_backend is not None)
    return Premises(tuple(catalogs), tuple(backends), tuple(src))
