"""Take pictures of the HTML report in Chromium, light and dark.

python docs/screenshots.py        # write docs/images/report-light.png and report-dark.png
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

IMAGES = Path(__file__).with_name("images")

SCHEMES: Mapping[str, int] = {"dark": 0, "light": 1}
"""What Chromium calls them."""

WIDTH, HEIGHT = 960, 1560

FILES = {
    "model.py": """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(x))
""",
    "train.py": """\
from torch import nn

from model import Classifier

model = Classifier()
criterion = nn.BCELoss()


def step(images, labels):
    return criterion(model(images), labels)
""",
}
"""One finding, whose way leads through two files."""


def report(folder: Path) -> Path:
    """The report of these files, with the page of the rule open."""
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    command = [sys.executable, "-m", "logitlint", "check", "--isolated", "--no-cache", "--output-format", "html"]
    page = subprocess.run([*command, "."], cwd=folder, capture_output=True, text=True, check=False).stdout
    file = folder / "report.html"
    file.write_text(page.replace("<details ", "<details open "), "utf-8")
    return file


def main() -> None:
    """Write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        page = report(Path(made))
        for scheme, number in SCHEMES.items():
            options = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={made}/{scheme}",
                f"--blink-settings=preferredColorScheme={number}",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={IMAGES / f'report-{scheme}.png'}",
            ]
            subprocess.run(["chromium", *options, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
