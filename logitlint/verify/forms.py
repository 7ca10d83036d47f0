"""The form of a rewrite, by which the claims of fixes are held against the statements."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping

from ..finding import Claim
from .statement import Statement
from .statements import STATEMENTS


def statement_of(claim: Claim) -> Statement | None:
    """The statement that a claim instantiates, if there is one."""
    opposite = (negated(claim.formula), negated(claim.instead))
    return known().get(key(claim.formula, claim.instead)) or known().get(key(*opposite))


@functools.cache
def known() -> Mapping[str, Statement]:
    """The statements by their form."""
    found: dict[str, Statement] = {}
    for one in STATEMENTS:
        found.setdefault(key(one.before, one.after), one)
    return found


@functools.cache
def key(formula: str, instead: str) -> str:
    """The form of a rewrite, without the numbers that are its arguments."""
    return " → ".join(ast.unparse(_Bare().visit(ast.parse(text, mode="eval"))) for text in (formula, instead))


class _Bare(ast.NodeTransformer):
    """Leaves out keyword arguments, and the levels that `above` compares with."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """A call with its operands only."""
        self.generic_visit(node)
        node.keywords = []
        if isinstance(node.func, ast.Name) and node.func.id == "above":
            node.args = node.args[:1]
        return node


def negated(formula: str) -> str:
    """A formula of minus its argument."""
    return ast.unparse(_Negated().visit(ast.parse(formula, mode="eval")))


class _Negated(ast.NodeTransformer):
    """Puts `-x` for `x`, and `x` for `-x`."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Minus `x` is `x` of the other sign."""
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Name):
            return node.operand
        operand = self.visit(node.operand)
        return ast.UnaryOp(node.op, operand)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Only `x` is differentiated in such a formula."""
        return ast.UnaryOp(ast.USub(), node) if node.id == "x" else node
