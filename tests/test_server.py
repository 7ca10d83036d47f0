"""The language server as an editor talks to it: a process of its own, over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from running import BAD, GOOD, run_cli

SERVER = ClientServerConfig([sys.executable, "-m", "logitlint", "server"])
NET = "import torch\n\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n"
TRAIN = (
    "from torch import nn\nfrom net import head\n\n\ndef loss(x, y):\n    return nn.CrossEntropyLoss()(head(x), y)\n"
)
LINEAR = NET.replace("torch.softmax(x, dim=1)", "x")


@pytest_lsp.fixture(config=SERVER)
async def client(editor: LanguageClient, tmp_path: Path):
    @editor.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        editor.registered = params.registrations

    folder = types.WorkspaceFolder(tmp_path.as_uri(), "project")
    capabilities = client_capabilities("visual-studio-code")
    await editor.initialize_session(types.InitializeParams(capabilities=capabilities, workspace_folders=[folder]))
    yield
    await editor.shutdown_session()


class Editor:
    """What a person does in an editor."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        """The URI of a file by its name, or of a cell, which has no other name."""
        return name if ":" in name else (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> None:
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.versions[name] = 1
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, *changes: types.TextDocumentContentChangeEvent) -> None:
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, list(changes)))

    def write(self, name: str, text: str) -> None:
        """Replace all of a text."""
        self.type(name, types.TextDocumentContentChangeWholeDocument(text))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def shown(self, name: str) -> list[types.Diagnostic] | None:
        return list(self.client.diagnostics[self.uri(name)]) if self.uri(name) in self.client.diagnostics else None

    async def sees(self, name: str, *codes: str) -> list[types.Diagnostic]:
        """What is shown, as soon as it has these codes."""
        await until(lambda: (found := self.shown(name)) is not None and [one.code for one in found] == list(codes))
        return self.shown(name)

    async def offered(self, name: str, place: types.Range, *only: str) -> list[types.CodeAction]:
        document = types.TextDocumentIdentifier(self.uri(name))
        context = types.CodeActionContext([], list(only) or None)
        return await self.client.text_document_code_action_async(types.CodeActionParams(document, place, context))

    async def hover(self, name: str, line: int, column: int) -> types.Hover | None:
        document = types.TextDocumentIdentifier(self.uri(name))
        return await self.client.text_document_hover_async(types.HoverParams(document, types.Position(line, column)))

    async def resolved(self, action: types.CodeAction) -> types.WorkspaceEdit:
        return (await self.client.code_action_resolve_async(action)).edit


def applied(edit: types.WorkspaceEdit, texts: dict[str, str]) -> dict[str, str]:
    """Texts by URI after an edit; columns are UTF-16."""
    done = dict(texts)
    for change in edit.document_changes:
        data = texts[change.text_document.uri].splitlines(keepends=True)
        starts = [sum(len(line.encode("utf-16-le")) // 2 for line in data[:n]) for n in range(len(data) + 1)]
        raw = "".join(data).encode("utf-16-le")
        for one in sorted(change.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
            start, end = (2 * (starts[at.line] + at.character) for at in (one.range.start, one.range.end))
            raw = raw[:start] + one.new_text.encode("utf-16-le") + raw[end:]
        done[change.text_document.uri] = raw.decode("utf-16-le")
    return done


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def editor(client: LanguageClient, tmp_path: Path) -> Editor:
    return Editor(client, tmp_path)


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


@pytest.mark.asyncio
async def test_finds_what_is_typed_and_says_where_it_comes_from(editor):
    editor.open("train.py", GOOD)
    await editor.sees("train.py")
    editor.type("train.py", types.TextDocumentContentChangePartial(span(5, 33, 34), "torch.softmax(x, dim=1)"))
    (found,) = await editor.sees("train.py", "LGT201")
    assert found.range == span(5, 11, 60)
    assert found.severity == types.DiagnosticSeverity.Error
    assert (found.source, found.message[:24]) == ("logitlint", "softmax is applied twice")
    origin, made = found.related_information
    assert (origin.location, origin.message) == (
        types.Location(editor.uri("train.py"), span(5, 33, 56)),
        "softmax applied here",
    )
    assert made.message == "the loss is made here"
    editor.write("train.py", GOOD)
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_files_that_are_open_and_those_that_are_not_are_one_program(editor, tmp_path):
    (tmp_path / "net.py").write_text(LINEAR)
    (tmp_path / "train.py").write_text(TRAIN)
    editor.open("train.py", TRAIN)
    await editor.sees("train.py")
    editor.open("net.py", NET)  # not saved
    (found,) = await editor.sees("train.py", "LGT201")
    assert found.related_information[0].location == types.Location(editor.uri("net.py"), span(4, 11, 34))
    editor.close("train.py")  # what is typed in one file matters to another that is not open
    await editor.sees("train.py", "LGT201")
    editor.close("net.py")  # now the disk counts
    await editor.sees("train.py")
    (tmp_path / "net.py").write_text(NET)
    event = types.FileEvent(editor.uri("net.py"), types.FileChangeType.Changed)
    editor.open("train.py", TRAIN)
    await editor.sees("train.py", "LGT201")
    (tmp_path / "net.py").write_text(LINEAR)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await editor.sees("train.py")


@pytest.mark.asyncio
async def test_columns_count_as_the_editor_counts(editor):
    line = "    '🔥é'; return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)\n"
    text = BAD.replace("    return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)\n", "\f# \u2028 no line\n" + line)
    editor.open("train.py", text)
    (found,) = await editor.sees("train.py", "LGT201")
    assert found.range == span(6, 18, 67)
    editor.type(
        "train.py",
        types.TextDocumentContentChangePartial(span(6, 40, 54), "("),  # torch.softmax(
        types.TextDocumentContentChangePartial(span(6, 42, 49), ""),  # , dim=1
    )
    await editor.sees("train.py")
    editor.type("train.py", types.TextDocumentContentChangePartial(span(6, 40, 43), "torch.softmax(x, 1)"))
    (found,) = await editor.sees("train.py", "LGT201")
    assert found.related_information[0].location.range == span(6, 40, 59)


@pytest.mark.asyncio
async def test_what_does_not_parse_keeps_what_was_found(editor):
    editor.open("net.py", NET)
    editor.open("train.py", TRAIN)
    await editor.sees("train.py", "LGT201")
    editor.write("net.py", NET + "\n\ndef more(:\n")  # its last whole text still counts for others
    editor.write("train.py", TRAIN + "\n\nx = (\n")
    editor.open("other.py", BAD)
    await editor.sees("other.py", "LGT201")
    assert [found.code for found in editor.shown("train.py")] == ["LGT201"]
    editor.open("broken.py", BAD + "(\n")
    editor.open("nul.py", BAD + "\0")
    editor.open("deep.py", BAD + "x = " + "(" * 5000)
    for name in ("broken.py", "nul.py", "deep.py"):
        await editor.sees(name)
    editor.write("train.py", "x = 1\n")
    await editor.sees("train.py")
    assert editor.client.messages == []


@pytest.mark.asyncio
async def test_configuration_and_comments_are_obeyed(editor, tmp_path):
    log1p = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"
    (tmp_path / "pyproject.toml").write_text(
        '[tool.logitlint]\nextend-select = ["LGT411"]\nextend-exclude = ["old"]\n'
        'per-file-ignores."tests/*" = ["LGT2"]\n'
    )
    (tmp_path / "old").mkdir()
    (tmp_path / "tests").mkdir()
    editor.open("log.py", log1p)
    editor.open("old/train.py", BAD)
    editor.open("tests/train.py", BAD)
    editor.open("noqa.py", BAD.replace(", y)\n", ", y)  # noqa: LGT201\n"))
    editor.open("unused.py", GOOD.replace(", y)\n", ", y)  # logitlint: ignore[LGT201]\n"))
    (found,) = await editor.sees("log.py", "LGT411")
    assert found.severity == types.DiagnosticSeverity.Information
    (unused,) = await editor.sees("unused.py", "LGT900")
    assert list(unused.tags) == [types.DiagnosticTag.Unnecessary]
    for name in ("old/train.py", "tests/train.py", "noqa.py"):
        await editor.sees(name)
    (tmp_path / "pyproject.toml").write_text('[tool.logitlint]\nselekt = ["LGT411"]\n')
    editor.client.text_document_did_save(
        types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri("log.py")))
    )
    await until(lambda: len(editor.client.messages) == 1)
    assert editor.client.messages[0].message.startswith("logitlint: pyproject.toml: no key 'selekt'")
    assert [found.code for found in editor.shown("log.py")] == ["LGT411"]
    (tmp_path / "pyproject.toml").unlink()
    editor.write("log.py", log1p + "\n")
    await editor.sees("log.py")


@pytest.mark.asyncio
async def test_texts_that_are_no_file_yet_and_other_languages(editor):
    untitled = types.TextDocumentItem("untitled:Untitled-1", "python", 1, BAD)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(untitled))
    markdown = types.TextDocumentItem(editor.uri("notes.md"), "markdown", 1, BAD)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(markdown))
    await until(lambda: len(editor.client.diagnostics.get("untitled:Untitled-1", ())) == 1)
    assert editor.shown("notes.md") is None
    assert [one.method for one in editor.client.registered] == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]


LOGS = """\
import torch


