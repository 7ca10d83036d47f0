"""Rewriting one formula: the functions of its framework, the activations in it, and what makes the result uncertain."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ..catalog.model import Activation
from ..catalog.stable import Function
from ..finding import Applicability
from ..flow.tree import Site
from ..flow.values import Const, Tensor
from .claims import Rendering, Stated, formula_claim
from .code import ATOM, binding
from .draft import Draft, Refused
from .frameworks import framework_in, spelled_like
from .moving import Moving, is_expression
from .reading import AXIS, Found, Written

KEEP = frozenset({"keepdims", "keepdim", "keep_dims"})


class Formula:
    """What the rewriting of a formula at one place shares.

    `used` are the functions written so far, `operand` is what an argument is called that has to be given a name;
    `doubts` are the reasons for which the result is not certain to be the same.
    """

    def __init__(self, draft: Draft, spelled: Iterable[str], operand: str = "logits") -> None:
        self.draft = draft
        self.reading = draft.shop.reading
        self.moving = Moving(draft, self.reading, operand)
        self.names = [name for name in spelled if name]
        self.framework = framework_in(draft.shop.catalog, self.names)
        self.doubts: dict[str, None] = {}
        self.used: dict[str, None] = {}

    def function(self, name: str) -> Function:
        """A stable function of the framework.

        Raises:
            Refused: it has none of this name.
        """
        found = self.framework.functions.get(name)
        if found is None:
            raise Refused(f"{self.framework.name} has no {name}")
        return found

    def spell(self, function: Function, like: str = "") -> str:
        """How the file writes a function; an import of another package makes the fix uncertain."""
        assert self.moving.spot is not None
        code = self.moving.spot.code
        self.used[function.short] = None
        catalog = self.draft.shop.catalog
        alias = next((name for name in self.names if name.split(".")[0] == function.paths[0].split(".")[0]), "")
        paths = [spelled_like(catalog, path, alias) for path in function.paths]
        imported = {path.split(".")[0] for path in self.draft.shop.spelling(code.tree).imported.values()}
        text = self.draft.spell(code, *paths, like=like or self._like())
        package = paths[0].split(".")[0]
        if self.framework.name == "math" and package != "math":
            self.doubts["it gives a NumPy number"] = None
        if package not in imported and text.split(".")[0] not in self.draft.shop.spelling(code.tree).imported:
            self.doubts[f"it needs {package}"] = None
        return text

    def _like(self) -> str:
        assert self.moving.spot is not None
        node = self.moving.spot.node
        return self.moving.spot.code.of(node.func) if isinstance(node, ast.Call) else "package.function"

    def call(self, name: str, arguments: Iterable[str], axis: Mapping[str, str] | None = None) -> str:
        """A call of a stable function, over an axis where it has one."""
        function = self.function(name)
        given = [*([function.before] if function.before else []), *arguments]
        if axis is not None and function.axis:
            given = self._over(function, name, given, axis)
        return f"{self.spell(function)}({', '.join(given)})"

    def _over(self, function: Function, name: str, given: list[str], axis: Mapping[str, str]) -> list[str]:
        where, keep = axis.get("axis", "None"), axis.get("keep", "False")
        if name.endswith("softmax") and where[0] in "([" and self.framework.name.split()[0] in ("torch", "tensorflow"):
            raise Refused(f"choose: the sum runs over several axes, {name} over one")
        if where == "None":
            if function.whole == "flat" and keep == "False":
                return [fitted_text(given[0], ".flatten()"), f"{function.axis}=0"]
            if function.whole == "None":
                given.append(f"{function.axis}=None")
            elif function.whole != "default":
                raise Refused(f"the sum runs over all axes, and {name} needs one: choose it")
        else:
            given.append(f"{function.axis}={where}")
            if "open" in axis and function.whole in ("", "flat"):
                self.doubts[f"{where} must not be None there"] = None
        if function.keep and keep != "False":
            given.append(f"{function.keep}={keep}")
        return given

    def activation(self, written: Written, found: Found, name: str, argument: str) -> str:
        """A call of an activation, turned into one of another function with the same axis.

        Raises:
            Refused: it is a layer of a model, or works in place.
        """
        node, value, entry = written.node, written.value, written.entry
        assert isinstance(node, ast.Call)
        assert value is not None
        assert isinstance(entry, Activation)
        if written.spelled.endswith("_"):
            raise Refused("the activation works in place")
        if entry.kind == "class":
            if value.maker is not None and value.maker.node is not node.func:
                self.moving.without_layer(value.maker, written.code, node)
            return self._layer(node, value, entry, name, argument)
        if written.spelled.startswith("tensor.") and isinstance(node.func, ast.Attribute):
            if "sigmoid" in name and name != "sigmoid":
                return self.call(name, [argument])
            self.used[name] = None
            return self.moving.text(found, {node.func: fitted_text(argument, f".{name}")})
        if "name" in written.options:
            self.moving.keep(found.hops)
            return self.call(name, [argument], axis_options(written, but="name") or None)
        if self.framework.name == "keras" and entry.name.startswith("keras.backend"):
            self.doubts["keras.ops needs Keras 3"] = None
        spelled = self.spell(self.function(name), like=written.code.of(node.func))
        return self.moving.text(found, {node.func: spelled, written.operands[0]: argument})

    def _layer(self, node: ast.Call, value: Tensor, entry: Activation, name: str, argument: str) -> str:
        """`nn.Softmax(dim=1)(x)`, or `self.softmax(x)` with the layer made elsewhere."""
        if not entry.name.startswith("torch"):
            raise Refused("the activation is a layer of the model")
        if entry.short == "Softmax2d":
            return self.call(name, [argument, "dim=-3"])
        axis = value.axis
        if axis is None or axis == Const(None):
            where: dict[str, str] | None = None
        elif isinstance(axis, Const) and isinstance(axis.value, int) and is_literal(value.maker):
            where = {"axis": str(axis.value)}
        else:
            raise Refused("the axis of the layer is not written as a number")
        return self.call(name, [argument], where)

    def put(self, text: str, stated: Stated) -> None:
        """Replace the current root, and state what that rewrites."""
        self.moving.put(text)
        spot = self.moving.spot
        assert spot is not None
        assert isinstance(spot.node, ast.expr)
        rendering = Rendering(self.draft, self.reading, stated.letters, self.moving.introduced, not stated.is_same)
        operands = {self.moving.texts[node]: letter for node, letter in stated.letters.items()}
        self.draft.claim(formula_claim(rendering, spot.code, spot.node, text, operands, stated))

    def verdict(self, applicability: Applicability, message: str) -> tuple[Applicability, str]:
        """How far the finished fix can be trusted, and what it does."""
        self.moving.settle()
        if self.doubts:
            return Applicability.UNSAFE, f"{message}; unsafe, because {' and '.join(self.doubts)}"
        return applicability, message


def is_literal(maker: Site | None) -> bool:
    """Whether the arguments of the call that makes a layer are numbers."""
    call = maker.node if maker is not None else None
    given = [*call.args, *(keyword.value for keyword in call.keywords)] if isinstance(call, ast.Call) else []
    return all(isinstance(argument, ast.Constant | ast.UnaryOp) for argument in given)


def spelled_in(value: Tensor) -> list[str]:
    """The dotted names of the functions that an activation by hand is made of, or of the library's."""
    parts = value.args if value.op in ("div", "add", "sum", "keep", "neg") else ()
    return [value.spelled, *(name for arg in parts if isinstance(arg, Tensor) for name in spelled_in(arg))]


