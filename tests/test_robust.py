"""The analysis never raises and never hangs: mutated programs, and programs written to hurt it."""

from __future__ import annotations

import ast
import copy
import json
import keyword
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logitlint
from logitlint.finding import Finding

FIXTURES = Path(__file__).parent / "fixtures"
HOSTILE = sorted((FIXTURES / "hostile").iterdir())
PROGRAMS = [
    path.read_text("utf-8") for path in sorted((FIXTURES / "flow").rglob("*.py")) if "(" in path.read_text("utf-8")
]
TREES = [ast.parse(program) for program in PROGRAMS]
SECONDS = 60.0
"""What counts as a hang, on a busy machine; all of these end in a second or two on an idle one."""

programs = st.sampled_from(PROGRAMS)
mutation = settings(
    max_examples=80,
    deadline=timedelta(seconds=SECONDS),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def check(source: str) -> list[Finding]:
    """The findings of a source, after the promises that hold for any text."""
    findings = logitlint.check_source(source)
    assert isinstance(findings, list)
    lines = source.splitlines()
    for finding in findings:
        assert 1 <= finding.location.line <= finding.location.end_line <= len(lines) + 1
        assert finding.location.column >= 1
    return findings


@mutation
@given(programs, st.data())
def test_names_exchanged(program: str, data: st.DataObject) -> None:
    words = re.split(r"(\b[^\W\d]\w*)", program)
    names = [i for i in range(1, len(words), 2) if not keyword.iskeyword(words[i])]
    for _ in range(data.draw(st.integers(1, 12))):
        i, j = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
        words[i], words[j] = words[j], words[i]
    check("".join(words))


@mutation
@given(programs, st.data())
def test_tokens_deleted_doubled_swapped(program: str, data: st.DataObject) -> None:
    tokens = re.split(r"(\w+|[^\w\s])", program)
    i, j = data.draw(st.integers(0, len(tokens) - 1)), data.draw(st.integers(0, len(tokens) - 1))
    match data.draw(st.sampled_from(["delete", "double", "swap"])):
        case "delete":
            del tokens[i]
        case "double":
            tokens.insert(i, tokens[j])
        case _:
            tokens[i], tokens[j] = tokens[j], tokens[i]
    check("".join(tokens))


@mutation
@given(programs, st.data())
def test_characters_put_in_and_taken_out(program: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(program)))
        put = data.draw(
            st.sampled_from(["#", "(", ")", "[", "'", ".", ",", "=", "*", ":", "\n", " ", "\\", "\N{SNOWMAN}"])
        )
        program = program[:at] + put + program[at + data.draw(st.integers(0, 5)) :]
    check(program)


@mutation
@given(programs, st.data())
def test_lines_deleted_doubled_swapped(program: str, data: st.DataObject) -> None:
    lines = program.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        i = data.draw(st.integers(0, len(lines) - 1))
        j = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["delete", "double", "swap"])):
            case "delete" if len(lines) > 1:
                del lines[i]
            case "double":
                lines.insert(i, lines[j])
            case _:
                lines[i], lines[j] = lines[j], lines[i]
    check("\n".join(lines))


class _Swap(ast.NodeTransformer):
    """Puts copies of other expressions, from any program, in the places of some expressions."""

    def __init__(self, replacements: dict[int, ast.expr]) -> None:
        self.replacements = replacements
        self.seen = 0

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.JoinedStr | ast.pattern):
            return node
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            self.seen += 1
            if (other := self.replacements.get(self.seen)) is not None:
                return copy.deepcopy(other)
        return self.generic_visit(node)


def _expressions(tree: ast.Module) -> list[ast.expr]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        and not isinstance(node, ast.Starred | ast.Slice)
    ]


@mutation
@given(st.integers(0, len(TREES) - 1), st.integers(0, len(TREES) - 1), st.data())
def test_expressions_moved(into: int, source: int, data: st.DataObject) -> None:
    """Unlike cut tokens, exchanged expressions nearly always still parse: a grammar's worth of odd programs."""
    donors = _expressions(TREES[source])
    places = range(1, len(_expressions(TREES[into])) + 1)
    chosen = data.draw(st.dictionaries(st.sampled_from(places), st.sampled_from(donors), min_size=1, max_size=6))
    tree = _Swap(chosen).visit(copy.deepcopy(TREES[into]))
    check(ast.unparse(ast.fix_missing_locations(tree)))


