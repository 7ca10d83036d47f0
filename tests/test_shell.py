"""What a shell shows: help, completion, and rules in a terminal."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import run_cli

from logitlint.cli import COMMANDS
from logitlint.cli.examples import EXAMPLES, SHORT
from logitlint.rules.registry import all_rules

WIDTH = 100

ASKED = {
    ("c",): {"check", "clean", "completion", "config"},
    ("check", "--select", "LGT50"): {"LGT501", "LGT502"},
    ("check", "--fixable", "lgt50"): {"LGT501", "LGT502"},
    ("check", "--ignore", "LGT1,LGT50"): {"LGT1,LGT501", "LGT1,LGT502"},
    ("verify", "--select", "LGT50"): {"LGT501", "LGT502"},
    ("rule", "LGT20"): {code for code in all_rules() if code.startswith("LGT20")},
    ("check", "--output-format", "g"): {"github", "gitlab"},
}

BASH = """
eval "$(logitlint completion bash)"
COMP_WORDS=(logitlint "$@"); COMP_CWORD=$#
_logitlint_completion logitlint
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = "logitlint completion fish | source; complete -C (string join ' ' -- logitlint $argv)"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with the command on it, as an installation puts it there."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "logitlint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m logitlint "$@"\n', "utf-8")
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


SHELLS = {"bash": ["bash", "-c", BASH, "bash"], "fish": ["fish", "--no-config", "-c", FISH, "--"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_completion(shell: str, path: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    for words, wanted in ASKED.items():
        command = [*SHELLS[shell], *words]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": path}, check=True)
        assert done.stderr == ""
        assert {line.split("\t")[0] for line in done.stdout.splitlines()} == wanted


def test_completion_for_zsh_is_a_script_that_zsh_can_read(tmp_path: Path) -> None:
    script = run_cli(tmp_path, "completion", "zsh").stdout
    assert script.startswith("#compdef logitlint")
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    subprocess.run(["zsh", "-n"], input=script, text=True, check=True)


def test_no_other_shell(tmp_path: Path) -> None:
    done = run_cli(tmp_path, "completion", "tcsh")
    assert done.returncode == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.stderr


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_teaches_by_examples(tmp_path: Path, name: str) -> None:
    done = run_cli(tmp_path, *filter(None, [name]), "--help", COLUMNS="200")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    lines = done.stdout.partition("Examples:\n")[2].splitlines()
    assert [line.strip() for line in lines[::2]] == [f"logitlint {line}" for line, _ in EXAMPLES[name]]
    assert not any(line.rstrip().endswith("...") for line in done.stdout.splitlines()[1:])
    assert not name or SHORT[name] in run_cli(tmp_path, "--help", COLUMNS="100").stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("chekc", "no command 'chekc', did you mean `logitlint check`?"),
        ("train.py", "no command 'train.py', did you mean `logitlint check train.py`?"),
        ("wat", "no command 'wat'"),
    ],
)
def test_no_such_command(tmp_path: Path, asked: str, said: str) -> None:
    (tmp_path / "train.py").write_text("", "utf-8")
    done = run_cli(tmp_path, asked)
    assert done.returncode == 2
    assert done.stderr.endswith(f"\nError: {said}\n")


def in_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    """What a command prints on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    surroundings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH), **environment}
    command = [sys.executable, "-m", "logitlint", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=surroundings) as process:
        os.close(theirs)
        printed = b""
        while chunk := received(ours):
            printed += chunk
    os.close(ours)
    assert process.returncode == 0, printed
    return printed.decode()


def received(terminal: int) -> bytes:
    """What came through; nothing once the other side is closed, which Linux reports as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_rule_in_a_terminal(tmp_path: Path) -> None:
    printed = in_terminal(tmp_path, "rule", "LGT403")
    assert COLOUR.search(printed)
    lines = [line.strip() for line in COLOUR.sub("", printed).splitlines()]
    assert lines[0] == "LGT403  log-of-one-minus-sigmoid  warning"
    assert [line for line in lines if line in HEADINGS] == HEADINGS
    assert next(line for line in lines if line.startswith("float32")).split() == FORMATS
    assert any(line.startswith("keras-torch, torch") for line in lines)
    assert not any("`" in line or "**" in line for line in lines)
    assert max(len(COLOUR.sub("", line)) for line in printed.splitlines()) <= WIDTH


HEADINGS = ["Why", "Measured", "What to write instead", "Found", "Not found"]
FORMATS = ["float32", "float64", "float16", "bfloat16"]


def test_rules_in_a_terminal(tmp_path: Path) -> None:
    printed = in_terminal(tmp_path, "rule")
    assert re.findall(r"^(LGT\d+) ", COLOUR.sub("", printed), re.MULTILINE) == list(all_rules())


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    assert "\x1b[3" not in in_terminal(tmp_path, "rule", "LGT403", NO_COLOR="1")


def test_rule_in_a_pipe_is_markdown_with_what_was_measured(tmp_path: Path) -> None:
    printed = run_cli(tmp_path, "rule", "LGT403").stdout
    assert "\x1b" not in printed
    assert printed.count("\n## Measured\n\n`log(1 - sigmoid(x)) → log_sigmoid(-x)`") == 1
    assert "| keras-torch, torch | 15 (1 %) / 17 (nan) |" in printed
    assert "## Measured" not in run_cli(tmp_path, "rule", "LGT900").stdout
