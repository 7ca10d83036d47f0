"""Giving the logits a name where the result of an activation gets its own, so that other readers stay as they are."""

from __future__ import annotations

import ast

from ..finding import Applicability
from ..flow.algebra import is_op
from ..flow.names import nodes
from ..flow.uses import Carrier
from ..flow.values import Tensor
from ..rules.verdict import Verdict
from . import origin, readers
from .bindings import variable
from .code import Code
from .draft import Draft, Refused
from .frameworks import activation_of, axis_of, paths_like
from .taking_logs import Logarithm, claim_logarithm, logarithm_of, stable_form


def name_logits(draft: Draft, verdict: Verdict) -> tuple[Applicability, str]:
    """`self.p, v = f()` becomes `self.logits, v = f()` and `self.p = softmax(self.logits)`; logs read the logits.

    Raises:
        Refused: the result is not held by one variable of one class or function.
    """
    base = readers.source(verdict.values[0])
    if base is None or any(value.origin is not base.origin for value in verdict.values) or not is_op(base, *LOGS):
        raise Refused("values from more than one activation arrive there")
    found = readers.carriers(draft.shop, {base.origin})
    held = Held(draft, base, found)
    origin.remove(draft, base)
    new = held.new_name()
    draft.change(held.code, *held.code.span(held.target), new)
    held.assign(new)
    guarded = False
    for read in readers.reads(draft.shop, held.loads):
        log = logarithm_of(draft.shop, read)
        if log is not None:
            held.take_logarithm(read.node, log, new)
            guarded = guarded or log.is_guarded
    words = f"name the logits, and compute the logarithms of the {base.op} from them"
    if guarded:
        return Applicability.UNSAFE, f"{words}; unsafe, because the guard of the logarithm goes"
    return Applicability.SAFE, words


LOGS = ("softmax", "sigmoid")
"""The activations whose logarithms have a stable form."""


class Held:
    """The variable that holds the result of an activation: the one place that assigns it, and all that read it."""

    def __init__(self, draft: Draft, base: Tensor, found: list[Carrier]) -> None:
        self.draft = draft
        self.base = base
        self.name = self._name(found)
        self.loads = [carrier for carrier in found if self._is_load(carrier)]
        self.code, self.target = self._assignment()
        self.statement = self.code.statement(self.target)
        for carrier in found:
            if carrier not in self.loads and not self._is_on_the_way(carrier):
                raise Refused(f"{readers.place(carrier.site)} reads it under another name")

    def _name(self, found: list[Carrier]) -> str:
        names = {name for c in found if isinstance(c.site.node, ast.Attribute) and (name := variable(c.site.node))}
        if len(names) != 1:
            raise Refused("the result is not held by one attribute")
        return names.pop()

    def _is_load(self, carrier: Carrier) -> bool:
        """Whether an expression is the variable, or something taken from it."""
        node: ast.AST = carrier.site.node
        while isinstance(node, ast.Subscript):
            node = node.value
        return isinstance(node, ast.Attribute) and variable(node) == self.name

    def _is_on_the_way(self, carrier: Carrier) -> bool:
        """Whether an expression only brings the result from the activation to the variable."""
        code, shop = self.draft.shop.at(carrier.site), self.draft.shop
        if code.statement(carrier.site.node) is self.statement:
            return True
        home = shop.at(self.base.origin).function(self.base.origin.node)
        return code.function(carrier.site.node) is home and not list(readers.reads(shop, [carrier]))

    def _assignment(self) -> tuple[Code, ast.expr]:
        """The only place that assigns the variable."""
        tree = self.loads[0].site.tree
        places = [
            (code, node)
            for code in self.draft.shop.codes(tree)
            for node in nodes(code.module)
            if isinstance(node, ast.Attribute) and node.attr == self.name.rpartition(".")[2]
        ]
        stores = [(code, node) for code, node in places if not isinstance(node.ctx, ast.Load)]
        others = [node for _, node in places if variable(node) != self.name]
        if len(stores) != 1 or others or not isinstance(stores[0][0].statement(stores[0][1]), ast.Assign):
            raise Refused(f"{self.name} is assigned more than once, or read from outside")
        return stores[0]

    def new_name(self) -> str:
        """An attribute for the logits that the source does not name yet."""
        taken = {node.attr for node in nodes(self.code.module) if isinstance(node, ast.Attribute)}
        wanted = "logits" if "logits" not in taken else self.name.rpartition(".")[2] + "_logits"
        if wanted in taken:
            raise Refused(f"{wanted} is a name of something else")
        return f"self.{wanted}"

    def assign(self, new: str) -> None:
        """Apply the activation on a line of its own, after the statement that assigns the logits."""
        function, axis = activation_of(self.base), axis_of(self.base)
        if function is None or axis is None:
            raise Refused("the activation has no axis that is certain")
        name = self.draft.spell(
            self.code, *paths_like(self.draft.shop.catalog, function, self.base), like=self.base.spelled
        )
        rest = f", {function.axis}={axis}" if axis else ""
        end = self.code.span(self.statement)[1]
        line = self.code.line_end(end)
        if self.code.text[end:line].split("#")[0].strip():
            raise Refused("the statement shares its line with another")
        text = f"{self.code.indentation(self.statement)}{self.name} = {name}({new}{rest}){self.code.newline}"
        self.draft.change(self.code, line, line, text)

    def take_logarithm(self, node: ast.expr, log: Logarithm, new: str) -> None:
        """`log(self.p[0])` becomes `log_softmax(self.logits)[0]`."""
        name, rest = stable_form(self.draft, self.code, log, self.base)
        part = self.code.of(node).removeprefix(self.name)
        text = f"{name}({'-' if log.is_complement else ''}{new}{rest}){part}"
        self.draft.replace(self.code, log.call, text)
        claim_logarithm(self.draft, log, self.base)
