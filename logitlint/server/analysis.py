"""What is found in open files: with what is typed, beside all else that belongs to the project."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..api import Mended, check_inputs, fix_inputs
from ..catalog import load
from ..config.premises import premises
from ..config.resolve import Configurations
from ..config.settings import Settings
from ..files.discovery import discover
from ..files.document import Document, Unwritable
from ..files.inputs import Inputs
from ..files.notebook import python_of_cell
from ..files.source import Block, Source, Unreadable, read_source, refusal, shown_path, source_from_text
from ..files.write import Disk
from ..finding import Finding, Location, Result
from ..flow.tree import parse_block
from ..store import Checked, Program
from .buffers import Opened

Stamp = tuple[int, int]
"""When a file was changed, in nanoseconds, and its size; zeros if there is none."""


@dataclass(frozen=True)
class View:
    """Something open, and what of it was analysed.

    Attributes:
        opened: as it was when the analysis began.
        texts: of each piece what was analysed: while it does not parse, what it was when it last did.
        source: all of that.
    """

    opened: Opened
    texts: tuple[str, ...]
    source: Source

    @property
    def is_whole(self) -> bool:
        """Whether all of it was analysed as it was."""
        return all(piece.code == text for piece, text in zip(self.opened.pieces, self.texts, strict=True))


@dataclass(frozen=True)
class Outcome:
    """What an analysis found.

    Attributes:
        opened: what was open.
        inputs: what it was about.
        views: what is open and can be analysed, by its shown path.
        findings: those in which something open takes part.
        sources: the files in which findings have places, by shown path.
    """

    opened: tuple[Opened, ...]
    inputs: Inputs
    views: Mapping[str, View]
    findings: tuple[Finding, ...]
    sources: Mapping[str, Source]

    def uri(self, place: Location) -> str | None:
        """The script or cell of a place; None for a cell of a notebook that is not open."""
        if place.path in self.views:
            return self.views[place.path].opened.piece(place.cell).uri
        return Path(os.path.abspath(place.path)).as_uri() if place.cell is None else None

    def document(self, source: Source) -> Document:
        """The whole content of a source, to be changed.

        Raises:
            Unwritable: it must not be changed now.
        """
        view = self.views.get(source.path)
        if view is None:
            if any(block.cell is not None for block in source.blocks):
                raise Unwritable("is a notebook that is not open")
            return Disk().open(source)
        if not view.is_whole:
            raise Unwritable("does not parse")
        return Document(source, _content(view.opened, view.texts))

    def block(self, place: Location) -> Block:
        """The text that a place counts in."""
        if place.path in self.views:
            return Block(self.views[place.path].texts[(place.cell or 1) - 1])
        return next(block for block in self.sources[place.path].blocks if block.cell == place.cell)


class Analysis:
    """Analyses what is open, again and again; used by one thread."""

    def __init__(self) -> None:
        self.store = _Recent()
        self._parsed: dict[str, str] = {}
        self._read: dict[Path, tuple[Stamp, Source | None]] = {}
        self._catalogs: dict[str, Stamp] = {}

    def check(self, opened: Sequence[Opened], folders: Sequence[Path]) -> Outcome:
        """The findings in which something open takes part; `folders` are those that the editor works in.

        Raises:
            ConfigurationError: a configuration file cannot be used.
            CatalogError: a catalog that one names cannot be used.
        """
        inputs, views = self._inputs(opened, folders)
        self._reload(premises(inputs.settings).catalogs)
        self.store.begin(frozenset(views))
        result = check_inputs(inputs, store=self.store)
        findings = tuple(
            finding for finding in result.findings if any(place.path in views for place in _places(finding))
        )
        return Outcome(tuple(opened), inputs, views, findings, self._sources(inputs, findings))

    def mend(self, outcome: Outcome, wanted: Callable[[Finding], bool], unsafe: bool) -> Mended:
        """Apply the fixes of some of what was found, the unsafe ones only if told so; nothing is written."""
        return fix_inputs(outcome.inputs, outcome.document, unsafe=unsafe, wanted=wanted, store=self.store)

    def _inputs(self, opened: Sequence[Opened], folders: Sequence[Path]) -> tuple[Inputs, dict[str, View]]:
        configurations = Configurations()
        found, _ = discover([folder for folder in folders if _is_project(folder)], configurations)
        views: dict[str, View] = {}
        settings: dict[str, Settings] = {}
        pieces = {piece.uri for one in opened for piece in one.pieces}
        self._parsed = {uri: text for uri, text in self._parsed.items() if uri in pieces}
        for one in opened:
            file = one.file and _same(one.file, found)
            here = configurations.of_file(file) if file else configurations.of_folder(Path.cwd())
            if file is None or not here.settings.excludes_somewhere(file):
                view = self._view(one, str(file or one.name))
                if view is not None:
                    views[view.source.path] = view
                    settings[view.source.path] = here.settings
            if file is not None:
                found.pop(file, None)
        sources = [view.source for view in views.values()]
        for file, given in found.items():
            source = self._source(file)
            if source is not None:
                sources.append(source)
                settings[source.path] = given
        self._read = {file: known for file, known in self._read.items() if file in found}
        sources.sort(key=lambda source: source.path)
        return Inputs(tuple(sources), (), len(sources), settings), views

    def _sources(self, inputs: Inputs, findings: Sequence[Finding]) -> dict[str, Source]:
        """The files in which findings have places: those of the run, and others that they import."""
        known = {source.path: source for source in inputs.sources}
        for path in {place.path for finding in findings for place in _places(finding)} - known.keys():
            source = self._source(Path(os.path.abspath(path)))
            if source is not None:
                known[path] = source
        return known

    def _view(self, opened: Opened, name: str) -> View | None:
        """What of something open can be analysed; None if nothing can."""
        for piece in opened.pieces:
            if _parses(piece.code, opened.is_notebook):
                self._parsed[piece.uri] = piece.code
        texts = tuple(self._parsed.get(piece.uri, piece.code) for piece in opened.pieces)
        try:
            return View(opened, texts, source_from_text(_content(opened, texts), name))
        except Unreadable:
            return None

    def _source(self, file: Path) -> Source | None:
        """A file that is not open; None if it cannot be read."""
        stamp = _stamp(file)
        known = self._read.get(file)
        if known is None or known[0] != stamp:
            try:
                source = read_source(file, shown_path(file))
            except Unreadable:
                source = None
            known = self._read[file] = stamp, source
        return known[1]

    def _reload(self, catalogs: Sequence[str]) -> None:
        """Read catalogs again if they were changed."""
        stamps = {path: _stamp(path) for path in catalogs}
        if stamps != self._catalogs:
            self._catalogs = stamps
            self.store = _Recent()
            load.cache_clear()
        load(tuple(catalogs))


class _Recent:
    """Keeps what the last analysis gave; programs in which nothing is open are not run."""

    def __init__(self) -> None:
        self._open: frozenset[str] = frozenset()
        self._last: dict[Program, tuple[Checked, dict[str, Stamp]]] = {}
        self._now: dict[Program, tuple[Checked, dict[str, Stamp]]] = {}

    def begin(self, opened: frozenset[str]) -> None:
        """Begin an analysis for these paths: what the one before the last gave is forgotten."""
        self._open, self._last, self._now = opened, self._now, {}

    def get(self, program: Program) -> Checked | None:
        """What came out of a program, if that is known; nothing, if nothing in it is open."""
        if not any(source.path in self._open for source in (*program.sources, *program.beside)):
            return Checked(Result((), 0, 0, (), 0, 0.0))
        known = self._now.get(program) or self._last.get(program)
        if known is None or any(_stamp(path) != stamp for path, stamp in known[1].items()):
            return None
        self._now[program] = known
        return known[0]

    def put(self, program: Program, checked: Checked) -> None:
        """Keep what came out of a program."""
        read = checked.grounds.read if checked.grounds is not None else ()
        self._now[program] = Checked(checked.result), {path: _stamp(path) for path, _ in read}


def _content(opened: Opened, texts: Sequence[str]) -> str:
    """What a file with these texts holds."""
    if not opened.is_notebook:
        return texts[0]
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": text} for text in texts]})


def _parses(code: str, is_cell: bool) -> bool:
    if refusal(code) is not None:
        return False
    try:
        parse_block((python_of_cell(code) or "") if is_cell else code)
    except (SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _places(finding: Finding) -> Iterator[Location]:
    yield finding.location
    for related in finding.related:
        yield related.location


def _is_project(folder: Path) -> bool:
    """Whether a folder can be looked through: one that is there, and not all that a user or the machine has."""
    return folder.is_dir() and folder not in (Path.home(), *Path.home().parents)


def _same(file: Path, found: Mapping[Path, Settings]) -> Path:
    """A file under the name under which it was found, should it have been reached through a link."""
    if file in found:
        return file
    real = os.path.realpath(file)
    return next((one for one in found if one.name == file.name and os.path.realpath(one) == real), file)


def _stamp(path: str | Path) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
