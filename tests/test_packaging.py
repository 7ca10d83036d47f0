"""What is uploaded: the wheel and the sdist, made by the real tools, and the wheel in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from running import BAD

import logitlint

ROOT = Path(__file__).parent.parent
NEEDED = ("click", "msgspec", "pathspec")
"""All that an installation brings along."""

FLAKE8 = ("flake8", "mccabe", "pycodestyle", "pyflakes")


def run(*command: str | Path, cwd: Path | None = None, status: int = 0) -> str:
    """What a command prints, with nothing of this environment on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both files; the wheel is made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel, what it needs, flake8, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    for name in (*NEEDED, *FLAKE8):
        copy(name, packages)
    options = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel)
    return python.parent


def copy(name: str, packages: Path) -> None:
    """Put a package that is installed here into another environment."""
    for file in metadata.files(name) or ():
        if not file.parts[0].startswith(".."):
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)


def test_both_files_can_be_uploaded(built: Path) -> None:
    said = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *sorted(built.iterdir()))
    assert said.count("PASSED") == 2  # the line breaks where the path is long


def test_the_wheel_holds_all_of_the_package_and_nothing_to_compile(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = (path.relative_to(ROOT) for path in (ROOT / "logitlint").rglob("*") if path.is_file())
    assert held == {path.as_posix() for path in package if "__pycache__" not in path.parts}
    assert {"logitlint/report/page.css", "logitlint/report/measured.json", "logitlint/catalog/torch.toml"} < held
    assert "logitlint/py.typed" in held


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".pre-commit-hooks.yaml"} <= held
    assert {
        "logitlint/__init__.py",
        "tests/test_packaging.py",
        "docs/measure.py",
        "examples/two_files/train.py",
    } <= held


def test_it_needs_little(wheel: Path) -> None:
    found = metadata.Distribution.at(next(Path(part) for part in unpacked(wheel)))
    required = [line for line in found.requires or () if "extra ==" not in line]
    assert sorted(line.partition(">")[0].strip() for line in required) == sorted(NEEDED)


def unpacked(wheel: Path) -> list[Path]:
    """The metadata of a wheel, beside it."""
    folder = wheel.parent.parent / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if ".dist-info/" in name])
    return list(folder.glob("*.dist-info"))


def test_it_works_where_nothing_else_is_installed(commands: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BAD, "utf-8")
    assert run(commands / "logitlint", "--version") == f"logitlint {logitlint.__version__}\n"
    said = run(commands / "logitlint", "check", "train.py", cwd=tmp_path, status=1)
    assert said.startswith("train.py:6:12 LGT201 softmax is applied twice")
    page = run(commands / "logitlint", "check", "--output-format", "html", "train.py", cwd=tmp_path, status=1)
    assert '<figure class="plot">' in page
    assert "## Measured" in run(commands / "logitlint", "rule", "LGT201")
    assert "train.py\n+++ b/train.py" in run(
        commands / "logitlint", "check", "--diff", "--unsafe-fixes", cwd=tmp_path, status=1
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["server"], "Error: the language server needs"),
        (["verify", "--ladder"], "verify needs mpmath: pip install 'logitlint[verify]'"),
    ],
)
def test_what_is_missing_is_said_in_one_line(commands: Path, arguments: list[str], said: str) -> None:
    printed = run(commands / "logitlint", *arguments, status=2)
    assert printed.startswith(said)
    assert printed.count("\n") == 1


def test_flake8_has_the_plugin(commands: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BAD, "utf-8")
    assert "logitlint: " in run(commands / "python", "-m", "flake8", "--version")
    said = run(commands / "python", "-m", "flake8", "--select", "LGT", "train.py", cwd=tmp_path, status=1)
    assert said.startswith("train.py:6:12: LGT201 softmax is applied twice")
