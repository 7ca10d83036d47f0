import json
import subprocess
import sys
from pathlib import Path

SPEED = Path(__file__).parent.parent / "benchmarks" / "speed.py"


def test_table_has_new_rows_and_those_of_earlier_runs(tmp_path):
    earlier = {"figure": 3.5, "worked": 3.25, "details": "warm 7 s; Ruff 2 s", "runs": 5, "date": "2026-01-02"}
    (tmp_path / "results.json").write_text(json.dumps({"warm/timm": earlier}))
    table = tmp_path / "RESULTS.md"
    options = ["--only", "version", "--runs", "1", "--packages", tmp_path / "packages", "--output", table]
    done = subprocess.run([sys.executable, SPEED, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line for line in table.read_text("utf-8").splitlines() if line.startswith("|")][2:]
    assert rows[0] == (
        "| warm against `ruff check --no-cache` | timm | ≤ 1.5 x | 3.5 x | 3.25 x | **no** | warm 7 s; Ruff 2 s |"
    )
    assert len(rows) == 2
    assert rows[1].startswith("| `logitlint --version` against `import click` | none | ≤ 1.3 x | ")
    assert "1 to 5 runs each" in table.read_text("utf-8")
    assert sorted(json.loads((tmp_path / "results.json").read_text())) == ["version/none", "warm/timm"]


def test_written_scripts_are_read_and_without_findings(tmp_path):
    program = "import sys, pathlib, scripts; print(scripts.write_scripts(pathlib.Path(sys.argv[1]), 1_000))"
    command = [sys.executable, "-c", program, tmp_path]
    done = subprocess.run(command, cwd=SPEED.parent, capture_output=True, text=True, check=True)
    check = [
        sys.executable,
        "-m",
        "logitlint",
        "check",
        "--isolated",
        "--no-cache",
        "--output-format",
        "json",
        tmp_path,
    ]
    checked = json.loads(subprocess.run(check, capture_output=True, text=True, check=True).stdout)
    texts = [file.read_text("utf-8") for file in tmp_path.iterdir()]
    assert sum(text.count("\n") for text in texts) == int(done.stdout) >= 1_000
    assert len(set(texts)) == len(texts) == checked["summary"]["parsed"]
    assert checked["findings"] == checked["summary"]["skipped"] == []
