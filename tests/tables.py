"""Tables of sources, the same repositories on disk, and what a scan writes."""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from running import BAD, notebook

FLOW = Path(__file__).parent / "fixtures" / "flow"

NAMESPACE = {
    "lib/acts.py": "import torch\n\n\ndef act(x):\n    return torch.softmax(x, 1)\n",
    "train.py": "from torch import nn\nfrom lib import acts\n\n\ndef loss(x, y):\n"
    "    return nn.CrossEntropyLoss()(acts.act(x), y)\n",
}
"""A finding that is seen only if a folder without `__init__.py` is known to be there."""

OWN = {
    "me/namespace": NAMESPACE,
    "me/package": {**{f"pkg/{path}": text for path, text in NAMESPACE.items()}, "pkg/__init__.py": "", "setup.py": ""},
    "me/notebook": {
        "nets.py": NAMESPACE["lib/acts.py"],
        "a b.ipynb": notebook(BAD.replace("torch.softmax", "torch\\\n.softmax")),
    },
    "me/broken": {"a.py": BAD, "b.py": "import torch\nsoftmax = (\n", "c.ipynb": "torch softmax"},
    "me/left-out": {"build/a.py": BAD, "src/.hidden/a.py": BAD, "README.md": "torch softmax", "a.py": BAD},
    "me/comments": {"a.py": "x = 1  # logitlint: ignore[LGT201]\n"},
    "me/nothing": {"a.py": "import sys\n", "b.py": "print(1)\n"},
}


def repositories() -> dict[str, dict[str, str]]:
    """Small repositories of many kinds: their files, by path."""
    found = dict(OWN)
    for folder in sorted(FLOW.glob("project_*/")):
        files = (file for file in folder.rglob("*") if file.suffix in (".py", ".ipynb"))
        found[f"flow/{folder.name}"] = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}
    return found


def on_disk(folder: Path, given: dict[str, dict[str, str]]) -> Path:
    """A folder with a checkout of each repository."""
    for name, files in given.items():
        (folder / name / ".git").mkdir(parents=True)
        for path, text in files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_text(text, "utf-8")
    return folder


def rows_of(given: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """The rows of a table, those of a repository not beside one another."""
    rows = [(name, path, text) for name, files in given.items() for path, text in files.items()]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def write_table(
    file: Path,
    rows: Iterable[tuple[object, ...]],
    names: tuple[str, str, str] = ("max_stars_repo_name", "max_stars_repo_path", "content"),
    kind: pa.DataType | None = None,
    group: int = 7,
) -> Path:
    """A Parquet file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = zip(*rows, strict=True)
    kinds = (pa.string(), pa.string(), kind or pa.string())
    arrays = [pa.array(column, one) for column, one in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(arrays, names=names), file, row_group_size=group)
    return file


def written(out: Path, kind: str = "findings") -> list[dict[str, object]]:
    """The rows of one kind that a scan has written, without what differs from run to run, in a fixed order."""
    rows = []
    for file in sorted((out / kind).iterdir()):
        if file.suffix == ".jsonl":
            rows += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        else:
            rows += pq.read_table(file).to_pylist()
    for row in rows:
        row.pop("seconds", None)
    return sorted(rows, key=json.dumps)
