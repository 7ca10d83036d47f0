"""One editor and what it was told."""

from __future__ import annotations

import asyncio
import logging
import traceback
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec

from .. import __version__
from ..catalog import CatalogError
from ..config.read import ConfigurationError
from .actions import Actions, Choice
from .analysis import Analysis, Outcome
from .buffers import Buffers
from .diagnostics import diagnostics
from .worker import Worker

PAUSE = 0.2
"""Seconds without a change before what was typed is looked at."""

OWN = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)
"""What only `Buffers` follows: for pygls a form feed ends a line, for editors and Python it does not."""

NOTEBOOKS = types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook("jupyter-notebook")])
"""The notebooks that editors tell about, with all cells: they are counted in messages."""

LOG = logging.getLogger(__name__)


class Session(LanguageServer):
    """A server for one editor.

    Whenever something changes, everything that is open is analysed again, and a result that comes too late is dropped.
    """

    def __init__(self) -> None:
        super().__init__("logitlint", __version__, notebook_document_sync=NOTEBOOKS)
        for method in OWN:
            self.protocol.fm.builtin_features.pop(method)
        self.buffers = Buffers()
        self.analysis = Analysis()
        self.worker = Worker()
        self.outcome: Outcome | None = None
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._shown: dict[str, list[types.Diagnostic]] = {}
        self._complaint = ""
        self._watch: asyncio.Task[None] | None = None

    @property
    def codec(self) -> PositionCodec:
        """How this editor counts columns."""
        return self.buffers.codec

    def begin(self) -> None:
        """Look at what is open from now on."""
        self._watch = asyncio.get_running_loop().create_task(self._keep_looking())

    def look_again(self) -> None:
        """Something has changed."""
        self._settled.clear()
        self._changed.set()

    async def latest(self) -> Outcome | None:
        """What was found in what is open now; None if that could not be found out."""
        await self._settled.wait()
        is_current = self.outcome is not None and self.outcome.opened == self.buffers.opened()
        return self.outcome if is_current else None

    async def actions(self) -> Actions | None:
        """What can be done about that."""
        outcome = await self.latest()
        workspace = self.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace else None
        if outcome is None:
            return None
        return Actions(outcome, self.codec, bool(edits and edits.document_changes))

    async def resolve(self, action: types.CodeAction) -> tuple[str, ...]:
        """Find out what an action changes, nothing if it cannot be done; what was not done, and why."""
        found = await self.actions()
        if found is None or action.data is None:
            return ()
        outcome, choice = found.outcome, Choice(**action.data)
        done = await self.worker.do(lambda: self.analysis.mend(outcome, choice.wanted(outcome), choice.unsafe))
        if done.changes:
            action.edit = found.edit(change for together in done.changes for change in together)
        return done.notes

    @property
    def resolves(self) -> bool:
        """Whether the editor asks again for what an action changes, once it is chosen."""
        text = self.client_capabilities.text_document
        support = text.code_action.resolve_support if text and text.code_action else None
        return support is not None and "edit" in support.properties

    async def _keep_looking(self) -> None:
        while True:
            await self._changed.wait()
            while self._changed.is_set():
                self._changed.clear()
                await asyncio.sleep(PAUSE)
            await self._look()
            if not self._changed.is_set():
                self._settled.set()

    async def _look(self) -> None:
        opened, folders = self.buffers.opened(), tuple(self.buffers.folders)

        def check() -> tuple[Outcome, dict[str, list[types.Diagnostic]]]:
            outcome = self.analysis.check(opened, folders)
            return outcome, diagnostics(outcome, self.codec)

        try:
            outcome, found = await self.worker.do(check)
        except (ConfigurationError, CatalogError) as error:
            self._complain(str(error))
        except Exception as error:  # a defect of the analysis must not end the session
            LOG.error("%s", traceback.format_exc())
            self._complain(f"the analysis failed ({type(error).__name__}: {error}); the log says where")
        else:
            self._complaint = ""
            if not self._changed.is_set():
                self.outcome = outcome
                self._show(found)

    def _show(self, new: dict[str, list[types.Diagnostic]]) -> None:
        """Tell the editor what has become different, and what is not there any more."""
        versions = {piece.uri: piece.version for one in self.buffers.opened() for piece in one.pieces}
        for uri in self._shown.keys() - new.keys() - versions.keys():
            new[uri] = []
        for uri, found in new.items():
            if uri in versions or self._shown.get(uri, []) != found:
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, versions.get(uri)))
            self._shown[uri] = found
        self._shown = {uri: found for uri, found in self._shown.items() if found or uri in versions}

    def _complain(self, message: str) -> None:
        """Say once that nothing can be found."""
        if message != self._complaint:
            self._complaint = message
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"logitlint: {message}"))


def folders_of(params: types.InitializeParams) -> list[Path]:
    """The folders that an editor works in."""
    uris = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""]
    paths = [to_fs_path(uri) for uri in uris if uri] or [params.root_path]
    return [Path(path) for path in paths if path]
