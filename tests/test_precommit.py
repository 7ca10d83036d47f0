"""The real pre-commit, in a git repository of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_fix_apply import LOG, MODEL, ONCE, STABLE, TRAIN, TWICE

HOOKS = Path(__file__).parent.parent / ".pre-commit-hooks.yaml"


class Repository:
    """A checkout whose commits run the hooks of `.pre-commit-hooks.yaml`, with the logitlint that is installed here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(folder.parent / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_{what}": "me@here" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.run("git", "init", "--quiet")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def install(self, *hooks: str) -> None:
        """Install some of the hooks, as local ones that use this environment instead of one of their own."""
        manifest = HOOKS.read_text("utf-8").split("\n\n")
        entries = [entry for entry in manifest for hook in hooks if entry.startswith(f"- id: {hook}\n")]
        assert len(entries) == len(hooks)
        lines = "\n".join(entries).replace("language: python", "language: system")
        lines = lines.replace("entry: logitlint", f"entry: {sys.executable} -m logitlint")
        config = "repos:\n- repo: local\n  hooks:\n" + "".join(f"  {line}\n" for line in lines.splitlines() if line)
        (self.folder / ".pre-commit-config.yaml").write_text(config)
        done = self.run(sys.executable, "-m", "pre_commit", "install")
        assert done.returncode == 0, done.stdout + done.stderr

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)

    def commit(self, *names: str) -> subprocess.CompletedProcess[str]:
        self.run("git", "add", *names)
        return self.run("git", "commit", "-m", "change")

    def commits(self) -> int:
        return len(self.run("git", "log", "--oneline").stdout.splitlines())


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "repository").mkdir()
    return Repository(tmp_path / "repository")


def test_the_manifest_is_valid():
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_commit_is_blocked_fixed_and_goes_through(repository):
    repository.install("logitlint-fix")
    repository.write(a=LOG)
    blocked = repository.commit(".")
    assert blocked.returncode == 1
    assert "files were modified by this hook" in blocked.stderr
    assert "1 fixed, 0 left." in blocked.stderr
    assert repository.commits() == 0
    assert (repository.folder / "a.py").read_text() == STABLE
    assert repository.commit(".").returncode == 0
    assert repository.commits() == 1
    assert repository.run("git", "show", "HEAD:a.py").stdout == STABLE


def test_what_only_a_human_may_fix_is_blocked_until_that_is_done(repository):
    repository.install("logitlint", "logitlint-fix")
    repository.write(a=TWICE)
    assert "a.py:5:12 LGT201 " in repository.commit(".").stderr
    assert repository.commits() == 0
    assert (repository.folder / "a.py").read_text() == TWICE
    repository.write(a=ONCE)
    assert repository.commit(".").returncode == 0


def test_a_loss_is_checked_with_the_model_that_did_not_change(repository):
    repository.write(model=MODEL)
    assert repository.commit(".").returncode == 0
    repository.install("logitlint-fix")
    repository.write(train=TRAIN)
    blocked = repository.commit("train.py")
    assert blocked.returncode == 1
    assert "train.py:8:12 LGT201 " in blocked.stderr
    assert "no fix: model.py must be given too" in blocked.stderr
    assert (repository.folder / "model.py").read_text() == MODEL


def test_findings_are_reported_in_the_files_that_changed(repository):
    right = MODEL.replace("self.last(self.body(x))", "self.body(x)")
    repository.write(model=right, train=TRAIN)
    assert repository.commit(".").returncode == 0
    repository.install("logitlint")
    repository.write(model=MODEL)
    assert repository.commit("model.py").returncode == 0
    everything = repository.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert everything.returncode == 1
    assert "train.py:8:12 LGT201 " in everything.stdout


def test_other_files_are_not_looked_at(repository):
    repository.install("logitlint")
    (repository.folder / "a.txt").write_text(LOG)
    done = repository.commit(".")
    assert done.returncode == 0
    assert "Skipped" in done.stderr
