"""The language server as an editor talks to it: a process of its own, over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from running import BAD, GOOD

SERVER = ClientServerConfig([sys.executable, "-m", "logitlint", "server"])
NET = "import torch\n\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n"
TRAIN = (
    "from torch import nn\nfrom net import head\n\n\ndef loss(x, y):\n    return nn.CrossEntropyLoss()(head(x), y)\n"
)
LINEAR = NET.replace("torch.softmax(x, dim=1)", "x")

pytestmark = pytest.mark.asyncio


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
        return (self.folder / name).as_uri()

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


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def editor(client: LanguageClient, tmp_path: Path) -> Editor:
    return Editor(client, tmp_path)


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


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


async def test_columns_count_as_the_editor_counts(editor):
    line = "    '𝒳é'; return nn.CrossEntropyLoss()(torch.softmax(x, dim=1), y)\n"
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


async def test_configuration_and_comments_are_obeyed(editor, tmp_path):
    log1p = "import numpy as np\n\n\ndef f(x):\n    return np.log(1 + x)\n"
    (tmp_path / "pyproject.toml").write_text(
        '[tool.logitlint]\nextend-select = ["LGT411"]\nextend-exclude = ["old"]\nper-file-ignores."tests/*" = ["LGT2"]\n'
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
    assert unused.tags == [types.DiagnosticTag.Unnecessary]
    for name in ("old/train.py", "tests/train.py", "noqa.py"):
        await editor.sees(name)
    (tmp_path / "pyproject.toml").write_text('[tool.logitlint]\nselekt = ["LGT411"]\n')
    editor.client.text_document_did_save(
        types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri("log.py")))
    )
    await until(lambda: len(editor.client.messages) == 1)
    assert editor.client.messages[0].message.startswith("logitlint: pyproject.toml: selekt is no key")
    assert [found.code for found in editor.shown("log.py")] == ["LGT411"]
    (tmp_path / "pyproject.toml").unlink()
    editor.write("log.py", log1p + "\n")
    await editor.sees("log.py")


async def test_texts_that_are_no_file_yet_and_other_languages(editor):
    untitled = types.TextDocumentItem("untitled:Untitled-1", "python", 1, BAD)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(untitled))
    markdown = types.TextDocumentItem(editor.uri("notes.md"), "markdown", 1, BAD)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(markdown))
    await until(lambda: len(editor.client.diagnostics.get("untitled:Untitled-1", ())) == 1)
    assert editor.shown("notes.md") is None
    assert [one.method for one in editor.client.registered] == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
