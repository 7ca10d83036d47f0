"""The text of one block: where the nodes of its tree are, what is around them, when parentheses are needed."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from ..flow.names import nodes
from ..flow.tree import Site, Tree

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
LOWEST, ATOM = 0, 15

OPERATORS: dict[type, int] = {
    ast.Or: 2,
    ast.And: 3,
    ast.Not: 4,
    ast.BitOr: 6,
    ast.BitXor: 7,
    ast.BitAnd: 8,
    ast.LShift: 9,
    ast.RShift: 9,
    ast.Add: 10,
    ast.Sub: 10,
    ast.Mult: 11,
    ast.Div: 11,
    ast.FloorDiv: 11,
    ast.Mod: 11,
    ast.MatMult: 11,
    ast.UAdd: 12,
    ast.USub: 12,
    ast.Invert: 12,
    ast.Pow: 13,
}
"""How tightly an operator binds (Python reference, 6.17)."""

EXPRESSIONS: dict[type, int] = {
    ast.NamedExpr: LOWEST,
    ast.Yield: LOWEST,
    ast.YieldFrom: LOWEST,
    ast.Lambda: 1,
    ast.IfExp: 1,
    ast.Compare: 5,
    ast.Await: 14,
    ast.Starred: LOWEST,
}


class Code:
    """One block of a source, as text and as a tree. Offsets are in characters of `text`."""

    def __init__(self, tree: Tree, block: int) -> None:
        self.tree = tree
        self.block = block
        self.source, self.module = tree.modules[block]
        self.text = self.source.text

    @functools.cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in nodes(self.module) for child in ast.iter_child_nodes(node)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node starts and ends, without parentheses around it."""
        return self.source.span(node)

    def site(self, node: ast.AST) -> Site:
        """The place of a node."""
        return self.tree.site(node, self.block)

    def of(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def outer_span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node starts and ends, with the parentheses that belong to it alone."""
        start, end = self.span(node)
        first = self._first_inside(node)
        while True:
            left, right = len(self.text[:start].rstrip()) - 1, self.skip_blank(end)
            if left < first or self.text[left : left + 1] != "(" or self.text[right : right + 1] != ")":
                return start, end
            start, end = left, right + 1

    def _first_inside(self, node: ast.AST) -> int:
        """The first offset at which a parenthesis around a node cannot be its parent's."""
        parent = self.parent(node)
        if isinstance(parent, ast.keyword):
            return self.span(parent)[0] + len(parent.arg or "**")
        if isinstance(parent, ast.Call) and node is not parent.func:
            return self.opening(parent) + 1
        return self.span(parent)[0] if parent is not None and hasattr(parent, "lineno") else 0

    def opening(self, call: ast.Call) -> int:
        """The offset of the parenthesis that opens the arguments of a call."""
        return self.text.index("(", self.outer_span(call.func)[1])

    def skip_blank(self, offset: int) -> int:
        """The first offset from here on that is neither white space nor part of a comment."""
        while offset < len(self.text):
            if self.text[offset] == "#":
                while offset < len(self.text) and self.text[offset] not in "\r\n":
                    offset += 1
            elif self.text[offset].isspace() or self.text[offset] == "\\":
                offset += 1
            else:
                break
        return offset

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        found = self._parents.get(node)
        while found is not None:
            yield found
            found = self._parents.get(found)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that a node is part of."""
        return next(n for n in (node, *self.ancestors(node)) if isinstance(n, ast.stmt))

    def function(self, node: ast.AST) -> ast.AST:
        """The innermost function around a node, or the module."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
        return next(n for n in self.ancestors(node) if isinstance(n, kinds))

    def indentation(self, node: ast.AST) -> str:
        """The white space in front of the line on which a node starts."""
        line = self.text[self.line_start(self.span(node)[0]) :]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def line_start(self, offset: int) -> int:
        """The offset at which the line of an offset starts."""
        return max(start for start in self.source.starts if start <= offset)

    def line_end(self, offset: int) -> int:
        """The offset after the line of an offset, its line break included."""
        return next((start for start in self.source.starts if start > offset), len(self.text))

    @property
    def newline(self) -> str:
        """The line break that the block uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def fitted(self, text: str, node: ast.AST) -> str:
        """An expression as it has to be written in place of a node, with parentheses where they are needed."""
        try:
            inner = ast.parse(text, mode="eval").body
        except SyntaxError:  # a line break outside of brackets
            return f"({text})"
        parent = self.parent(node)
        return f"({text})" if parent is not None and binding(inner) < required(parent, node) else text


def expression(text: str) -> ast.expr:
    """The tree of an expression that was taken out of its surroundings, whose brackets let it have line breaks.

    Raises:
        SyntaxError: it is no expression.
    """
    return ast.parse(f"(\n{text}\n)", mode="eval").body


def binding(node: ast.expr) -> int:
    """How tightly an expression holds together."""
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp):
        return OPERATORS[type(node.op)]
    if isinstance(node, ast.Tuple):
        return LOWEST
    return EXPRESSIONS.get(type(node), ATOM)


def required(parent: ast.AST, child: ast.AST) -> int:
    """How tightly an expression must hold together to stand in place of a child without parentheses."""
    if isinstance(parent, ast.BinOp):
        own = OPERATORS[type(parent.op)]
        if isinstance(parent.op, ast.Pow):
            return own + 1 if child is parent.left else own - 1
        return own if child is parent.left else own + 1
    if isinstance(parent, ast.UnaryOp):
        return OPERATORS[type(parent.op)]
    if isinstance(parent, ast.BoolOp):
        return OPERATORS[type(parent.op)] + 1
    if isinstance(parent, ast.Compare):
        return 6
    if isinstance(parent, ast.Attribute | ast.Await) or (isinstance(parent, ast.Call) and child is parent.func):
        return ATOM
    if isinstance(parent, ast.Subscript):
        return ATOM if child is parent.value else LOWEST
    if isinstance(parent, ast.Starred):
        return 6
    if isinstance(parent, ast.IfExp):
        return 1 if child is parent.orelse else 2
    return 1
