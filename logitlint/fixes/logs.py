"""LGT401 to LGT404: the logarithm of an activation becomes the activation's logarithmic form."""

from __future__ import annotations

import ast

from ..finding import Applicability
from ..flow.tree import Site
from ..flow.values import LOG_PROBABILITIES, Tensor
from ..rules.verdict import Verdict
from .bindings import variable
from .claims import GUARDED, Stated
from .draft import Draft, Refused
from .formula import Formula, negated, spelled_in
from .manual import manual
from .moving import Hopeless
from .reading import Found, Reading, Written

ELSEWHERE = "is applied in another function or in a model: take it off there, and give its readers what they need"


def take_logarithm(draft: Draft, verdict: Verdict) -> tuple[Applicability, str]:
    """`log(softmax(x))` becomes `log_softmax(x)`."""
    logarithm = Logarithm(draft, verdict)
    logarithm.rewrite(verdict.use.site)
    guarded = verdict.code == "LGT404"
    message = f"replace {shape(verdict)} with {' and '.join(logarithm.formula.used)}"
    if guarded:
        message += "; unsafe, because the values change where the guard acted"
    return logarithm.formula.verdict(Applicability.UNSAFE if guarded else Applicability.SAFE, message)


def shape(verdict: Verdict) -> str:
    """What is replaced, in words."""
    space = verdict.values[0].space
    return {"LGT403": f"log(1 - {space}(…))", "LGT404": f"the guarded log of {space}"}.get(
        verdict.code, f"log({space}(…))"
    )


class Logarithm:
    """The logarithms of one fix."""

    def __init__(self, draft: Draft, verdict: Verdict) -> None:
        self.reading: Reading = draft.shop.reading
        logs = verdict.logs or ((verdict.use.site,) if verdict.use.reader == "log" else ())
        written = [self.reading.operation(draft.shop.at(s), s.node) for s in logs if isinstance(s.node, ast.expr)]
        names = [name for value in verdict.values for name in spelled_in(value)]
        self.formula = Formula(draft, [*names, *(w.spelled for w in written if w is not None)])
        self.draft = draft
        self.guarded = verdict.code == "LGT404"
        self.moved = False
        self.of_what: tuple[str, bool, ast.expr] = ("", False, ast.Constant(None))

    def rewrite(self, site: Site) -> None:
        """Replace the logarithm at a place.

        Raises:
            Refused: it is not certain what it is taken of.
        """
        code, node = self.draft.shop.at(site), site.node
        written = self.reading.operation(code, node) if isinstance(node, ast.expr) else None
        if written is None or written.op not in ("log", "log1p"):
            raise Refused("the logarithm is not written as a call of a function")
        if written.options or len(written.operands) != 1:
            raise Refused("the logarithm has further arguments")
        self.formula.moving.at(code, written.node)
        found = Found(code, written.operands[0])
        if written.op == "log1p":
            minus = self.written(self.reading.follow(found))
            if minus is None or minus.op != "neg":
                raise Refused("it is not certain what the logarithm is taken of")
            text = self.of(Found(minus.code, minus.operands[0], self.reading.follow(found).hops), complement=True)
        else:
            text = self.of(found, complement=False)
        self.formula.put(text, self.stated())

    def stated(self) -> Stated:
        """What the rewriting of the logarithm at hand states."""
        act, complement, letter = self.of_what
        name, _, argument = act.rstrip(")").partition("(")
        if name == "exp":
            return Stated("log(exp(x))", "x", {letter: "x"})
        before = GUARDED[name, complement] if self.guarded else f"log({'1 - ' * complement}{act})"
        other = "x" if argument == "-x" else "-x"
        after = f"log_{name}({other if complement else argument})"
        return Stated(before, after, {letter: "x"}, is_same=not self.guarded)

    def written(self, found: Found) -> Written | None:
        """The operation at the root of an expression."""
        return self.reading.operation(found.code, found.node)

    def of(self, found: Found, complement: bool) -> str:
        """The logarithm of a probability, or of one minus it."""
        if variable(found.node):
            return self._of_variable(found, complement)
        written = self.written(found)
        if written is None:
            raise Refused(f"the activation {ELSEWHERE}")
        inner = [Found(found.code, node, found.hops) for node in written.operands]
        if written.op == "keep":
            self.moved = True
            return self.formula.moving.text(found, {written.operands[0]: self.of(inner[0], complement)})
        if written.op in ("softmax", "sigmoid"):
            return self._of_activation(written, found, inner[0], complement)
        if written.op == "sub" and is_one(written.operands[0]):
            return self.of(inner[1], not complement)
        if self.guarded and written.op in ("add", "clip", "maximum", "minimum"):
            return self.of(self._guarded(written, inner), complement)
        if written.op == "div" and written.value is not None:
            return self._of_manual(written, found, complement)
        if written.op == "exp" and self._is_log_probability(written.operands[0]) and not complement:
            self.of_what = "exp(x)", False, inner[0].node
            return self.formula.moving.operand(inner[0])
        raise Refused(f"the activation {ELSEWHERE}")

    def _of_variable(self, found: Found, complement: bool) -> str:
        definition = self.reading.bindings(found.code).definition(found.code, found.node)
        if definition is None:
            if self.reading.bindings(found.code).context(found.code, found.node) is not None:
                raise Hopeless(f"{variable(found.node)} is computed in a context that may stop its gradient")
            raise Refused(f"the activation behind {variable(found.node)} {ELSEWHERE}")
        text = self.of(Found(definition.code, definition.value, (*found.hops, definition)), complement)
        return self.formula.moving.once(found, definition, "log_complement" if complement else "log_probs", text)

    def _of_activation(self, written: Written, found: Found, argument: Found, complement: bool) -> str:
        if complement and written.op == "softmax":
            raise Refused("choose: no library has log(1 - softmax(x)); a loss on the logits does not need it")
        self.of_what = f"{written.op}(x)", complement, argument.node
        text = self.formula.moving.operand(argument)
        name = f"log_{written.op}"
        return self.formula.activation(written, found, name, negated(text) if complement else text)

    def _of_manual(self, written: Written, found: Found, complement: bool) -> str:
        form = manual(self.reading, written, found)
        self.formula.moving.through(form.hops)
        self.of_what = f"{form.name}({'-' * form.negative}x)", complement, form.argument.node
        text = self.formula.moving.operand(form.argument)
        text = negated(text) if form.negative != complement else text
        if complement and form.name == "softmax":
            raise Refused("choose: no library has log(1 - softmax(x)); a loss on the logits does not need it")
        return self.formula.call(f"log_{form.name}", [text], form.axis)

    def _guarded(self, written: Written, inner: list[Found]) -> Found:
        """The operand that a guard is put around."""
        held = [f for f in inner if any(isinstance(v, Tensor) and v.space for v in self.reading.values(f.node))]
        if len(held) != 1:
            raise Refused("it is not certain what the guard is put around")
        return held[0]

    def _is_log_probability(self, node: ast.expr) -> bool:
        values = self.reading.values(node)
        return bool(values) and all(isinstance(v, Tensor) and v.space in LOG_PROBABILITIES for v in values)


def is_one(node: ast.expr) -> bool:
    """Whether an expression is the number 1."""
    return isinstance(node, ast.Constant) and node.value == 1 and not isinstance(node.value, bool)
