"""What `logitlint config` prints: every key with the value in force, and where that comes from."""

from __future__ import annotations

import json

from ..files.source import shown_path
from ..rules.registry import all_rules
from ..select import ALL
from .keys import CODES, KEYS, SELECTING
from .resolve import Configuration
from .settings import Settings

TABLE = "per-file-ignores"
WIDTH = 40
"""Characters of the longest line behind which the remarks are aligned."""


def configuration_page(configuration: Configuration, path: str) -> str:
    """A configuration as TOML, with remarks."""
    file, settings = configuration.file, configuration.settings
    on = settings.rules(path)
    off = [code for code in all_rules() if code not in on]
    lines = [(_line(key, settings), ", ".join(configuration.origins.get(key, ("default",)))) for key in KEYS]
    width = max(len(text) for text, _ in lines if len(text) <= WIDTH)
    return "\n".join(
        [
            f"# for {path}, " + (f"from {shown_path(file)}" if file else "without a configuration file"),
            f"# {len(on)} rules are on" + (f"; off: {', '.join(off)}" if off else ""),
            *(f"{text:<{width}}  # {origin}" for text, origin in lines),
            "",
        ]
    )


def _line(key: str, settings: Settings) -> str:
    """A key and its value, behind `#` if it has none."""
    if key in SELECTING:
        given = [codes for place in settings.selections if (codes := getattr(place, SELECTING[key])) is not None]
        value = None if key == "select" and not given else tuple(code for codes in given for code in codes)
    else:
        value = getattr(settings, key.replace("-", "_"))
    if value is None:
        return f"# {key} ="
    if KEYS[key].holds == CODES:
        value = tuple(code or ALL for code in value)
    return f"{key} = {_table(value) if key == TABLE else json.dumps(value, ensure_ascii=False)}"


def _table(value: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    pairs = (f"{json.dumps(pattern)} = {json.dumps([code or ALL for code in codes])}" for pattern, codes in value)
    return "{" + ", ".join(pairs) + "}"
