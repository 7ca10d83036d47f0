"""Writing an expression at a place where it was reached through variables."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ..flow.names import nodes
from ..flow.tree import Site
from .bindings import Bindings, Definition, Spot, is_within, variable
from .code import Code, FunctionDef
from .draft import Draft, Refused
from .origin import remove_unused_layer
from .reading import Found, Reading


class Hopeless(Refused):
    """What a fix would have to compute is not there any more; no other fix can compute it either."""


class Moving:
    """Expressions that are put in place of others, with what has to happen to the assignments on the way.

    A variable that still has its value is read again, anything else gets a name where it is computed; an assignment
    that nothing reads any more goes. `wanted` is the name that an expression is given if it is free; `texts` are those
    under which operands are read, `introduced` what was given a name in front of a loop.
    """

    def __init__(self, draft: Draft, reading: Reading, wanted: str) -> None:
        self.draft = draft
        self.wanted = wanted
        self.reading = reading
        self.spot: Spot | None = None
        self.texts: dict[ast.expr, str] = {}
        self.introduced: dict[str, str] = {}
        self._roots: list[Spot] = []
        self._hops: dict[Definition, None] = {}
        self._named: dict[ast.expr, tuple[Definition, str]] = {}
        self._read: dict[str, set[Definition | None]] = {}
        self._kept: set[Definition] = set()
        self._layers: list[tuple[Site, Spot]] = []

    def text(self, found: Found, parts: Mapping[ast.expr, str] | None = None) -> str:
        """The text of an expression at the place of the current root, with other texts for some of its parts.

        Raises:
            Refused: a variable in it has another value there.
        """
        parts = parts or {}
        for name in self._names(found.node, parts):
            self._read.setdefault(name, set()).add(None)
            if found.hops and not self._is_stable(found, name):
                raise Refused(f"{name} may have another value where the logarithm is taken")
        self.through(found.hops)
        return substitute(found.code, found.node, parts)

    def operand(self, found: Found) -> str:
        """An operand, as it is written at the current root: under a name if it would be computed again."""
        self.texts[found.node] = text = self._operand(found)
        return text

    def _operand(self, found: Found) -> str:
        if not found.hops:
            return self.text(found)
        name = variable(found.node)
        if isinstance(found.node, ast.Constant) or (name and self._is_stable(found, name)):
            return self.text(found)
        self.through(found.hops)
        for one in self._names(found.node, {}):
            if self._bindings(found).is_mutated(one, found.hops[-1].spot, self._here()):
                raise Hopeless(f"{one} is changed in place before the logarithm is taken")
        if found.node not in self._named:
            self._named[found.node] = found.hops[-1], self._fresh(found)
            for one in self._names(found.node, {}):
                self._read.setdefault(one, set()).add(found.hops[-1])
        return self._named[found.node][1]

    def once(self, found: Found, definition: Definition, wanted: str, text: str) -> str:
        """What a variable becomes in a loop that it is only read in: a name that is given in front of the loop."""
        loop = self._bindings(found).loop(found.code, found.node, definition)
        if loop is None:
            return text
        key = (definition.target, wanted)
        if key not in self.reading.names:
            self.reading.names[key] = self._new_name(Spot(found.code, loop), wanted)
        self._introduce(found.code, loop, self.reading.names[key], text)
        self.introduced[self.reading.names[key]] = text
        return self.reading.names[key]

    def through(self, hops: Iterable[Definition]) -> None:
        """Note assignments that may not be needed any more."""
        self._hops.update(dict.fromkeys(hops))

    def keep(self, hops: Iterable[Definition]) -> None:
        """Note assignments that must stay: what they make has a name of its own."""
        self._kept.update(hops)

    def at(self, code: Code, root: ast.expr) -> None:
        """Choose the expression that is replaced next."""
        self.spot = Spot(code, root)
        self._roots.append(self.spot)

    def without_layer(self, maker: Site, code: Code, call: ast.Call) -> None:
        """Note that a layer made elsewhere is not called here any more, if the text of the call goes."""
        self._layers.append((maker, Spot(code, call)))

    def put(self, text: str) -> None:
        """Replace the current root.

        Raises:
            Refused: a comment would be lost.
        """
        code, root = self._here().code, self._here().node
        start, end = code.outer_span(root)
        if "\n" in code.text[start:end].replace(code.of(root), ""):
            start, end = code.span(root)
        if code.text[start:end].count("#") > text.count("#"):
            raise Refused("a comment stands in the middle of the expression")
        self.draft.change(code, start, end, code.fitted(text, root))

    def settle(self) -> None:
        """Name what has to be named, and drop the assignments that nothing reads any more."""
        dead = self._dead()
        for definition in self._hops:
            inside = [(node, name) for node, (home, name) in self._named.items() if home is definition]
            if definition in dead and len(inside) == 1:
                self._rename(definition, *inside[0])
                continue
            for node, name in inside:
                self._introduce(definition.code, definition.statement, name, definition.code.of(node))
                self.draft.replace(definition.code, node, name)
            if definition in dead and not inside:
                self.draft.remove_statement(definition.code, definition.statement)
        gone = [*self._roots, *(Spot(d.code, d.value) for d in dead)]
        for maker, call in self._layers:
            if any(is_within(call, spot) for spot in gone) and isinstance(call.node, ast.Call):
                remove_unused_layer(self.draft, maker, call.node)

    def _rename(self, definition: Definition, node: ast.expr, name: str) -> None:
        """`p = softmax(f(x))` becomes `logits = f(x)`."""
        code = definition.code
        self.draft.change(code, *code.span(definition.target), name)
        self.draft.replace(code, definition.value, code.of(node))

    def _introduce(self, code: Code, statement: ast.stmt, name: str, text: str) -> None:
        """Put `name = text` in front of a statement."""
        start = code.span(statement)[0]
        if code.text[code.line_start(start) : start].strip():
            raise Refused("the statement in front of which a name is needed does not begin its line")
        bare = "\n" not in text or is_expression(text)
        self.draft.insert_before(code, statement, f"{name} = {text if bare else f'({text})'}")

    def _dead(self) -> set[Definition]:
        dead: set[Definition] = set()
        candidates = [d for d in self._hops if self._is_removable(d)]
        while True:
            gone = [*self._roots, *(Spot(d.code, d.value) for d in dead)]
            found = {
                d
                for d in candidates
                if all(any(is_within(r, s) for s in gone) for r in self.reading.bindings(d.code).readers(d))
            }
            if found == dead:
                return dead
            dead = found

    def _is_removable(self, definition: Definition) -> bool:
        """Whether an assignment may go: one local name, no comment, and no text that is kept reads it."""
        code, statement = definition.code, definition.statement
        if definition in self._kept:
            return False
        if not isinstance(statement, ast.Assign) or statement.targets != [definition.target]:
            return False
        if not isinstance(definition.target, ast.Name) or self._read.get(definition.target.id, set()) - {definition}:
            return False
        start, end = code.span(statement)
        line = code.text[code.line_start(start) : code.line_end(end)]
        alone = line.strip() == code.of(statement)
        return alone and "#" not in line and not isinstance(code.function(statement), ast.Module)

    def _is_stable(self, found: Found, name: str) -> bool:
        return self._bindings(found).is_stable(name, found.hops[-1].spot, self._here())

    def _bindings(self, found: Found) -> Bindings:
        return self.reading.bindings(found.code)

    def _here(self) -> Spot:
        assert self.spot is not None
        return self.spot

    def _names(self, node: ast.expr, parts: Mapping[ast.expr, str]) -> Iterable[str]:
        stack: list[ast.AST] = [node]
        while stack:
            one = stack.pop()
            if one in parts:
                continue
            if variable(one):
                yield variable(one)
            else:
                stack += ast.iter_child_nodes(one)

    def _fresh(self, found: Found) -> str:
        if found.node not in self.reading.names:
            name = self._new_name(found.hops[-1].spot, self.wanted)
            self.reading.names[found.node] = self._prefix(found, name) + name
        return self.reading.names[found.node]

    def _new_name(self, spot: Spot, wanted: str) -> str:
        """A name that no fix has given in the same outermost function yet."""
        functions = [n for n in spot.code.ancestors(spot.node) if isinstance(n, FunctionDef)]
        given = self.reading.given.setdefault(functions[-1] if functions else spot.code.tree, set())
        name = self.draft.fresh_name(spot.code, wanted)
        while name in given:
            name = self.draft.fresh_name(spot.code, wanted)
        given.add(name)
        return name

    def _prefix(self, found: Found, name: str) -> str:
        """`self.` where the name has to be read in another method."""
        definition, here = found.hops[-1], self._here()
        together = found.code.function(definition.statement) is here.code.function(here.node)
        if together or isinstance(definition.target, ast.Name):
            return ""
        if any(isinstance(n, ast.Attribute) and n.attr == name for n in nodes(found.code.module)):
            raise Refused("the argument of the activation has no name that can be read here")
        return "self."


def is_expression(text: str) -> bool:
    """Whether a text is one expression as it stands."""
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def substitute(code: Code, node: ast.expr, parts: Mapping[ast.expr, str]) -> str:
    """The text of an expression with other texts in place of some of its parts."""
    if node in parts:
        return parts[node]
    start, end = code.span(node)
    pieces, at = [], start
    for part in sorted((p for p in parts if start <= code.span(p)[0] and code.span(p)[1] <= end), key=code.span):
        first, last = code.outer_span(part)
        same = parts[part] == code.of(part)
        pieces += [code.text[at:first], code.text[first:last] if same else code.fitted(parts[part], part)]
        at = last
    return "".join([*pieces, code.text[at:end]])
