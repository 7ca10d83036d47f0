"""A distribution made from a value that becomes logits: it is told so."""

from __future__ import annotations

import ast

from ..catalog.model import Distribution
from ..flow.values import Tensor
from .claimed import claim_words
from .code import Code
from .draft import Draft, Refused, Workshop
from .frameworks import axis_of, framework
from .readers import Read


def distribution_of(shop: Workshop, read: Read, value: Tensor) -> Distribution | None:
    """The distribution that a reader makes from probabilities, if the logits of these are its logits.

    Log-probabilities are logits over every axis, other logits of a softmax over the last one.
    """
    if not isinstance(read.reader, ast.Call) or axis_of(value) not in ("", "-1"):
        return None
    made_by = "softmax" if value.op == "exp" else value.op
    for use in shop.uses_at(read.code, read.reader):
        if not isinstance(use.entry, Distribution) or use.entry.made_by != made_by:
            continue
        if use.reader == "distribution" and use.expects == "probabilities":
            others = [arg for arg in read.reader.args if arg is not read.node]
            given = [*read.reader.args, *(keyword.value for keyword in read.reader.keywords)]
            if not others and any(arg is read.node for arg in given):
                return use.entry
    return None


def tell_distribution(draft: Draft, read: Read, entry: Distribution, value: Tensor) -> None:
    """`Categorical(p)` becomes `Categorical(logits=z)`."""
    assert isinstance(read.reader, ast.Call)
    name_argument(draft, read.code, read.reader, read.node, entry.logits)
    name, target = drawn_from(entry.made_by)
    before, after = f"{name}({entry.made_by}(x), {target})", f"{name}_logits(x, {target})"
    claim_words(draft, before, after, framework(value).name, is_same=True)


def drawn_from(op: str) -> tuple[str, str]:
    """What is drawn from the result of an activation, and the letter of a draw, in the words of the statements."""
    return ("bernoulli", "t") if op == "sigmoid" else ("categorical", "k")


def argument_of(call: ast.Call, entry: Distribution, name: str) -> ast.expr:
    """The argument of a call that is a parameter.

    Raises:
        Refused: there is none that can be told from the others.
    """
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    place = entry.params.index(name)
    if place < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args):
        return call.args[place]
    raise Refused("the probabilities are not written as an argument")


def name_argument(draft: Draft, code: Code, call: ast.Call, argument: ast.expr, name: str) -> None:
    """Give an argument of a call by a keyword, another one if it has one.

    Raises:
        Refused: others are given by position.
    """
    keyword = next((k for k in call.keywords if k.value is argument), None)
    if keyword is None and len(call.args) > 1:
        raise Refused("there are further arguments by position")
    if keyword is None:
        start = code.outer_span(argument)[0]
        draft.change(code, start, start, f"{name}=")
    elif keyword.arg is not None and keyword.arg != name:
        start = code.span(keyword)[0]
        draft.change(code, start, start + len(keyword.arg), name)
