"""A parsed source and the places in it."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from ..files.source import Source
from ..finding import Location, Skipped
from ..stack import is_too_deep


@dataclass(frozen=True, eq=False)
class Site:
    """A node of a tree: where a value was made or read."""

    tree: Tree
    node: cst.CSTNode
    block: int

    @property
    def location(self) -> Location:
        """The span of the node in its file."""
        return self.tree.locate(self)


class Tree:
    """The libcst modules of one source, one per block."""

    def __init__(self, source: Source, modules: list[tuple[int | None, cst.Module]], skipped: list[Skipped]):
        self.source = source
        self.path = source.path
        self.modules = modules
        self.skipped = skipped
        self._sites: dict[int, Site] = {}

    def site(self, node: cst.CSTNode, block: int) -> Site:
        """The one `Site` of a node."""
        found = self._sites.get(id(node))
        if found is None:
            found = self._sites[id(node)] = Site(self, node, block)
        return found

    def locate(self, site: Site) -> Location:
        """Where a site is; positions are computed for a block when its first site is asked for."""
        cell, _ = self.modules[site.block]
        span = self._positions(site.block)[site.node]
        return Location(self.path, cell, span.start.line, span.start.column + 1, span.end.line, span.end.column + 1)

    @functools.cache  # noqa: B019  (a tree lives as long as its positions)
    def _positions(self, block: int):  # type: ignore[no-untyped-def]
        with no_collection():
            return MetadataWrapper(self.modules[block][1], unsafe_skip_copy=True).resolve(PositionProvider)


@contextmanager
def no_collection() -> Iterator[None]:
    """Switch the garbage collector off: it doubles the time to build a tree."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(source: Source) -> Tree:
    """Parse every block of a source; a block that does not parse is skipped and named."""
    modules: list[tuple[int | None, cst.Module]] = []
    skipped = list(source.skipped)
    with no_collection():
        for block in source.blocks:
            if is_too_deep(block.text):
                skipped.append(Skipped(source.path, "is nested too deeply to parse", block.cell))
                continue
            try:
                modules.append((block.cell, cst.parse_module(block.text)))
            except cst.ParserSyntaxError as error:
                skipped.append(Skipped(source.path, f"does not parse: line {error.raw_line}", block.cell))
    return Tree(source, modules, skipped)