@mutation
@given(st.integers(0, len(TREES) - 1), st.integers(0, len(TREES) - 1), st.randoms(use_true_random=False))
def test_statements_shuffled_and_spliced(first: int, second: int, random: Random) -> None:
    tree = copy.deepcopy(TREES[first])
    tree.body += copy.deepcopy(TREES[second].body)
    random.shuffle(tree.body)
    check(ast.unparse(tree))


HEADERS = [
    "def f(x=None):",
    "class C(C if 'C' in vars() else object):",
    "for x in x:",
    "while True:",
    "with x as y:",
    "if x:",
    "try:",
    "match x:\n case _:",
    "async def g(*a, **k):",
]


@mutation
@given(programs, st.lists(st.sampled_from(HEADERS), min_size=1, max_size=12))
def test_nested(program: str, headers: list[str]) -> None:
    for header in headers:
        program = f"{header}\n" + "\n".join("  " + line for line in program.splitlines())
        if header == "try:":
            program += "\nfinally:\n  pass"
    check(program)


@mutation
@given(st.text() | st.binary())
def test_any_text(source: str | bytes) -> None:
    assert isinstance(logitlint.check_source(source), list)


PRELUDE = """\
import torch
import torch.nn.functional as F
"""


def _lines(template: str, count: int) -> str:
    return "".join(template.replace("NEXT", str(i + 1)).replace("N", str(i)) + "\n" for i in range(count))


def _inside(opening: str, middle: str, closing: str, depth: int) -> str:
    return opening * depth + middle + closing * depth


def _indented(headers: list[str], body: str) -> str:
    return "".join("    " * i + header + "\n" for i, header in enumerate(headers)) + "    " * len(headers) + body + "\n"


P = "torch.sigmoid(y)"

LARGE = {
    "chain of functions": _lines("def fN(x):\n    return fNEXT(x)", 300)
    + "def f300(x):\n    return torch.sigmoid(x)\ntorch.log(f0(1))",
    "every function calls the next twice": _lines("def fN(x):\n    return fNEXT(x) + fNEXT(x + 1)", 60)
    + "def f60(x):\n    return torch.sigmoid(x)\ntorch.log(f0(1))",
    "every function calls all others": "".join(
        f"def f{i}(x):\n    return [{', '.join(f'f{j}(x + {j})' for j in range(25))}]\n" for i in range(25)
    )
    + "torch.log(f0(1))",
    "terms of a sum": "x = " + " + ".join(f"torch.log(torch.sigmoid(x{i}))" for i in range(500)),
    "alternatives": f"x = {P}\n" + _lines("if aN:\n    x = torch.softmax(x + N, 1)", 500) + "F.cross_entropy(x, y)",
    "elifs": "if a:\n    x = 1\n" + _lines("elif aN:\n    x = torch.sigmoid(N)", 500) + "torch.log(x)",
    "correlated conditions": _lines("xN = torch.sigmoid(x) if cN else torch.softmax(x, 1)", 40)
    + f"x = {' + '.join(f'x{i}' for i in range(40))}\ny = [{', '.join(f'x{i}' for i in range(40))}]\n"
    + "F.cross_entropy(y[0] if q else y[1], y)",
    "conditional of conditionals": f"x = {P}\n" + "x = (x if a else (x if b else (x, x)))\n" * 200 + "torch.log(x)",
    "keys of a dict": "d = {}\n" + _lines("d[kN if cN else jN] = torch.sigmoid(N)", 300) + "torch.log(d[k])",
    "elements of a list": f"x = {list(range(20000))}\ntorch.log(torch.sigmoid(torch.tensor(x)))",
    "values of a dict": "x = {" + _lines("'kN': torch.sigmoid(N),", 3000) + "}\ntorch.log(x['k7'])",
    "sums of sums": f"x0 = {P}\n" + _lines("xNEXT = xN + xN", 400) + "torch.log(x400)",
    "softmax of softmax": "x = y\n" + "x = torch.exp(x) / torch.sum(torch.exp(x))\n" * 60 + "torch.log(x)",
    "statements": f"x = {P}\n" + _lines("zN = torch.log(x) + N", 3000),
    "nested loops": _indented([f"for i{i} in range(1000):" for i in range(20)], f"torch.log({P})"),
    "nested loops that carry": f"x = {P}\n" + _indented(["for i in z:"] * 20, "x = torch.cat([x, torch.sigmoid(x)])"),
    "nested comprehensions": "x = " + _inside("[", P, " for _ in range(99)]", 30) + "\ntorch.log(x)",
    "nested functions": _indented([f"def f{i}(x):" for i in range(60)], "return torch.sigmoid(x)") + "torch.log(f0(1))",
    "nested ifs": _indented(["if a:"] * 60, f"x = {P}") + "torch.log(x)",
    "nested parentheses": f"torch.log({_inside('(', P, ')', 150)})",
    "nested calls": f"torch.log({_inside('torch.sigmoid(', 'y', ')', 80)})",
    "nested lists": f"x = {_inside('[', P, ']', 90)}\ntorch.log(x{'[0]' * 90})",
    "nested lambdas": f"x = {'lambda: ' * 90}{P}\ntorch.log(x{'()' * 90})",
    "nested conditionals": f"x = {_inside('a if b else (', P, ')', 90)}\ntorch.log(x)",
    "signs": f"x = torch.log({'-' * 300}{P})",
    "method chain": f"x = {P}{'.view(1).add(1).exp()' * 100}\ntorch.log(x)",
    "comparison": f"x = {P}\nz = {' < '.join(['x'] * 400)}",
}


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE.keys())
def test_large_program_ends_soon(source: str) -> None:
    started = time.perf_counter()
    check(PRELUDE + source + "\n")
    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("fixture", HOSTILE, ids=[path.name for path in HOSTILE])
