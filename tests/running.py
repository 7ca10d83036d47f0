"""The real command line and the real flake8, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

BAD = """\
import torch
from torch import nn


def loss(x, y):
    return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)
"""
"""A script with exactly one finding: LGT201 on line 6."""

GOOD = BAD.replace("torch.softmax(x, dim=1)", "x")


def run_cli(folder: Path, *arguments: str, stdin: str | bytes = "", **environment: str):
    return _run("logitlint", folder, arguments, stdin, environment)


def run_flake8(folder: Path, *arguments: str, stdin: str | bytes = ""):
    return _run("flake8", folder, arguments, stdin, {})


def check_json(folder: Path, *arguments: str, stdin: str | bytes = ""):
    """The parsed JSON of `logitlint check`, and the finished process."""
    done = run_cli(folder, "check", "--output-format", "json", *arguments, stdin=stdin)
    return json.loads(done.stdout), done


def notebook(*cells: str | list[str]) -> str:
    """A notebook of code cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "metadata": {"kernelspec": {"language": "python"}},
            "cells": [{"cell_type": "code", "source": cell} for cell in cells],
        }
    )


def _run(module, folder, arguments, stdin, environment):
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        input=data,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        check=False,
    )
    done.raw = done.stdout
    done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode()
    return done
