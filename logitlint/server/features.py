"""What an editor may ask for, and tell."""

from __future__ import annotations

import os

from lsprotocol import types

from .actions import FIX_ALL, FIX_UNSAFE, wanted_kinds
from .hover import hover
from .session import Session, folders_of

FILES = "**/*.{py,ipynb,toml}"
"""What can change a finding when it changes on the disk."""

KINDS = [types.CodeActionKind.QuickFix, FIX_ALL, FIX_UNSAFE]
"""The code actions that there are."""


def make_server() -> Session:
    """A server that has not begun to listen."""
    session = Session()

    @session.feature(types.INITIALIZE)
    def begin(params: types.InitializeParams) -> None:
        session.buffers.codec = session.workspace.position_codec
        session.buffers.folders = [folder for folder in folders_of(params) if folder.is_dir()]
        if session.buffers.folders:
            os.chdir(session.buffers.folders[0])  # paths in messages are relative to it
        session.begin()

    @session.feature(types.INITIALIZED)
    async def watch(params: types.InitializedParams) -> None:
        watching = session.client_capabilities.workspace
        if watching and watching.did_change_watched_files and watching.did_change_watched_files.dynamic_registration:
            watchers = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(FILES)])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            await session.client_register_capability_async(
                types.RegistrationParams([types.Registration("files", method, watchers)])
            )

    @session.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        session.buffers.open(params.text_document)
        session.look_again()

    @session.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        session.buffers.change(params.text_document, params.content_changes)
        session.look_again()

    @session.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.buffers.close(params.text_document.uri)
        session.look_again()

    @session.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        session.look_again()

    @session.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def opened_notebook(params: types.DidOpenNotebookDocumentParams) -> None:
        session.buffers.open_notebook(params.notebook_document, params.cell_text_documents)
        session.look_again()

    @session.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def changed_notebook(params: types.DidChangeNotebookDocumentParams) -> None:
        if params.change.cells is not None:
            session.buffers.change_notebook(params.notebook_document.uri, params.change.cells)
            session.look_again()

    @session.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def closed_notebook(params: types.DidCloseNotebookDocumentParams) -> None:
        session.buffers.close_notebook(params.notebook_document.uri, params.cell_text_documents)
        session.look_again()

    @session.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed_on_disk(params: types.DidChangeWatchedFilesParams) -> None:
        session.look_again()

    @session.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def other_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        session.buffers.change_folders(params.event)
        session.look_again()

    @session.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(KINDS, resolve_provider=True))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        found = await session.actions()
        if found is None:
            return []
        offered = found.at(params.text_document.uri, params.range, wanted_kinds(params.context.only))
        if not session.resolves:
            for action in offered:
                await session.resolve(action)
            offered = [action for action in offered if action.edit is not None]
        return offered

    @session.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        for note in await session.resolve(action):
            if action.kind == FIX_ALL:  # at every saving, perhaps
                session.window_log_message(types.LogMessageParams(types.MessageType.Info, note))
            else:
                session.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"logitlint: {note}"))
        return action

    @session.feature(types.TEXT_DOCUMENT_HOVER)
    async def explain(params: types.HoverParams) -> types.Hover | None:
        outcome = await session.latest()
        if outcome is None:
            return None
        return hover(outcome, params.text_document.uri, params.position, session.codec)

    return session
