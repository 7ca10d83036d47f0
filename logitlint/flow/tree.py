"""A parsed source and the places in it."""

from __future__ import annotations

import ast
import functools
import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..files.source import Block, Source
from ..finding import Location, Skipped

MAX_TREES = 40
"""How many trees are remembered after the program that read them."""


@dataclass(frozen=True, eq=False)
class Site:
    """A node of a tree: where a value was made or read."""

    tree: Tree
    node: ast.AST
    block: int

    @property
    def location(self) -> Location:
        """The span of the node in its file."""
        return self.tree.locate(self)


class Tree:
    """The syntax trees of one source, one per block."""

    def __init__(self, source: Source, modules: list[tuple[Block, ast.Module]], skipped: list[Skipped]):
        self.source = source
        self.path = source.path
        self.modules = modules
        self.skipped = skipped
        self._sites: dict[int, Site] = {}

    def site(self, node: ast.AST, block: int) -> Site:
        """The one `Site` of a node."""
        found = self._sites.get(id(node))
        if found is None:
            found = self._sites[id(node)] = Site(self, node, block)
        return found

    def locate(self, site: Site) -> Location:
        """Where a site is."""
        block, _ = self.modules[site.block]
        start, end = block.span(site.node)
        return Location(self.path, block.cell, *block.place(start), *block.place(end))


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
    modules: list[tuple[Block, ast.Module]] = []
    skipped = list(source.skipped)
    for block in source.blocks:
        try:
            modules.append((block, parse_block(block.text)))
        except SyntaxError as error:
            skipped.append(Skipped(source.path, f"does not parse: line {error.lineno}: {error.msg}", block.cell))
        except RecursionError:
            skipped.append(Skipped(source.path, "is nested too deeply to parse", block.cell))
        except MemoryError:
            reason = "does not parse: is nested too deeply for Python's parser, or takes more memory than there is"
            skipped.append(Skipped(source.path, reason, block.cell))
    return Tree(source, modules, skipped)


parse_once = functools.lru_cache(MAX_TREES)(parse)
"""The same, remembered for the last few sources: what many programs of a run import."""


def parse_block(text: str) -> ast.Module:
    """The syntax tree of a block.

    Raises:
        SyntaxError: it is not Python.
        RecursionError: it is nested too deeply.
        MemoryError: it is nested too deeply for Python's parser, which does not say more, or takes too much memory.
    """
    with no_collection(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
