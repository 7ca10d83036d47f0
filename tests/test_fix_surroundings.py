"""What lies around the files of a run makes a fix unsafe, not wrong."""

import os

from running import check_json

MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(x))


def step(x, y):
    return nn.BCELoss()(Net()(x), y)
"""
READER = "from model import Net\n\n\ndef show(x):\n    print(Net()(x))\n"


def fix_of(folder, *paths):
    (finding,) = check_json(folder, *paths)[0]["findings"]
    return finding["fix"]


def test_alone(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    assert fix_of(tmp_path, "model.py")["applicability"] == "safe"


def test_a_file_that_imports_the_model_and_is_not_given(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "report.py").write_text(READER)
    fix = fix_of(tmp_path, "model.py")
    assert fix["applicability"] == "unsafe"
    assert "report.py imports model.py" in fix["message"]


def test_given_as_well_it_is_changed_too(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "report.py").write_text(READER)
    fix = fix_of(tmp_path, "model.py", "report.py")
    assert fix["applicability"] == "safe"
    assert {edit["path"] for edit in fix["edits"]} == {"model.py", "report.py"}


def test_files_around_that_cannot_be_read(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "broken.py").write_bytes(b"\xff\xfe\0import model")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert fix_of(tmp_path, "model.py")["applicability"] == "safe"


def test_a_package_that_can_be_installed(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "model.py").write_text(MODEL)
    fix = fix_of(tmp_path)
    assert fix["applicability"] == "unsafe"
    assert "shop is a package" in fix["message"]
