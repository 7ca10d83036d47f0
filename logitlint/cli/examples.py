"""What help says about commands beside their own words: a line in the list, and how they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SHORT: Mapping[str, str] = {
    "check": "Find what is wrong in files, notebooks and folders, and fix it.",
    "clean": "Delete the results of earlier runs.",
    "completion": "Let the shell complete commands, options and rules.",
    "config": "Show what is in force, and where each value comes from.",
    "rule": "Explain a rule, or list all of them.",
    "scan": "Check tables of sources, on one machine or on a cluster.",
    "server": "Start the language server, for editors.",
    "verify": "Prove fixes on the real frameworks.",
}
"""By command, in the list of all commands."""

Example = tuple[str, str]
"""A command line without `logitlint`, and what it does."""

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "": (
        ("check", "what is wrong in this folder, and what could be fixed"),
        ("check --fix --unsafe-fixes --diff", "what all fixes would change"),
        ("rule LGT201", "why it matters, what to write instead"),
    ),
    "check": (
        ("check src train.ipynb", "a folder and a notebook"),
        ("check --fix", "apply the fixes that keep the numbers"),
        ("check --fix --unsafe-fixes --diff", "show what all fixes would change, change nothing"),
        ("check --select LGT2,LGT501 --min-severity error", "some rules only"),
        ("check --write-baseline known.json", "start on an old project: what is there now is known"),
        ("check --baseline known.json", "and only what is new is shown"),
        ("check --output-format html --output-file report.html", "a page to look at"),
    ),
    "clean": (
        ("clean", "those of .logitlint_cache"),
        ("clean --cache-dir build/cache", "those of another folder"),
    ),
    "completion": (("completion bash", "to be run by ~/.bashrc"),),
    "config": (
        ("config", "what is in force in this folder"),
        ("config src/train.py", "for a file, with the configuration nearest to it"),
        ("config --select LGT2 .", "what an option changes"),
    ),
    "rule": (
        ("rule", "all rules, a line each"),
        ("rule LGT201", "the page of one"),
        ("rule log-of-softmax", "by its name"),
    ),
    "scan": (
        ("scan sources.parquet --out findings", "a table with the repository, path and content of files"),
        ("scan tables --out findings --engine ray", "on a Ray cluster; go on where an earlier scan was stopped"),
    ),
    "server": (
        ("server", "over standard input and output, as editors start it"),
        ("server --tcp 2087", "to one editor, over a port"),
    ),
    "verify": (
        ("verify train.py", "whether each fix there computes the same, on the real framework"),
        ("verify --program train.py -- --epochs 2", "run train.py without and with its fixes; after -- its arguments"),
        ("verify --ladder LGT401 --framework torch", "the old and the new form, from logit 1e-4 to 1e3"),
        ("verify --rules --framework jax", "every rewrite of every rule"),
    ),
}
"""By command; those of the group under the empty name."""


def epilog(name: str) -> str | None:
    """The examples of a command, as click prints them unchanged."""
    found = EXAMPLES.get(name)
    if not found:
        return None
    lines = (f"  logitlint {line}\n      {meaning}" for line, meaning in found)
    return "\n".join(["\b", "Examples:", *lines])
