"""What is compared: releases on PyPI, as code to look at and as tools to look at it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

PACKAGES: Mapping[str, str] = {
    "pytorch-lightning": "2.6.6",
    "timm": "1.0.31",
    "monai": "1.6.1",
    "keras": "3.15.1",
    "transformers": "5.23.0",
}
"""Code to look at, small ones first."""

INSTALLED = "site-packages"
INSTALLED_PACKAGES = ("flax", "jax", "optax", "scipy", "tf_keras")

TOOLS: Mapping[str, Sequence[str]] = {
    "torchfix": ("torchfix==0.7.0",),
    "fixit": ("fixit==2.2.1",),
    "ruff": ("ruff==0.17.6",),
    "flake8": ("flake8==7.5.0", "click", "msgspec", "pathspec"),  # and what logitlint needs, but not logitlint
}
"""What is installed, each in an environment of its own."""


def code(name: str, folder: Path) -> Path:
    """The folder with the code of a release, or of some packages of this environment; made if it is not there."""
    target = folder / (INSTALLED if name == INSTALLED else f"{name}-{PACKAGES[name]}")
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder) as made:
            unpacked = Path(made) / "code"
            if name == INSTALLED:
                _copy_installed(unpacked)
            else:
                shutil.unpack_archive(*_downloaded(f"{name}=={PACKAGES[name]}", Path(made) / "archive", unpacked))
            unpacked.rename(target)
    return target


def _copy_installed(target: Path) -> None:
    for package in INSTALLED_PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise click.ClickException(f"{package} is not installed; {INSTALLED} are those of this environment")
        origin = Path(next(iter(spec.submodule_search_locations)))
        shutil.copytree(origin, target / package, ignore=_all_but_code)


def _all_but_code(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not Path(folder, name).is_dir()]


def _downloaded(release: str, folder: Path, target: Path) -> tuple[Path, Path, str]:
    """Its sources, or its wheel where there are none, as `shutil.unpack_archive` wants to have it."""
    for kind in ("--no-binary", "--only-binary"):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", kind, ":all:"]
        done = subprocess.run([*command, "--dest", str(folder), release], capture_output=True, text=True, check=False)
        for archive in folder.glob("*"):  # pip downloads sources, and then may fail to build what describes them
            return archive, target, "zip" if archive.suffix == ".whl" else "gztar"
    raise click.ClickException(f"{release} cannot be downloaded:\n{done.stderr[-500:]}")


def tool(name: str, folder: Path) -> Path:
    """The command of a tool, installed if it is not there."""
    home = folder / "tools" / name
    if not home.exists():
        venv.create(home, with_pip=True)
        command = [str(home / "bin" / "pip"), "install", "--quiet", *TOOLS[name]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(home)
            raise click.ClickException(f"{name} cannot be installed:\n{done.stderr[-500:]}")
    return home / "bin" / name