def test_hostile_program_ends_soon(fixture: Path) -> None:
    """Programs that call, contain, inherit from or import themselves, or that make no sense at all."""
    started = time.perf_counter()
    logitlint.check_paths([str(fixture)])
    if fixture.is_file():
        check(fixture.read_bytes().decode("utf-8"))
    assert time.perf_counter() - started < SECONDS


def test_chain_of_modules(tmp_path: Path) -> None:
    for i in range(200):
        (tmp_path / f"m{i}.py").write_text(f"from m{i + 1} import f\n")
    (tmp_path / "m200.py").write_text(PRELUDE + "def f(x):\n    return torch.sigmoid(x)\n")
    (tmp_path / "main.py").write_text(PRELUDE + "from m0 import f\ntorch.log(f(1))\n")
    started = time.perf_counter()
    logitlint.check_paths([str(tmp_path)])
    assert time.perf_counter() - started < 2 * SECONDS


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "package" / "loop.py").symlink_to(tmp_path / "package" / "loop.py")
    (tmp_path / "package" / "a.py").write_text(
        PRELUDE + "from again.package.again import a\ntorch.log(torch.sigmoid(1))\n"
    )
    result = logitlint.check_paths([str(tmp_path)])
    assert [f.code for f in result.findings] == ["LGT402"]


@pytest.mark.parametrize(
    "expression",
    ["(" * 4000 + "1" + ")" * 4000, "[" * 4000 + "]" * 4000, "-" * 4000 + "1", "f(" * 4000 + ")" * 4000],
    ids=["parentheses", "lists", "signs", "calls"],
)
def test_deeper_than_the_parser_can_go(expression: str, tmp_path: Path) -> None:
    """In a child process, for a parser written in another language may take the interpreter down with it."""
    (tmp_path / "deep.py").write_text(f"{PRELUDE}x = {expression}\ntorch.log(torch.sigmoid(x))\n")
    (tmp_path / "other.py").write_text(f"{PRELUDE}torch.log(torch.sigmoid(1))\n")
    run = subprocess.run(
        [sys.executable, "-m", "logitlint", "check", "--output-format", "json", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert [f["path"] for f in json.loads(run.stdout)["findings"] if f["path"] == "other.py"] == ["other.py"]
