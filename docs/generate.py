"""Write what documentation says about rules, keys, commands and frameworks: from the code, or measured.

python docs/generate.py                 # all of it; takes a minute or two, and the frameworks of the `test` extra
python docs/generate.py code            # only what comes from the code: rules, keys, commands
python docs/generate.py --check [PART]  # say what is out of date, and exit with 1 if anything is
"""

from __future__ import annotations

import argparse
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from logitlint.rules.registry import all_rules

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
WRITTEN, END = "<!-- {}: written by docs/generate.py -->", "<!-- end of {} -->"


@dataclass(frozen=True)
class Document:
    """A file with the text that it should have, and when another text is as good."""

    file: Path
    text: str
    alike: Callable[[str, str], bool] = operator.eq

    @property
    def is_fresh(self) -> bool:
        """Whether the file is there and says that."""
        return self.file.exists() and self.alike(self.file.read_text("utf-8"), self.text)


def code() -> Iterator[Document]:
    """What comes from the code."""
    from parts import cli, rules, tables

    for rule in all_rules().values():
        yield Document(DOCS / "rules" / f"{rule.code}.md", rules.page(rule))
    yield Document(DOCS / "rules" / "README.md", "# The rules\n\n" + tables.rules(""))
    yield filled(README, "rules", tables.rules("docs/rules/"))
    yield filled(DOCS / "guide" / "configuration.md", "keys", tables.keys())
    yield Document(DOCS / "cli.md", cli.reference())


def keras() -> Iterator[Document]:
    """What Keras repairs, measured on its backends."""
    from parts import recovery

    yield filled(DOCS / "keras.md", "recovery", recovery.table())


def tutorials() -> Iterator[Document]:
    """The pages that are run."""
    from parts import outputs

    for page in sorted((DOCS / "tutorial").glob("*.md")):
        yield Document(page, outputs.run(page.read_text("utf-8")), outputs.alike)


def pictures() -> Iterator[Document]:
    """Their pictures."""
    from parts import pictures

    for name, picture in pictures.pictures():
        yield Document(DOCS / "tutorial" / name, picture, pictures.alike)


PARTS: Mapping[str, Callable[[], Iterator[Document]]] = {
    "code": code,
    "keras": keras,
    "tutorials": tutorials,
    "pictures": pictures,
}


def filled(file: Path, name: str, part: str) -> Document:
    """A file with what is written between two marks."""
    begin, end = WRITTEN.format(name), END.format(name)
    before, rest = file.read_text("utf-8").split(begin)
    return Document(file, f"{before}{begin}\n\n{part}\n{end}{rest.split(end)[1]}")


def main() -> int:
    """Write the files that are out of date, or only name them; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only name what is out of date")
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="only this part")
    arguments = parser.parse_args()
    parts = [PARTS[arguments.part]] if arguments.part else list(PARTS.values())
    old = [document for part in parts for document in part() if not document.is_fresh]
    for document in old:
        print(f"{document.file.relative_to(DOCS.parent)}: {'out of date' if arguments.check else 'written'}")
        if not arguments.check:
            document.file.parent.mkdir(exist_ok=True)
            document.file.write_text(document.text, "utf-8")
    return int(arguments.check and bool(old))


if __name__ == "__main__":
    sys.exit(main())
