"""Configuration files: where the section is, and what it says, checked."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files.source import shown_path
from .keys import Wrong, checked

FILES = (".logitlint.toml", "logitlint.toml", "pyproject.toml")
"""The names of configuration files in a folder; the first that there is counts."""

PYPROJECT, SECTION = "pyproject.toml", "tool.logitlint"


class ConfigurationError(Exception):
    """A configuration cannot be used; the message names the place and what is wrong, in one line."""


@dataclass(frozen=True)
class Said:
    """What one place says, key by key, and the name of the place."""

    place: str
    values: dict[str, Any]


def section_of(folder: Path) -> Path | None:
    """The configuration file of a folder, None if there is none with a section for logitlint."""
    for name in FILES:
        file = folder / name
        if file.is_file() and (name != PYPROJECT or _section(file) is not None):
            return file
    return None


def read(file: Path, inside: tuple[Path, ...] = ()) -> tuple[Said, ...]:
    """What a file says, behind what the files say that it extends; `inside` are those that extend it.

    Raises:
        ConfigurationError: it cannot be read, is no TOML, has an unknown key or a value of the wrong type.
    """
    file = Path(os.path.abspath(file))
    if file in inside:
        raise ConfigurationError(f"{shown_path(inside[-1])}: extend leads back to {shown_path(file)}")
    values = dict(_section(file) or {})
    place = shown_path(file)
    extended = values.pop("extend", None)
    if extended is not None and not isinstance(extended, str):
        raise ConfigurationError(f"{place}: extend must be a path")
    try:
        said = Said(place, checked(values, file.parent, place))
    except Wrong as error:
        raise ConfigurationError(str(error)) from None
    if extended is None:
        return (said,)
    parent = file.parent / os.path.expanduser(extended)
    return (*read(parent, (*inside, file)), said)


def inline(texts: tuple[str, ...]) -> Said:
    """What pairs of key and value on the command line say.

    Raises:
        ConfigurationError: one is no TOML, has an unknown key or a value of the wrong type.
    """
    values: dict[str, Any] = {}
    for text in texts:
        try:
            values |= _toml(text)
        except (ValueError, RecursionError) as error:
            key, _, value = (part.strip() for part in text.partition("="))
            quotes = f"; a string needs quotes, {key} = {json.dumps(value)}" if value.isidentifier() else f": {error}"
            raise ConfigurationError(f"--config {text!r} is no TOML{quotes}") from None
    try:
        return Said("--config", checked(values, Path.cwd(), "--config"))
    except Wrong as error:
        raise ConfigurationError(str(error)) from None


def _toml(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def _section(file: Path) -> dict[str, Any] | None:
    """The section for logitlint; in a file of its own that is all of it."""
    try:
        data = _toml(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{shown_path(file)}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        reason = "is nested too deeply" if isinstance(error, RecursionError) else f"is no TOML: {error}"
        raise ConfigurationError(f"{shown_path(file)}: {reason}") from None
    if file.name != PYPROJECT:
        return data
    tool = data.get("tool", {})
    section = tool.get("logitlint") if isinstance(tool, dict) else None
    if section is not None and not isinstance(section, dict):
        raise ConfigurationError(f"{shown_path(file)}: {SECTION} must be a table")
    return section
