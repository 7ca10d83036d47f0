"""Every flow form as a small program that states its own findings in trailing comments.

`# LGT201` on a line expects that finding there, `# LGT201: 12` also its 1-based column, several are separated by `, `;
`# origin LGT201` expects that such a finding names this line among its related locations. A line without a comment
expects nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import logitlint
from logitlint.finding import Location

FOLDERS = [Path(__file__).parent / "fixtures" / name for name in ("flow", "traps")]
COMMENT = re.compile(r"# ((?:origin )?LGT\d{3}(?:: \d+)?(?:, (?:origin )?LGT\d{3}(?:: \d+)?)*)$")

Line = tuple[str, int | None, int]


@dataclass(frozen=True)
class Expected:
    """What one comment promises: a finding of `code` on `line`, or that line as the origin of one."""

    line: Line
    code: str
    column: int | None
    origin: bool


def sources(fixture: Path) -> Iterator[tuple[str, int | None, str]]:
    """Every block of a fixture: path relative to it, notebook cell, text."""
    files = sorted(p for p in fixture.rglob("*") if p.is_file()) if fixture.is_dir() else [fixture]
    for file in files:
        text = file.read_text("utf-8")
        name = file.relative_to(fixture).as_posix() if fixture.is_dir() else file.name
        if file.suffix == ".py":
            yield name, None, text
        elif file.suffix == ".ipynb":
            for index, cell in enumerate(json.loads(text)["cells"], start=1):
                if cell["cell_type"] == "code":
                    yield name, index, "".join(cell["source"])


def expectations(fixture: Path) -> list[Expected]:
    """What the comments of a fixture promise."""
    found = []
    for name, cell, text in sources(fixture):
        for number, line in enumerate(text.splitlines(), start=1):
            comment = COMMENT.search(line)
            for item in comment[1].split(", ") if comment else ():
                origin, (code, _, column) = item.startswith("origin "), item.removeprefix("origin ").partition(": ")
                found.append(Expected((name, cell, number), code, int(column) if column else None, origin))
    return found


def place(location: Location, fixture: Path) -> Line:
    """Where a location lies, with its path relative to the fixture."""
    path = Path(location.path).resolve()
    name = path.relative_to(fixture).as_posix() if fixture.is_dir() else path.name
    return name, location.cell, location.line


FIXTURES = sorted(p for folder in FOLDERS for p in folder.iterdir() if p.name != "__pycache__")


@pytest.mark.parametrize("fixture", FIXTURES, ids=[p.name for p in FIXTURES])
def test_flow(fixture: Path) -> None:
    expected = expectations(fixture)
    result = logitlint.check_paths([str(fixture)])

    wanted = {(e.line, e.code) for e in expected if not e.origin}
    got = {(place(f.location, fixture), f.code) for f in result.findings}
    assert got == wanted

    twice = [key for key, n in Counter((f.location, f.code) for f in result.findings).items() if n > 1]
    assert not twice, "reported more than once"

    columns = {(place(f.location, fixture), f.code, f.location.column) for f in result.findings}
    assert {(e.line, e.code, e.column) for e in expected if e.column is not None} <= columns

    origins = {(place(r.location, fixture), f.code) for f in result.findings for r in f.related}
    assert {(e.line, e.code) for e in expected if e.origin} <= origins
    assert result.truncated == 0


@pytest.mark.parametrize("fixture", FIXTURES, ids=[p.name for p in FIXTURES])
def test_comments_are_all_read(fixture: Path) -> None:
    """A mistyped comment would promise nothing."""
    for name, _, text in sources(fixture):
        for line in text.splitlines():
            assert ("# LGT" not in line and "# origin" not in line) or COMMENT.search(line), f"{name}: {line}"
