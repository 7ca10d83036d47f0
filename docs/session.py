"""Record a session on an old repository: a real shell in tmux, with the real git and pre-commit.

python docs/session.py            # write docs/session.md
python docs/session.py --check    # record again, say what differs, and exit with 1 if anything does
"""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).with_name("session.md")

WIDTH, HEIGHT = 118, 60

PROMPT = "$ "

PATIENCE = 60
"""Seconds until a prompt has to be there."""

INTRODUCTION = """\
# A session on an old repository

Recorded by `docs/session.py`: a real terminal (tmux), the real git and pre-commit. Findings that are there already are
noted in a baseline; from then on each commit is checked, and what is new is stopped.
"""


@dataclass(frozen=True)
class Step:
    """What is said about a part of the session, the files that are put there first, and the commands."""

    words: str
    commands: Sequence[str]
    files: Mapping[str, str]


MODEL = """\
from torch import nn

model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(dim=1))
"""

TRAIN = """\
import torch
from torch import nn

from model import model

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())


def train(loader):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
"""

GAN = """\
import torch


def generator_loss(fake_scores):
    return torch.log(1 - torch.sigmoid(fake_scores)).mean()
"""

HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: logitlint
        name: logitlint
        entry: logitlint check --force-exclude --baseline known.json
        language: system
        types_or: [python, jupyter]
"""

SEGMENT = """\
import torch
from torch import nn

head = nn.Conv2d(16, 1, kernel_size=1)
criterion = nn.BCELoss()


def loss(features, masks):
    return criterion(torch.sigmoid(head(features)), masks)
"""

STEPS = (
    Step(
        "A project that never had a linter for this. The first look:",
        ("ls", "logitlint check"),
        {"model.py": MODEL, "train.py": TRAIN, "gan.py": GAN},
    ),
    Step(
        "Nobody wants to retrain today. What is there is noted as known, and no longer reported:",
        ("logitlint check --write-baseline known.json", "logitlint check --baseline known.json"),
        {},
    ),
    Step(
        "From now on pre-commit asks at every commit:",
        (
            "cat .pre-commit-config.yaml",
            "pre-commit install",
            "git add -A && git commit -m 'Check logits'",
        ),
        {".pre-commit-config.yaml": HOOKS},
    ),
    Step(
        "A new file, with a new mistake: the commit is stopped, the old findings stay silent.",
        ("git add segment.py && git commit -m 'Segmentation'",),
        {"segment.py": SEGMENT},
    ),
    Step(
        "The fix keeps the numbers, so it is safe and `--fix` applies it. Then the commit goes through:",
        (
            "logitlint check --fix --baseline known.json segment.py",
            "git diff",
            "git add segment.py && git commit -m 'Segmentation'",
        ),
        {},
    ),
)


class Terminal:
    """A shell in tmux, in a folder."""

    def __init__(self, folder: Path, surroundings: Mapping[str, str]) -> None:
        self.socket = folder / "tmux"
        self.surroundings = {**surroundings, "PROMPT_COMMAND": f"tmux -S {self.socket} wait-for -S ready"}
        home = folder / "project"
        start = ["new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(home), "bash --norc --noprofile"]
        self.tmux("-f", "/dev/null", *start)
        self.wait()
        self.run(f"PS1='{PROMPT}'")

    def tmux(self, *arguments: str) -> str:
        """What a command of tmux prints."""
        command = ["tmux", "-S", str(self.socket), *arguments]
        return subprocess.run(
            command, env=self.surroundings, capture_output=True, text=True, check=True, timeout=120
        ).stdout

    def wait(self) -> None:
        """Until the last command has ended; its prompt may not be there yet."""
        self.tmux("wait-for", "ready")

    def screen(self) -> list[str]:
        """The lines that were printed since the screen was cleared, with the prompt, once it is there."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            lines = [line.rstrip() for line in self.tmux("capture-pane", "-p", "-J", "-S", "-").rstrip().splitlines()]
            if lines and lines[-1] == PROMPT.rstrip():
                return lines
            time.sleep(0.02)
        raise TimeoutError(f"no prompt after {PATIENCE} s")

    def run(self, command: str) -> str:
        """Type a command; it and what it prints."""
        self.tmux("send-keys", "-R")
        self.tmux("clear-history")
        self.tmux("send-keys", "-l", command)
        self.tmux("send-keys", "Enter")
        self.wait()
        return "\n".join([PROMPT + command, *self.screen()[1:-1]]).rstrip()


def record() -> Iterator[str]:
    """The page, part by part."""
    yield INTRODUCTION
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        project = folder / "project"
        project.mkdir()
        surroundings = surroundings_of(folder)
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=project, env=surroundings, check=True)
        terminal = Terminal(folder, surroundings)
        try:
            for step in STEPS:
                for name, text in step.files.items():
                    (project / name).write_text(text, "utf-8")
                shown = "\n".join(terminal.run(command) for command in step.commands)
                yield f"{step.words}\n\n```console\n{shown}\n```\n"
        finally:
            terminal.tmux("kill-server")


def surroundings_of(folder: Path) -> dict[str, str]:
    """An environment in which the commands are those of this Python, and commits have always the same name."""
    commands = folder / "bin"
    commands.mkdir()
    for name, module in (("logitlint", "logitlint"), ("pre-commit", "pre_commit")):
        file = commands / name
        file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', "utf-8")
        file.chmod(0o755)
    date = "2026-01-01T12:00:00+00:00"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "TMUX"))}
    return kept | {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "HISTFILE": os.devnull,
        "PRE_COMMIT_HOME": str(folder / "hooks"),
        "LOGITLINT_CACHE_DIR": str(folder / "cache"),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"), ("DATE", date))},
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit status."""
    text = "\n".join(record())
    if arguments != ["--check"]:
        PAGE.write_text(text, "utf-8")
        return 0
    known = PAGE.read_text("utf-8") if PAGE.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(known.splitlines(True), text.splitlines(True), "committed", "recorded"))
    return int(text != known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
