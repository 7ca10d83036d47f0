"""LGT407 to LGT413: a formula by hand becomes the library's stable function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..finding import Applicability
from ..flow.values import Tensor
from ..rules import formulas
from ..rules.verdict import Verdict
from .claims import Stated
from .code import binding, required
from .draft import Draft, Refused
from .formula import Formula, axis_options, negated, spelled_in
from .manual import Match, broadcast_axis, locate, manual
from .moving import is_expression, substitute
from .reading import Found

STABLE: Mapping[str, str] = {
    "log(sum(exp(x)))": "logsumexp(x)",
    "log(sum(exp(x)) + sum(exp(y)))": "logaddexp(logsumexp(x), logsumexp(y))",
    "log(exp(x) / sum(exp(y)))": "x - logsumexp(y)",
    "log(1 + exp(x))": "softplus(x)",
    "log1p(exp(x))": "softplus(x)",
    "sqrt(exp(x))": "exp(x / 2)",
    "sqrt(softmax(x))": "exp(log_softmax(x) / 2)",
    "log(1 - exp(x))": "log(-expm1(x))",
    "log(exp(x) + exp(y))": "logaddexp(x, y)",
    "log(exp(x) - exp(y))": "x + log(-expm1(y - x))",
    "log(prod(x))": "sum(log(x))",
    "exp(log_softmax(x))": "softmax(x)",
    "x - logsumexp(x)": "log_softmax(x)",
    "1 - sigmoid(x)": "sigmoid(-x)",
    "log(1 + x)": "log1p(x)",
    "exp(x) - 1": "expm1(x)",
}
"""What is written in place of each pattern; a reduction has the axis of the one that it replaces."""

DOUBTS: Mapping[str, str] = {"log(prod(x))": "it differs where factors are negative"}
"""Patterns whose stable form is another function outside of the usual domain."""

REMARKS: Mapping[tuple[str, str], str] = {
    ("torch", "softplus"): " (torch returns x itself above 20: 2e-9 off in float64)",
}
"""What is worth knowing about a stable function."""

SOURCES: Mapping[str, str] = {"logsumexp": "sum", "sum": "prod"}
"""The reduction whose axis a stable one takes over."""


def by_library(draft: Draft, verdict: Verdict) -> tuple[Applicability, str]:
    """A softmax or sigmoid by hand, or one of the identities, becomes the stable form."""
    value, site = verdict.values[0], verdict.use.site
    code, node = draft.shop.at(site), site.node
    if not isinstance(node, ast.expr):
        raise Refused("the formula is not an expression")
    found = Found(code, node)
    if value.op == "div":
        return activation(draft, found, value)
    identity = formulas.find(value)
    stable = STABLE.get(identity.pattern) if identity is not None else None
    if identity is None or stable is None:
        instead = identity.instead if identity is not None else verdict.detail
        raise Refused(f"no library has it in one function: write {instead}")
    match = locate(draft.shop.reading, formulas.parsed(identity.pattern), found, value, Match())
    if match is None:
        raise Refused("the parts of the formula are not together in one function")
    if identity.pattern == "log(1 - exp(x))" and match.all("log1p"):
        raise Refused("choose: log(-expm1(x)) is exact near 0, log1p(-exp(x)) far below it")
    operand = "exponent" if "exp(" in identity.pattern else "values"
    rewriting = Rewriting(draft, match, found, operand)
    text = rewriting.render(formulas.parsed(stable))
    letters = {part.node: letter for letter, (part, _) in match.letters.items()}
    rewriting.formula.put(text, Stated(identity.pattern, stable, letters, is_same=not match.guarded))
    if identity.pattern in DOUBTS:
        rewriting.formula.doubts[DOUBTS[identity.pattern]] = None
    if match.guarded:
        rewriting.formula.doubts["the values change where the guard acted"] = None
    name = next((n for n in rewriting.used if (rewriting.formula.framework.name, n) in REMARKS), "")
    remark = REMARKS.get((rewriting.formula.framework.name, name), "")
    instead = spoken(rewriting, stable)
    return rewriting.formula.verdict(Applicability.SAFE, f"replace {identity.pattern} with {instead}{remark}")


def spoken(rewriting: Rewriting, stable: str) -> str:
    """A stable form with the names that its functions have in the framework."""
    for name in rewriting.used:
        function = rewriting.formula.function(name)
        before = f"{function.before}, " if function.before else ""
        stable = stable.replace(f"{name}(", f"{function.short}({before}")
    return stable


def activation(draft: Draft, found: Found, value: Tensor) -> tuple[Applicability, str]:
    """`exp(x) / sum(exp(x))` becomes `softmax(x)`, `1 / (1 + exp(-x))` becomes `sigmoid(x)`."""
    where = draft.shop.reading
    written = where.operation(found.code, found.node)
    if written is None:
        raise Refused("the quotient is not written as one")
    form = manual(where, written, found)
    formula = Formula(draft, spelled_in(value))
    formula.moving.at(found.code, found.node)
    formula.moving.through(form.hops)
    text = formula.moving.operand(form.argument)
    axis = form.axis if form.name == "softmax" else None
    written_out = formula.call(form.name, [negated(text) if form.negative else text], axis)
    formula.put(written_out, Stated(form.formula, f"{form.name}({'-' * form.negative}x)", {form.argument.node: "x"}))
    names = " and ".join(formula.used)
    return formula.verdict(Applicability.SAFE, f"replace the {form.name} written by hand with the library's {names}")


class Rewriting:
    """A stable form being written with the expressions that the letters of a pattern stand for."""

    def __init__(self, draft: Draft, match: Match, found: Found, operand: str) -> None:
        self.match = match
        self.used: list[str] = []
        self.formula = Formula(draft, [written.spelled for _, written, _ in match.operations], operand)
        self.formula.moving.at(found.code, found.node)
        self.formula.moving.through(match.hops)
        self._taken: dict[str, int] = {}

    def render(self, template: ast.expr) -> str:
        """The source of a part of the stable form."""
        if isinstance(template, ast.Name):
            return self.formula.moving.operand(self.match.letters[template.id][0])
        if isinstance(template, ast.Constant):
            return repr(template.value)
        if isinstance(template, ast.UnaryOp):
            return negated(self.render(template.operand))
        if isinstance(template, ast.BinOp):
            left, right = (self._fitted(template, part) for part in (template.left, template.right))
            return f"{left} {SIGNS[type(template.op)]} {right}"
        assert isinstance(template, ast.Call)
        assert isinstance(template.func, ast.Name)
        return self._call(template.func.id, [self.render(arg) for arg in template.args])

    def _fitted(self, parent: ast.BinOp, part: ast.expr) -> str:
        text = self.render(part)
        if not is_expression(text):
            return f"({text})"
        return f"({text})" if binding(ast.parse(text, mode="eval").body) < required(parent, part) else text

    def _call(self, name: str, arguments: list[str]) -> str:
        self.used.append(name)
        activations = self.match.all("softmax") + self.match.all("sigmoid") + self.match.all("log_softmax")
        if name.endswith(("softmax", "sigmoid")) and activations:
            written, found = activations[0]
            return self.formula.activation(written, found, name, arguments[0])
        if name.endswith("softmax"):
            return self.formula.call(name, arguments, broadcast_axis(self.match))
        if name in SOURCES:
            return self.formula.call(name, arguments, self._axis(SOURCES[name]))
        for written, found in self.match.all(name)[:1]:
            if not found.hops and not written.options:
                return self._again(written.node, written.operands, arguments)
        return self.formula.call(name, arguments)

    def _again(self, node: ast.expr, operands: tuple[ast.expr, ...], arguments: list[str]) -> str:
        """The function call that is there already, on other operands."""
        assert self.formula.moving.spot is not None
        return substitute(self.formula.moving.spot.code, node, dict(zip(operands, arguments, strict=True)))

    def _axis(self, source: str) -> dict[str, str]:
        number = self._taken.get(source, 0)
        self._taken[source] = number + 1
        written, _ = self.match.all(source)[number]
        options = axis_options(written)
        if written.node in self.match.kept:
            options["keep"] = "True"
        return options


SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
