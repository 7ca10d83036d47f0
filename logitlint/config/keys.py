"""The keys of a configuration, as data: what each may hold, and how that is checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..finding import Severity
from ..report.report import WRITERS
from ..select import UnknownCode, prefixes
from .patterns import compiled

KERAS_BACKENDS = ("tensorflow", "jax", "torch")
SELECTING = {"select": "select", "extend-select": "extend", "ignore": "ignore"}
"""The keys that together say which rules are on, and what a `Selection` calls them."""


class Wrong(ValueError):
    """A value is not what its key may hold; the message says what it must be."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        holds: what a value must be, in words.
        read: makes the value in force of the one in the file and of the folder that it is relative to.
        means: what it is for, in a line.
        added: values of the file that `extend` names stay in front of those of the file that extends it.
    """

    holds: str
    read: Callable[[Any, Path], Any]
    means: str
    added: bool = False


def _codes(value: Any, base: Path) -> tuple[str, ...]:
    return prefixes(_strings(value, base))


def _strings(value: Any, base: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Wrong
    return tuple(value)


def _patterns(value: Any, base: Path) -> tuple[str, ...]:
    return tuple(_pattern(one, one) for one in _strings(value, base))


def _pattern(text: str, positive: str) -> str:
    """A pattern that can be asked; `positive` is it without the `!` that turns it round, where one may."""
    try:
        compiled(positive)
    except ValueError:
        raise Wrong(f"not {text!r}") from None
    if positive.startswith("!"):
        raise Wrong(f"not {text!r}")
    return text


def _paths(value: Any, base: Path) -> tuple[str, ...]:
    for path in (given := _strings(value, base)):
        if not path or "\0" in path:
            raise Wrong(f"not {path!r}")
    return tuple(os.path.normpath(base / os.path.expanduser(path)) for path in given)


def _truth(value: Any, base: Path) -> bool:
    if not isinstance(value, bool):
        raise Wrong
    return value


def _table(value: Any, base: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise Wrong
    return tuple(
        (_pattern(pattern, pattern.removeprefix("!")), _codes(codes, base)) for pattern, codes in value.items()
    )


def _one_of(names: Iterable[str]) -> Callable[[Any, Path], str]:
    known = tuple(names)

    def read(value: Any, base: Path) -> str:
        if value not in known:
            raise Wrong(f"not {value!r}{_meant(str(value), known)}")
        return str(value)

    return read


def _meant(word: str, known: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, list(known), 1)
    return f", did you mean {near[0]!r}?" if near else ""


CODES, PATTERNS, PATHS, TRUTH = "a list of codes", "a list of patterns", "a list of paths", "true or false"
SEVERITIES = [severity.label for severity in Severity]

KEYS: Mapping[str, Key] = {
    "select": Key(CODES, _codes, "the rules that are on, in place of the defaults"),
    "extend-select": Key(CODES, _codes, "rules that are on as well"),
    "ignore": Key(CODES, _codes, "rules that are off"),
    "per-file-ignores": Key("a table of patterns with lists of codes", _table, "rules that are off in some files"),
    "exclude": Key(PATTERNS, _patterns, "what is left out in folders, in place of the defaults"),
    "extend-exclude": Key(PATTERNS, _patterns, "what is left out as well", added=True),
    "respect-gitignore": Key(TRUTH, _truth, "leave out what git ignores"),
    "force-exclude": Key(TRUTH, _truth, "leave it out even if it is named on the command line"),
    "min-severity": Key("one of " + ", ".join(SEVERITIES), _one_of(SEVERITIES), "the least severity that is shown"),
    "fixable": Key(CODES, _codes, "rules whose fixes may be applied"),
    "unfixable": Key(CODES, _codes, "rules whose fixes may not be applied"),
    "extend-safe-fixes": Key(CODES, _codes, "rules whose unsafe fixes count as safe"),
    "extend-unsafe-fixes": Key(CODES, _codes, "rules whose safe fixes count as unsafe"),
    "output-format": Key("one of " + ", ".join(WRITERS), _one_of(WRITERS), "how findings are shown"),
    "keras-backend": Key(
        "one of " + ", ".join(KERAS_BACKENDS), _one_of(KERAS_BACKENDS), "what Keras runs on, if code is silent"
    ),
    "catalog": Key(PATHS, _paths, "your own TOML files with losses, activations, layers", added=True),
    "src": Key(PATHS, _paths, "folders in which absolute imports are looked up"),
}


def checked(values: Mapping[str, Any], base: Path, place: str) -> dict[str, Any]:
    """The values in force of what a file says; `base` is the folder that paths are relative to.

    Raises:
        Wrong: an unknown key, or a value of the wrong type; the message begins with `place` and names the key.
    """
    found = {}
    for name, value in values.items():
        if name not in KEYS:
            raise Wrong(f"{place}: no key {name!r}{_meant(name, KEYS)}")
        try:
            found[name] = KEYS[name].read(value, base)
        except UnknownCode as error:
            raise Wrong(f"{place}: {name}: {error}") from None
        except Wrong as error:
            raise Wrong(f"{place}: {name} must be {KEYS[name].holds}" + (f", {error}" if str(error) else "")) from None
    return found
