"""Write what documentation says about rules and keys: a page for each rule, their index, the tables in the README.

python docs/generate.py            # after a rule or a key has changed
python docs/generate.py --check    # say what is out of date, and exit with 1 if anything is
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from logitlint.config.keys import KEYS
from logitlint.report.page import rule_page
from logitlint.rules.base import Rule
from logitlint.rules.registry import all_rules

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
WRITTEN, END = "<!-- {}: written by docs/generate.py -->", "<!-- end of {} -->"

FAMILIES: Mapping[str, str] = {
    "LGT1": "right on paper, unstable in floats",
    "LGT2": "the wrong pair",
    "LGT3": "a rectifier in front of the loss",
    "LGT4": "formulas by hand",
    "LGT5": "logits read as probabilities",
    "LGT9": "the comments that silence findings",
}


def table(pages: str) -> str:
    """The rules by family; `pages` is the way to their pages."""
    parts = []
    for family, title in FAMILIES.items():
        rows = [row(rule, pages) for code, rule in all_rules().items() if code.startswith(family)]
        head = f"**{family}xx: {title}**\n\n| code | name | severity | finds |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def row(rule: Rule, pages: str) -> str:
    """A rule's row in the table."""
    switched = "" if rule.default else " (off by default)"
    return f"| [{rule.code}]({pages}{rule.code}.md) | {rule.name} | {rule.severity.label}{switched} | {rule.summary} |"


def documents() -> Iterator[tuple[Path, str]]:
    """Every file with the text that it should have."""
    for rule in all_rules().values():
        yield DOCS / "rules" / f"{rule.code}.md", rule_page(rule)
    yield DOCS / "rules" / "README.md", "# The rules\n\n" + table("")
    yield README, filled(filled(README.read_text("utf-8"), "rules", table("docs/rules/")), "keys", keys())


def filled(text: str, name: str, part: str) -> str:
    """A text with what is written between two marks."""
    begin, end = WRITTEN.format(name), END.format(name)
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{part}\n{end}{rest.split(end)[1]}"


def keys() -> str:
    """The keys of a configuration."""
    rows = [f"| `{name}` | {key.holds} | {key.means} |" for name, key in KEYS.items()]
    return "| key | holds | for |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files that are out of date, or only name them; the exit status."""
    check = arguments == ["--check"]
    old = [(file, text) for file, text in documents() if not file.exists() or file.read_text("utf-8") != text]
    for file, text in old:
        print(f"{file.relative_to(DOCS.parent)}: {'out of date' if check else 'written'}")
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
    return int(check and bool(old))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