def axis_options(written: Written, but: str = "") -> dict[str, str]:
    """The axis of a reduction or activation as source, whether it is kept, and `open` if it may be None.

    `but` is an argument to leave out.

    Raises:
        Refused: there are other arguments.
    """
    found: dict[str, str] = {}
    for name, node in written.options.items():
        if name == but:
            continue
        key = "axis" if name in AXIS else "keep" if name in KEEP else ""
        if not key:
            raise Refused(f"the argument {name} has no counterpart")
        found[key] = ast.unparse(node)
    if found.get("axis") in optional_parameters(written.code.function(written.node)):
        found["open"] = "True"
    return found


def optional_parameters(function: ast.AST) -> set[str]:
    """The parameters of a function that are None unless the caller gives them."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return set()
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    pairs = [*zip(positional[::-1], given.defaults[::-1], strict=False)]
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None]
    return {a.arg for a, default in pairs if isinstance(default, ast.Constant) and default.value is None}


def fitted_text(text: str, suffix: str) -> str:
    """An expression with an attribute behind it."""
    inner = ast.parse(text, mode="eval").body if is_expression(text) else None
    tight = inner is not None and binding(inner) == ATOM and not isinstance(inner, ast.Constant)
    return f"{text}{suffix}" if tight else f"({text}){suffix}"


def negated(text: str) -> str:
    """The text of minus an expression; a minus sign in front goes."""
    if not is_expression(text):
        return f"-({text})"
    inner = ast.parse(text, mode="eval").body
    if text.startswith("-"):
        rest = text[1:].strip()
        if isinstance(inner, ast.UnaryOp):
            return next((t for t in (rest[1:-1].strip(), rest) if is_same(t, inner.operand)), f"-({text})")
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult | ast.Div):
            return next((rest[len(one) :] for one in MINUS_ONE if rest.startswith(one)), rest)
    return f"-{text}" if binding(inner) >= binding(ast.UnaryOp(ast.USub(), inner)) else f"-({text})"


MINUS_ONE = ("1 * ", "1.0 * ", "1. * ", "1*", "1.0*", "1.*")
"""What is left of a factor -1 when its sign is taken."""


def is_same(text: str, node: ast.expr) -> bool:
    """Whether a text is a given expression."""
    return is_expression(text) and ast.dump(ast.parse(text, mode="eval").body) == ast.dump(node)
