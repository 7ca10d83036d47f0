"""What a fix of a formula claims: the expression before and after, as calls that `verify` can run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..finding import Claim
from ..flow.names import name_of
from ..flow.values import Const, Tensor
from .bindings import variable
from .code import Code, expression
from .dotted import Unclear, constant, dotted, dumped, framework_in, literal, path_of
from .draft import Draft, Refused
from .reading import AXIS, Found, Reading, Written

OVER = frozenset({"softmax", "log_softmax", "logsumexp", "sum", "prod"})
"""Operations along an axis."""

REDUCING = frozenset({"sum", "reduce_sum", "logsumexp", "reduce_logsumexp", "prod", "reduce_prod"})
"""Functions whose result has to be put in shape again."""

GUARD = 1e-7
"""What is taken for a small constant that is not a literal."""


GUARDED = {
    ("softmax", False): "log(softmax(x) + 1e-8)",
    ("sigmoid", False): "log(floor(sigmoid(x), 1e-7))",
    ("sigmoid", True): "log(1 - sigmoid(x) + 1e-8)",
}
"""By activation, and whether it is of one minus it: the statement for a guarded logarithm, whatever its guard is."""


@dataclass
class Stated:
    """A rewrite of one expression, in the words of the statements.

    Attributes:
        formula: the expression before.
        instead: the expression after.
        letters: the parts of the source that the letters of both stand for.
        is_same: whether both are the same function; else the second one is what was meant.
        around: calls that `{}` stands in, before and after.
    """

    formula: str
    instead: str
    letters: Mapping[ast.expr, str]
    is_same: bool = True
    around: tuple[str, str] = ("{}", "{}")


@dataclass
class Rendering:
    """Expressions of a source with full dotted names, the letters of a rewrite, and literal arguments.

    Attributes:
        letters: the parts that are letters.
        introduced: the texts of names that the fix gives.
        axes: the axes along which operations run; None is all of them.
        sampled: arguments that are no literals, with what is taken for them.
        is_guarded: whether a small constant in it may be a variable.
    """

    draft: Draft
    reading: Reading
    letters: Mapping[ast.expr, str]
    introduced: Mapping[str, str] = field(default_factory=dict)
    is_guarded: bool = False
    axes: set[int | None] = field(default_factory=set)
    sampled: dict[str, Any] = field(default_factory=dict)
    _known: dict[str, Any] = field(default_factory=dict)

    def before(self, found: Found) -> ast.expr:
        """An expression of the source as it is, with the variables in it replaced by what they were given.

        Raises:
            Unclear: a part of it is neither a letter nor a call that is known.
        """
        node = found.node
        letter = self.letter(node)
        if letter:
            return ast.Name(letter)
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.before(Found(found.code, node.operand)))
        followed = self.reading.follow(Found(found.code, node))
        if followed.node is not node:
            return self.before(followed)
        written = self.operation(found.code, node)
        if written is None:
            raise Unclear(f"{found.code.of(node)} is not a call that is known")
        if written.op == "keep":
            inner = written.operands[0]
            if not self.is_put_back(inner):
                return self.before(Found(found.code, inner))
        if isinstance(node, ast.BinOp):
            left, right = (self.part(found.code, node, at, side) for at, side in enumerate((node.left, node.right)))
            return ast.BinOp(left, node.op, right)
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self.before(Found(found.code, node.value)), node.slice)
        assert isinstance(node, ast.Call)
        return self.call(found.code, node, written)

    def operation(self, code: Code, node: ast.expr) -> Written | None:
        """The operation at the root of an expression."""
        try:
            return self.reading.operation(code, node)
        except Refused as refused:
            raise Unclear(str(refused)) from None

    def letter(self, node: ast.expr) -> str:
        """The letter that an expression is; empty if it is none."""
        keys = {value.key for value in self.reading.values(node)}
        for one, letter in self.letters.items():
            same = ast.dump(one) == ast.dump(node)
            if one is node or same or (keys and keys == {value.key for value in self.reading.values(one)}):
                return letter
        return ""

    def part(self, code: Code, node: ast.expr, at: int, side: ast.expr) -> ast.expr:
        """An operand, which may be a constant under a name."""
        try:
            return self.before(Found(code, side))
        except Unclear:
            made = self.reading.made(node)
            known = made.args[at] if made is not None and at < len(made.args) else None
            if isinstance(known, Const):
                return constant(known.value)
            if self.reading.values(side) or not (self.is_guarded and variable(side)):
                raise
            return self.sample(code.of(side), GUARD)

    def sample(self, text: str, value: Any) -> ast.expr:
        """A value for an argument that is no literal: the same one wherever it stands."""
        return ast.Constant(self.sampled.setdefault(text, value))

    def call(self, code: Code, node: ast.Call, written: Written) -> ast.expr:
        """A call with its own literal arguments."""
        value = written.value
        options = {id(option): name for name, option in written.options.items()}
        if written.op in OVER:
            self.axes.add(self.axis(written))
        func = self.function(code, node, written)
        operands = [id(operand) for operand in written.operands]
        arguments: list[ast.expr] = []
        for argument in node.args:
            if id(argument) in options:
                arguments.append(self.option(code, argument, options[id(argument)], value))
            else:
                at = operands.index(id(argument)) if id(argument) in operands else 0
                arguments.append(self.part(code, node, at, argument))
        keywords = [
            ast.keyword(k.arg, self.option(code, k.value, k.arg or "", value))
            if id(k.value) in options
            else ast.keyword(k.arg, self.part(code, node, len(node.args), k.value))
            for k in node.keywords
            if k.arg != "name"
        ]
        return ast.Call(func, arguments, keywords)

    def function(self, code: Code, node: ast.Call, written: Written) -> ast.expr:
        """What is called: a dotted name, a layer as it was made, or a method."""
        value = written.value
        is_layer = written.entry is not None and written.entry.kind == "class"
        if is_layer and value is not None and value.maker is not None and isinstance(value.maker.node, ast.Call):
            return self.made(value)
        if written.spelled and not written.spelled.startswith("tensor."):
            return dotted(self.draft, written.spelled)
        path = path_of(self.draft, code, node.func)
        if path:
            return dotted(self.draft, path)
        if isinstance(node.func, ast.Attribute):
            return ast.Attribute(self.before(Found(code, node.func.value)), node.func.attr)
        raise Unclear(f"{code.of(node.func)} is not known")

    def made(self, value: Tensor) -> ast.expr:
        """The call that makes a layer."""
        assert value.maker is not None
        assert value.entry is not None
        assert isinstance(value.maker.node, ast.Call)
        code, node = self.draft.shop.at(value.maker), value.maker.node
        params = dict(zip((id(a) for a in node.args), value.entry.params, strict=False))
        given = [self.option(code, argument, params.get(id(argument), ""), value) for argument in node.args]
        keywords = [ast.keyword(k.arg, self.option(code, k.value, k.arg or "", value)) for k in node.keywords]
        return ast.Call(dotted(self.draft, value.entry.name), given, keywords)

    def axis(self, written: Written) -> int | None:
        """The axis along which an operation runs; None for all of them."""
        value = written.value
        if written.spelled == "builtins.sum":
            return 0
        given = next((node for name, node in written.options.items() if name in AXIS), None)
        known = value.axis if value is not None else None
        if isinstance(known, Const) and (isinstance(known.value, int) or known.value is None):
            return known.value
        if given is not None:
            number = literal(given)
            return number if isinstance(number, int) else -1
        return -1 if written.op.endswith("softmax") else None

    def option(self, code: Code, node: ast.expr, name: str, value: Tensor | None) -> ast.expr:
        """An argument beside the operands: a literal, or what is taken for it."""
        known = literal(self.reading.follow(Found(code, node)).node)
        if known is not None or isinstance(node, ast.Constant):
            return ast.Constant(self.known(code.of(node), known))
        if name in AXIS:
            axis = value.axis if value is not None else None
            if isinstance(axis, Const):
                return ast.Constant(self.known(code.of(node), axis.value))
            return self.sample(code.of(node), -1)
        if self.is_guarded and variable(node):
            return self.sample(code.of(node), GUARD)
        raise Unclear(f"the argument {code.of(node)} is no literal")

    def known(self, text: str, value: Any) -> Any:
        """A value that is known although it is not written as a literal."""
        self._known[text] = value
        return value

    def after(self, code: Code, text: str, operands: Mapping[str, str]) -> ast.expr:
        """The text that a fix writes; `operands` are the texts that stand for letters.

        Raises:
            Unclear: a part of it is neither a letter nor a call that is known.
        """
        dumps: dict[str, ast.expr] = {dumped(one): ast.Name(letter) for one, letter in operands.items()}
        for one, letter in operands.items():
            if one.startswith("-"):
                dumps.setdefault(dumped(one[1:].strip()), ast.UnaryOp(ast.USub(), ast.Name(letter)))
        return self._after(code, expression(text), dumps)

    def _after(self, code: Code, node: ast.expr, dumps: Mapping[str, ast.expr]) -> ast.expr:
        known = dumps.get(ast.dump(node))
        if known is not None:
            return known
        text = ast.unparse(node)
        if literal(node) is not None or isinstance(node, ast.Constant):
            return node
        if text in self.introduced:
            return self._after(code, ast.parse(self.introduced[text], mode="eval").body, dumps)
        if text in self._known or text in self.sampled:
            return ast.Constant(self._known.get(text, self.sampled.get(text)))
        path = path_of(self.draft, code, node)
        if path:
            return dotted(self.draft, path)
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self._after(code, node.operand, dumps))
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self._after(code, node.left, dumps), node.op, self._after(code, node.right, dumps))
        if isinstance(node, ast.Subscript):
            inner = self._after(code, node.value, dumps)
            return ast.Subscript(inner, node.slice) if self.is_put_back(node.value) else inner
        if isinstance(node, ast.Call):
            return self._called(code, node, dumps)
        raise Unclear(f"{text} is not known")

    def _called(self, code: Code, node: ast.Call, dumps: Mapping[str, ast.expr]) -> ast.expr:
        path = path_of(self.draft, code, node.func)
        if path and self.is_moving(path.rpartition(".")[2]) and not self.is_put_back(node.args[0]):
            return self._after(code, node.args[0], dumps)
        func: ast.expr
        if path:
            func = dotted(self.draft, path)
        elif isinstance(node.func, ast.Attribute):
            receiver = self._after(code, node.func.value, dumps)
            if self.is_moving(node.func.attr) and not self.is_put_back(node.func.value):
                return receiver
            func = ast.Attribute(receiver, node.func.attr)
        elif isinstance(node.func, ast.Call):
            func = self._after(code, node.func, dumps)
        else:
            raise Unclear(f"{ast.unparse(node.func)} is not known")
        arguments = [self._after(code, argument, dumps) for argument in node.args]
        keywords = [ast.keyword(k.arg, self._after(code, k.value, dumps)) for k in node.keywords if k.arg != "name"]
        return ast.Call(func, arguments, keywords)

    def is_moving(self, name: str) -> bool:
        """Whether a function only moves elements."""
        return name in self.reading.moves

    def is_put_back(self, inner: ast.expr) -> bool:
        """Whether moving elements puts back an axis that a sum took away."""
        return isinstance(inner, ast.Call) and name_of(inner) in REDUCING


def formula_claim(rendering: Rendering, code: Code, root: ast.expr, text: str, operands: Mapping[str, str],
                  stated: Stated) -> Claim:  # fmt: skip
    """The claim of a formula that is replaced by a text where it stands."""
    before = after = unclear = ""
    framework = backend = ""
    axis: int | None = -1
    try:
        sources = rendering.before(Found(code, root)), rendering.after(code, text, operands)
        before, after = (
            around.format(ast.unparse(ast.fix_missing_locations(one)))
            for around, one in zip(stated.around, sources, strict=True)
        )
        framework, backend = framework_in((before, after))
        axis = one_axis(rendering.axes)
    except Unclear as error:
        unclear = str(error)
    sampled = tuple(f"{name} as {value!r}" for name, value in rendering.sampled.items())
    return Claim(
        stated.formula,
        stated.instead,
        before,
        after,
        framework,
        backend,
        axis,
        is_same=stated.is_same,
        sampled=sampled,
        unclear=unclear,
    )


def one_axis(axes: set[int | None]) -> int | None:
    """The axis of all operations of an expression.

    Raises:
        Unclear: they run along several.
    """
    if len(axes) > 1 and axes != {1, -1}:
        raise Unclear("it runs along several axes")
    return -1 if not axes or axes == {1, -1} else next(iter(axes))
