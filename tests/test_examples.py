"""The scripts and the notebook of `examples/` show what their opening words say."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import logitlint

EXAMPLES = Path(__file__).parent.parent / "examples"


SOURCES = sorted([*EXAMPLES.rglob("*.py"), *EXAMPLES.rglob("*.ipynb")])


def _opening(path: Path) -> str:
    """What an example says first: a script's docstring, a notebook's first cell."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        return "".join(json.loads(text)["cells"][0]["source"])
    return ast.get_docstring(ast.parse(text)) or ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_example_shows_what_it_says(path: Path) -> None:
    found = {finding.code for finding in logitlint.check_paths([path]).findings}
    assert found == set(re.findall(r"LGT\d{3}", _opening(path)))


def test_examples_show_every_family() -> None:
    assert {code[:4] for path in SOURCES for code in re.findall(r"LGT\d{3}", _opening(path))} == {
        "LGT1",
        "LGT2",
        "LGT3",
        "LGT4",
        "LGT5",
    }
