"""What is written out by hand: logarithms of probabilities, cross entropies, and the identities."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..finding import Severity
from ..flow.algebra import inner, is_one, is_op, is_stabilised, strip
from ..flow.terms import is_small
from ..flow.tree import Site
from ..flow.uses import Use
from ..flow.values import PROBABILITIES, SIGMOID, Tensor, Value
from . import formulas, likelihood, table
from .index import Index
from .verdict import Verdict


def log(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """The logarithm of a probability, of its complement, or of one with a guard around it."""
    bare, guards = unguarded(value)
    guarded = bool(guards & FROM_BELOW)
    complement = isinstance(bare, Tensor) and bare.op == "sub" and is_one(bare.args[0])
    if complement and isinstance(bare, Tensor):
        bare, inside = unguarded(bare.args[1])
        guarded = guarded or bool(inside & FROM_ABOVE)
        guards |= inside
    source = inner(bare)
    if not isinstance(source, Tensor) or source.space not in PROBABILITIES or source.op not in likelihood.WHOLE:
        return None
    if source.op == "exp" and is_op(strip(source.args[0]), "log_softmax", "log_sigmoid"):
        return None
    if guarded:
        return Verdict("LGT404", use, [source], guards=frozenset(guards), complement=complement)
    if complement:
        return Verdict("LGT403", use, [source]) if source.space == SIGMOID else None
    return Verdict(table.TABLE[table.LOG][source.space], use, [source])


FROM_BELOW = frozenset({"clip", "maximum", "add"})
"""Guards that keep a value away from 0."""

FROM_ABOVE = frozenset({"clip", "minimum"})
"""Guards that keep a value away from 1."""


def unguarded(value: Value) -> tuple[Value, set[str]]:
    """A term without the `+ eps`, `clip`, `maximum` or `minimum` around it, and which of them there were."""
    guards: set[str] = set()
    value = inner(value)
    found: Value | None
    while isinstance(value, Tensor):
        if value.op in ("clip", "maximum", "minimum"):
            found = next((a for a in value.args if isinstance(a, Tensor)), None)
        elif value.op == "add" and len(value.args) == 2 and any(map(is_small, value.args)):
            found = next((a for a in value.args if not is_small(a)), None)
        else:
            break
        if found is None:
            break
        guards.add(value.op)
        value = inner(found)
    return value, guards


def composites(index: Index, uses: Iterable[Use]) -> list[Verdict]:
    """Cross entropies written by hand; of terms around the same logarithm the largest in one function."""
    around: dict[Site, list[tuple[int, Verdict]]] = defaultdict(list)
    for use in uses:
        for value in index.arriving(use):
            verdict = composite(use, value) if isinstance(value, Tensor) else None
            if verdict is not None and isinstance(value, Tensor):
                around[verdict.logs[0]].append((value.depth, verdict))
    found: list[Verdict] = []
    for group in around.values():
        code = max(verdict.code for _, verdict in group)
        sized = [(depth, verdict) for depth, verdict in group if verdict.code == code]
        home = min(sized, key=lambda pair: pair[0])[1].use.function
        found.append(max((p for p in sized if p[1].use.function == home), key=lambda pair: pair[0])[1])
    return found


def composite(use: Use, value: Tensor) -> Verdict | None:
    """A cross entropy that a term is."""
    for code, found in (
        ("LGT406", likelihood.binary_cross_entropy(value)),
        ("LGT405", likelihood.cross_entropy(value)),
    ):
        if found:
            source = inner(found[0].args[0])
            return Verdict(
                code, use, [source if isinstance(source, Tensor) else value], logs=tuple(log.site for log in found)
            )
    return None


def formula(index: Index, use: Use, value: Tensor) -> Verdict | None:
    """A softmax or sigmoid by hand, or one of the identities; not where a guard keeps it in range."""
    if value.op == "div" and value.space in PROBABILITIES:
        if index.is_guarded(value, use) or any(map(is_stabilised, exponents(value))):
            return None
        return Verdict("LGT410" if value.space == SIGMOID else "LGT407", use, [value])
    identity = formulas.find(value)
    if identity is None or (identity.code != "LGT411" and index.is_guarded(value, use)):
        return None
    if not is_worth_saying(index, identity, use, value):
        return None
    return Verdict(
        identity.code, use, [value], detail=identity.words, severity=Severity.NOTE if identity.note else None
    )


def exponents(value: Tensor) -> Iterator[Value]:
    """The arguments of the exponentials in a quotient."""
    for part in map(strip, value.args):
        if isinstance(part, Tensor) and part.op == "exp":
            yield part.args[0]
        elif isinstance(part, Tensor) and part.op in ("add", "sum"):
            yield from exponents(part)


def is_worth_saying(index: Index, identity: formulas.Identity, use: Use, value: Tensor) -> bool:
    """A hint is given only where nothing else explains the form."""
    if identity.code == "LGT412":
        return not value.spelled.startswith(("math.", "numpy."))  # nothing there has a gradient
    if identity.in_part:
        return not unguarded(value.args[0])[1]  # with a guard it is LGT404
    if identity.pattern == "1 - sigmoid(x)":
        return not index.is_consumed(value) and index.is_applied_in(use.function, value)
    if identity.pattern == "x - logsumexp(x)" and index.is_exponent(value):
        return False
    if identity.note:
        return any(is_written_in(use.site.node, arg) for arg in value.args)
    return True


def is_written_in(node: ast.AST, value: Value) -> bool:
    """Whether a call stands directly in an expression, not behind a name."""
    if not isinstance(value, Tensor):
        return False
    if isinstance(node, ast.BinOp):
        return value.site.node in (node.left, node.right)
    if not isinstance(node, ast.Call):
        return False
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    return value.site.node is receiver or any(
        arg is value.site.node for arg in [*node.args, *(k.value for k in node.keywords)]
    )