def nll(x):
    '🔥'; return -torch.log(torch.softmax(x, dim=1))


def other(x):
    return torch.log(torch.sigmoid(x))


def again(x):
    '🔥'; return -torch.log(torch.softmax(x, dim=1))
"""


@pytest.mark.asyncio
async def test_fixes_are_offered_where_the_finding_is(editor):
    editor.open("train.py", LOGS)
    await editor.sees("train.py", "LGT401", "LGT402", "LGT401")
    fix, ignore, every = await editor.offered("train.py", span(4, 25, 25))
    assert fix.title.startswith("LGT401: ")
    assert (fix.kind, fix.is_preferred, len(fix.diagnostics)) == (types.CodeActionKind.QuickFix, True, 1)
    edit = await editor.resolved(fix)
    assert edit.document_changes[0].text_document.version == 1
    texts = {editor.uri("train.py"): LOGS}
    (text,) = applied(edit, texts).values()
    assert text == LOGS.replace("torch.log(torch.softmax(x, dim=1))", "torch.log_softmax(x, dim=1)", 1)
    assert ignore.title == "LGT401: ignore it here"
    (text,) = applied(ignore.edit, texts).values()
    assert text == LOGS.replace("dim=1))", "dim=1))  # logitlint: ignore[LGT401]", 1)
    assert every.kind == "source.fixAll.logitlint"
    (text,) = applied(await editor.resolved(every), texts).values()
    assert text.count("torch.log_softmax(x, dim=1)") == 2
    assert "logsigmoid(x)" in text
    editor.write("train.py", text)
    await editor.sees("train.py")
    assert await editor.offered("train.py", span(4, 0, 40)) == ()


@pytest.mark.asyncio
async def test_an_unsafe_fix_over_two_files_says_what_it_is(editor, tmp_path):
    (tmp_path / "net.py").write_text(NET)
    editor.open("train.py", TRAIN)
    await editor.sees("train.py", "LGT201")
    place = span(5, 12, 12)
    fix, _, every = await editor.offered("train.py", place)
    assert fix.title.startswith("LGT201 (unsafe): ")
    assert not fix.is_preferred
    assert every.kind == "source.logitlint.unsafe"
    texts = {editor.uri("train.py"): TRAIN, editor.uri("net.py"): NET}
    for edit in (await editor.resolved(fix), await editor.resolved(every)):
        assert [change.text_document.version for change in edit.document_changes] == [None]
        assert applied(edit, texts) == {**texts, editor.uri("net.py"): LINEAR}
    assert await editor.offered("train.py", place, "source.fixAll") == ()
    assert [action.kind for action in await editor.offered("train.py", place, "source")] == [every.kind]
    (tmp_path / "net.py").write_text(NET + "\n# changed by somebody else\n")
    editor.write("train.py", TRAIN + "\n")  # asks the disk again
    _, _, every = await editor.offered("train.py", place)
    editor.open("net.py", NET)
    edit = await editor.resolved(every)
    assert [change.text_document.version for change in edit.document_changes] == [1]
    editor.write("net.py", NET + "(\n")
    assert [action.title for action in await editor.offered("train.py", place)] == [
        "LGT201: ignore it here",
        every.title,
    ]
    assert await editor.resolved(every) is None
    assert [one.message for one in editor.client.messages] == ["logitlint: net.py: not changed: does not parse"]


@pytest.mark.asyncio
async def test_the_page_of_the_rule_on_hover(editor):
    editor.open("train.py", BAD + "\n\nx = 1  # logitlint: ignore-file[LGT205]\n")
    await editor.sees("train.py", "LGT201", "LGT900")
    found = await editor.hover("train.py", 5, 20)
    assert found.range == span(5, 11, 60)
    about, page = found.contents.value.split("\n\n---\n\n")
    assert about.startswith("**LGT201** softmax is applied twice: CrossEntropyLoss takes logits")
    assert about.endswith("*fix (unsafe):* take the softmax off: the loss applies it")
    assert page.startswith("# LGT201 softmax-into-logit-loss\n")
    assert "\n## Measured\n" in page
    editor.write("train.py", GOOD + "\n\nx = 1  # noqa: E501, LGT205\n")
    await editor.sees("train.py", "LGT900")
    editor.write("train.py", GOOD + "\n\nx = 1  # see LGT205\n")
    found = await editor.hover("train.py", 8, 15)
    assert found.range == span(8, 13, 19)
    assert found.contents.value.startswith("# LGT205 logits-into-probability-loss\n")
    assert await editor.hover("train.py", 8, 2) is None


CELLS = (
    "# Notes",
    "%matplotlib inline\nimport torch\nfrom torch import nn",
    "'🔥'; p = torch.softmax(nn.Linear(4, 3)(torch.rand(2, 4)), dim=1)",
    "loss = nn.CrossEntropyLoss()(p, torch.tensor([0, 1]))",
)


@pytest.mark.asyncio
async def test_the_cells_of_a_notebook_are_one_program(editor):
    uri = editor.uri("train.ipynb")
    cells = [f"vscode-notebook-cell:{editor.folder}/train.ipynb#{n}" for n in range(len(CELLS))]

    def change(cells: types.NotebookDocumentCellChanges, version: int) -> None:
        editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(version, uri), types.NotebookDocumentChangeEvent(cells=cells)
            )
        )

    def edited(cell: str, version: int, place: types.Range, text: str) -> types.NotebookDocumentCellContentChanges:
        return types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(version, cell), [types.TextDocumentContentChangePartial(place, text)]
        )

    def cell(number: int) -> types.NotebookCell:
        return types.NotebookCell(
            types.NotebookCellKind.Code if number else types.NotebookCellKind.Markup, cells[number]
        )

    notebook = types.NotebookDocument(uri, "jupyter-notebook", 1, [cell(n) for n in range(4)])
    languages = ["markdown"] + ["python"] * 3
    texts = [types.TextDocumentItem(*one) for one in zip(cells, languages, [1] * 4, CELLS, strict=True)]
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, texts))
    (found,) = await editor.sees(cells[3], "LGT201")
    assert found.range == span(0, 7, 53)
    assert found.related_information[0].location == types.Location(cells[2], span(0, 10, 65))
    fix, ignore, _ = await editor.offered(cells[3], found.range)
    by_cell = dict(zip(cells, CELLS, strict=True))
    assert applied(await editor.resolved(fix), by_cell) == {
        **by_cell,
        cells[2]: "'🔥'; p = nn.Linear(4, 3)(torch.rand(2, 4))",
    }
    assert applied(ignore.edit, by_cell) == {**by_cell, cells[3]: CELLS[3] + "  # logitlint: ignore[LGT201]"}

    half_typed = [edited(cells[3], 2, span(0, 28, 29), "(("), edited(cells[2], 2, span(0, 0, 0), "  ")]
    change(types.NotebookDocumentCellChanges(text_content=half_typed), 2)
    editor.open("other.py", BAD)
    await editor.sees("other.py", "LGT201")
    await editor.sees(cells[3], "LGT201")
    undone = [edited(cells[3], 3, span(0, 28, 30), "("), edited(cells[2], 3, span(0, 0, 2), "")]
    change(types.NotebookDocumentCellChanges(text_content=undone), 3)
    swapped = types.NotebookDocumentCellChangeStructure(types.NotebookCellArrayChange(2, 2, [cell(3), cell(2)]))
    change(types.NotebookDocumentCellChanges(structure=swapped), 4)
    await editor.sees(cells[3])
    back = types.NotebookDocumentCellChangeStructure(types.NotebookCellArrayChange(2, 2, [cell(2), cell(3)]))
    change(types.NotebookDocumentCellChanges(structure=back), 5)
    await editor.sees(cells[3], "LGT201")
    identifiers = list(map(types.TextDocumentIdentifier, cells))
    gone = types.NotebookDocumentCellChangeStructure(types.NotebookCellArrayChange(2, 1), did_close=[identifiers[2]])
    change(types.NotebookDocumentCellChanges(structure=gone), 6)
    await editor.sees(cells[3])
    timed = [edited(cells[3], 4, span(0, 0, len(CELLS[3])), "%time q = torch.log(torch.softmax(p, 1))")]
    change(types.NotebookDocumentCellChanges(text_content=timed), 7)
    await editor.sees(cells[3], "LGT401")
    (every,) = await editor.offered(cells[3], span(0, 0, 40))
    assert every.kind == "source.fixAll.logitlint"
    assert await editor.resolved(every) is None
    (note,) = editor.client.log_messages
    assert note.message == "train.ipynb:cell 3:1:11: LGT401 is not fixed: line 1 of cell 3 is not Python"
    closed = types.DidCloseNotebookDocumentParams(types.NotebookDocumentIdentifier(uri), identifiers)
    editor.client.notebook_document_did_close(closed)
    editor.write("other.py", GOOD)
    await editor.sees("other.py")
    assert editor.client.messages == []


@pytest_lsp.fixture(config=SERVER)
async def plain(editor: LanguageClient):
    """An editor that can do little: no versions, no second question about an action, columns in UTF-8."""
    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    capabilities = types.ClientCapabilities(general=general)
    await editor.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await editor.shutdown_session()


@pytest.mark.asyncio
async def test_an_editor_that_can_do_little(plain, tmp_path):
    editor = Editor(plain, tmp_path)
    assert await editor.hover("train.py", 0, 0) is None  # nothing is open yet
    editor.open("train.py", LOGS)
    await editor.sees("train.py", "LGT401", "LGT402", "LGT401")
    fix, _, every = await editor.offered("train.py", span(4, 28, 28))
    (edit,) = fix.edit.changes[editor.uri("train.py")]  # without asking for it
    assert edit.range.start == types.Position(4, 29)
    assert [len(edits) for edits in every.edit.changes.values()] == [3]

    def work_in(*, added: list[types.WorkspaceFolder], removed: list[types.WorkspaceFolder]) -> None:
        event = types.WorkspaceFoldersChangeEvent(added, removed)
        plain.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    (tmp_path / "use.py").write_text(TRAIN)
    editor.open("net.py", NET)
    await editor.sees("net.py")
    assert editor.shown("use.py") is None
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "project")
    work_in(added=[folder], removed=[])
    await editor.sees("use.py", "LGT201")
    work_in(added=[], removed=[folder])
    await editor.sees("use.py")


@pytest.mark.asyncio
async def test_a_home_folder_is_no_project_and_the_process_ends_with_the_editor(tmp_path):
    client = pytest_lsp.make_test_lsp_client()
    await client.start_io(*SERVER.server_command, env={**os.environ, "HOME": str(tmp_path)})
    params = types.InitializeParams(capabilities=types.ClientCapabilities(), root_uri=tmp_path.as_uri())
    await client.initialize_session(params)
    (tmp_path / "train.py").write_text(TRAIN)
    editor = Editor(client, tmp_path)
    editor.open("net.py", NET)
    await editor.sees("net.py")
    assert editor.shown("train.py") is None
    editor.open("train.py", TRAIN)
    await client.shutdown_session()  # while there is something to do
    assert client._server.returncode == 0
    await client.stop()


@pytest.mark.asyncio
async def test_over_a_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_cli(tmp_path, "server", "--tcp", str(port))
        assert (done.returncode, done.stderr.splitlines()) == (
            2,
            [f"Error: port {port} cannot be used: Address already in use"],
        )
    with subprocess.Popen([sys.executable, "-m", "logitlint", "server", "--tcp", str(port)]) as process:
        client = pytest_lsp.make_test_lsp_client()

        async def connect() -> bool:
            try:
                await client.start_tcp("127.0.0.1", port)
            except ConnectionError:
                return False
            return True

        async with asyncio.timeout(60):
            while not await connect():
                await asyncio.sleep(0.05)
        result = await client.initialize_session(types.InitializeParams(capabilities=types.ClientCapabilities()))
        assert result.server_info.name == "logitlint"
        await client.shutdown_session()
        assert process.wait(60) == 0
        await client.stop()


def test_arguments(tmp_path):
    done = run_cli(tmp_path, "server", "--stdio", "--tcp", "2087")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    blocked = "import sys; sys.modules['pygls'] = None; import logitlint.cli; logitlint.cli.main(['server'])"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, check=False)
    message = "Error: the language server needs pygls: pip install 'logitlint[server]'"
    assert (done.returncode, done.stderr.splitlines()) == (2, [message])


def test_the_flake8_plugin_in_another_server(tmp_path):
    """python-lsp-server, whose answers the client of these tests cannot read."""
    (tmp_path / "net.py").write_text(NET)
    uri = (tmp_path / "train.py").as_uri()
    plugins = {"flake8": {"enabled": True, "executable": f"{sys.executable} -m flake8"}}

    def send(**message: object) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        server.stdin.flush()

    def received(wanted: Callable[[dict], bool]) -> dict:
        while True:
            headers = b"".join(iter(server.stdout.readline, b"\r\n"))
            assert headers, "it ended"
            length = int(re.search(rb"Content-Length: (\d+)", headers)[1])
            if wanted(message := json.loads(server.stdout.read(length))):
                return message

    command = [sys.executable, "-m", "pylsp"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        send(id=1, method="initialize", params={"rootUri": tmp_path.as_uri(), "capabilities": {}})
        received(lambda message: message.get("id") == 1)
        send(method="initialized", params={})
        send(method="workspace/didChangeConfiguration", params={"settings": {"pylsp": {"plugins": plugins}}})
        item = {"uri": uri, "languageId": "python", "version": 1, "text": TRAIN}
        send(method="textDocument/didOpen", params={"textDocument": item})
        shown = received(lambda message: message.get("method") == "textDocument/publishDiagnostics")
        send(id=2, method="shutdown")
        received(lambda message: message.get("id") == 2)
        send(method="exit")
    (found,) = (one for one in shown["params"]["diagnostics"] if one["code"] == "LGT201")
    assert found["range"]["start"] == {"line": 5, "character": 11}
    assert found["message"].startswith("LGT201 softmax is applied twice")


NEOVIM = """
vim.cmd('filetype on')
vim.cmd.edit('train.py')
local function wait(condition) assert(vim.wait(60000, condition, 20), 'timeout') end
local function found() return #vim.diagnostic.get(0) end
wait(function() return found() == 1 end)
local shown = vim.diagnostic.get(0)[1]
print(shown.lnum, shown.col, shown.code)
vim.api.nvim_win_set_cursor(0, {shown.lnum + 1, shown.col})
local function choose(action) return action.title:match('take the softmax off') ~= nil end
vim.lsp.buf.code_action({ filter = choose, apply = true })
wait(function() return found() == 0 end)
print(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n'))
vim.lsp.stop_client(vim.lsp.get_clients())
wait(function() return #vim.lsp.get_clients() == 0 end)
vim.cmd('quitall!')
"""


def test_neovim_as_the_guide_says(tmp_path):
    neovim = shutil.which("nvim", path=str(Path(sys.executable).parent))
    if neovim is None:
        pytest.skip("Neovim is not installed")
    guide = (Path(__file__).parent.parent / "docs" / "guide" / "editors.md").read_text("utf-8")
    (lua,) = re.findall(r"^```lua\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    command = "cmd = { 'logitlint', "
    assert command in lua
    here = lua.replace(command, f"cmd = {{ '{sys.executable}', '-m', 'logitlint', ")
    (tmp_path / "init.lua").write_text(here + NEOVIM)
    (tmp_path / "train.py").write_text(BAD)
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [neovim, "--headless", "--clean", "-l", "init.lua"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "5 11 LGT201" in done.stderr
    assert GOOD.rstrip() in done.stderr.replace("\r\n", "\n")
