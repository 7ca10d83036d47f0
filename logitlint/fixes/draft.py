"""A fix in the making: edits collected node by node, in as many files as it takes."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..catalog import Catalog
from ..finding import Applicability, Claim, Edit, Fix, Location
from ..flow.project import Project
from ..flow.tree import Site, Tree
from ..flow.uses import Use
from ..rules.index import Index
from .code import Code
from .spelling import Spelled, Spelling, bound_names, imports

if TYPE_CHECKING:
    from .reading import Reading


class Refused(Exception):
    """No fix can be given; the message says why, or between what a human has to choose."""


@dataclass(eq=False)
class Workshop:
    """What all fixes of a run share: the record of the run, and every text that is looked at."""

    catalog: Catalog
    index: Index
    project: Project
    plans: dict[Hashable, Fix] = field(default_factory=dict)
    _codes: dict[tuple[Tree, int], Code] = field(default_factory=dict)
    _spellings: dict[Tree, Spelling] = field(default_factory=dict)

    @functools.cached_property
    def reading(self) -> Reading:
        """The operations of the run, read once for all of its fixes."""
        from .reading import Reading

        return Reading(self)

    def code(self, tree: Tree, block: int) -> Code:
        """A block as text."""
        if (tree, block) not in self._codes:
            self._codes[tree, block] = Code(tree, block)
        return self._codes[tree, block]

    def codes(self, tree: Tree) -> list[Code]:
        """All blocks of a source."""
        return [self.code(tree, number) for number in range(len(tree.modules))]

    def spelling(self, tree: Tree) -> Spelling:
        """The names that a source imports."""
        if tree not in self._spellings:
            self._spellings[tree] = Spelling(self.codes(tree))
        return self._spellings[tree]

    def at(self, site: Site) -> Code:
        """The block of a site."""
        return self.code(site.tree, site.block)

    def uses_at(self, code: Code, node: ast.AST) -> list[Use]:
        """What was recorded at a node."""
        return self.index.by_site.get(code.site(node), [])


Span = tuple[int, int]


@dataclass(eq=False)
class Draft:
    """Edits by block; the same edit twice is one.

    `origins` are the activations that it moves, `claims` what it rewrites.
    """

    shop: Workshop
    edits: dict[Code, dict[tuple[int, int, str], None]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    needs: dict[Code, dict[str, None]] = field(default_factory=dict)
    origins: Collection[Site] = ()
    claims: dict[Claim, None] = field(default_factory=dict)

    def claim(self, claim: Claim) -> None:
        """Note what the fix replaces by what."""
        self.claims[claim] = None

    def edited(self, code: Code, node: ast.AST) -> str:
        """The text of a node as the edits so far leave it."""
        first, last = code.span(node)
        inside = sorted(
            (max(start, first), min(end, last), text)
            for start, end, text in self.edits.get(code, ())
            if start < last and end > first
        )
        pieces, at = [], first
        for start, end, text in inside:
            pieces += [code.text[at:start], text]
            at = end
        return "".join([*pieces, code.text[at:last]])

    def change(self, code: Code, start: int, end: int, text: str) -> None:
        """Put a text in place of a span."""
        self.edits.setdefault(code, {})[start, end, text] = None

    def replace(self, code: Code, node: ast.AST, text: str) -> None:
        """Put an expression in place of a node."""
        self.change(code, *code.span(node), code.fitted(text, node))

    def wrap(self, code: Code, node: ast.AST, function: str, rest: str = "") -> None:
        """Call a function on a node: `function(node, rest)`."""
        start, end = code.span(node)
        self.change(code, start, start, function + "(")
        self.change(code, end, end, f"{rest})")

    def unwrap(self, code: Code, node: ast.AST, inner: ast.AST) -> None:
        """Put a part of a node in place of the whole; edits inside of the part stay possible."""
        (start, end), (first, last) = code.span(node), code.outer_span(inner)
        if code.fitted(code.text[first:last], node) == code.text[first:last]:
            self.change(code, start, first, "")
            self.change(code, last, end, "")
        else:
            self.change(code, start, first, "(")
            self.change(code, last, end, ")")

    def rename(self, code: Code, call: ast.Call, *paths: str) -> None:
        """Call another function with the same arguments: the shortest spelling of one of these dotted paths."""
        spelled = self.spell(code, *paths, like=code.of(call.func))
        self.change(code, *code.span(call.func), spelled)

    def set_argument(self, code: Code, call: ast.Call, keyword: str, text: str) -> None:
        """Give a keyword argument: a new one at the end, or another value for one that is there."""
        for given in call.keywords:
            if given.arg == keyword:
                self.change(code, *code.span(given.value), text)
                return
        arguments = [*call.args, *call.keywords]
        if not arguments:
            at = code.opening(call) + 1
            self.change(code, at, at, f"{keyword}={text}")
            return
        last = max(self._span(code, a) for a in arguments)
        self.change(code, last[1], last[1], f", {keyword}={text}")

    def _keyword_span(self, code: Code, keyword: ast.keyword) -> Span:
        return code.span(keyword)[0], code.outer_span(keyword.value)[1]

    def remove_member(self, code: Code, node: ast.AST, siblings: list[ast.AST]) -> None:
        """Take an element out of a list, or an argument out of a call, with its comma and its line."""
        place = siblings.index(node)
        start, end = self._span(code, node)
        after = code.skip_blank(end)
        comma = code.text[after : after + 1] == ","
        first, past = code.line_start(start), code.line_end(after if comma else end)
        alone = (
            not code.text[first:start].strip()
            and not code.text[after + 1 if comma else end : past].split("#")[0].strip()
        )
        if alone and (comma or place == 0):
            self.change(code, first, past, "")
        elif place > 0:
            self.change(code, self._span(code, siblings[place - 1])[1], end, "")
        elif len(siblings) > 1:
            self.change(code, start, self._span(code, siblings[1])[0], "")
        else:
            self.change(code, start, end, "")

    def _span(self, code: Code, node: ast.AST) -> Span:
        return self._keyword_span(code, node) if isinstance(node, ast.keyword) else code.outer_span(node)

    def remove_statement(self, code: Code, statement: ast.stmt) -> None:
        """Take a statement out with its lines; a block that would be empty gets a `pass`.

        Raises:
            Refused: it shares its line with another one.
        """
        start, end = code.span(statement)
        first, past = code.line_start(start), code.line_end(end)
        if code.text[first:start].strip() or code.text[end:past].split("#")[0].strip():
            raise Refused("a statement to be removed shares its line with another")
        parent = code.parent(statement)
        bodies = [value for _, value in ast.iter_fields(parent) if isinstance(value, list)] if parent else []
        if any(body == [statement] for body in bodies) and not isinstance(parent, ast.Module):
            self.change(code, start, end, "pass")
        else:
            self.change(code, first, past, "")

    def insert_before(self, code: Code, statement: ast.stmt, text: str) -> None:
        """Put a statement on a line of its own in front of another."""
        at = code.line_start(code.span(statement)[0])
        self.change(code, at, at, code.indentation(statement) + text + code.newline)

    def fresh_name(self, code: Code, wanted: str) -> str:
        """A name that nothing in the source binds yet."""
        taken = self.names.union(*(bound_names(block.module) for block in self.shop.codes(code.tree)))
        taken |= set(self.shop.spelling(code.tree).imported)
        name = next(
            n for n in itertools.chain([wanted], (f"{wanted}_{i}" for i in itertools.count(2))) if n not in taken
        )
        self.names.add(name)
        return name

    def spell(self, code: Code, *paths: str, like: str = "") -> str:
        """How the file writes one of several equivalent dotted paths; adds the import that it needs."""
        spelled: Spelled = self.shop.spelling(code.tree).spell(*paths, like=like)
        if spelled.needs:
            self.needs.setdefault(code, {})[spelled.needs] = None
        return spelled.text

    def _add_imports(self, code: Code, statements: Iterable[str]) -> None:
        """After the last import of the block, or in front of its first statement that is no docstring."""
        lines = merged(statements)
        found = [s for s in imports(code.module.body) if s in code.module.body]
        if found:
            at = code.line_end(code.span(found[-1])[1])
            missing = code.newline if not code.text[:at].endswith(("\n", "\r")) else ""
            self.change(code, at, at, missing + "".join(line + code.newline for line in lines))
            return
        body = code.module.body
        skip = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
        at = code.line_start(code.span(body[1 if skip else 0])[0])
        self.change(code, at, at, "".join(line + code.newline for line in lines))

    def fix(self, applicability: Applicability, message: str) -> Fix:
        """The finished fix.

        Raises:
            Refused: two of its edits overlap, it touches a line that is not Python in its notebook, or nothing states
                what it rewrites.
        """
        if not self.claims:
            raise Refused("nothing states what this rewrites")
        edits: list[Edit] = []
        for code, statements in self.needs.items():
            self._add_imports(code, statements)
        for code, changes in self.edits.items():
            spans = [(start, end) for start, end, _ in changes]
            for one, other in itertools.pairwise(sorted(spans)):
                if other[0] < one[1]:
                    raise Refused("two changes to the same place are needed")
            edits += [self._edit(code, *change) for change in changes]
        edits.sort(key=lambda e: (e.location.sort_key(), e.location.end_line, e.location.end_column))
        return Fix(applicability, message, tuple(edits), tuple(self.claims))

    def _edit(self, code: Code, start: int, end: int, text: str) -> Edit:
        place = Location(code.tree.path, code.source.cell, *code.source.place(start), *code.source.place(end))
        return Edit(place, text)


def siblings_of(code: Code, node: ast.AST) -> list[ast.AST]:
    """The elements or arguments among which a node stands."""
    parent = code.parent(node)
    if isinstance(parent, ast.List | ast.Tuple | ast.Set):
        return list(parent.elts)
    if isinstance(parent, ast.Call):
        return list(in_order(code, [*parent.args, *parent.keywords]))
    return [node]


def in_order(code: Code, found: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes by their place."""
    return iter(sorted(found, key=code.span))


def merged(statements: Iterable[str]) -> list[str]:
    """Import statements, those from one module on one line."""
    names: dict[str, list[str]] = {}
    for statement in statements:
        module, separator, name = statement.partition(" import ")
        names.setdefault(module, []).extend([name] if separator else [])
    return [f"{module} import {', '.join(sorted(given))}" if given else module for module, given in names.items()]
