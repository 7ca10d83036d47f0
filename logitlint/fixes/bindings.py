"""Which assignment gives a variable its value at a place, and whether a value is still the same at a later place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..flow.names import name_of, nodes
from ..flow.tree import Tree
from .code import Code
from .draft import Workshop

Scoped = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Place = tuple[int, int]
"""A block and an offset in it."""


@dataclass(frozen=True, eq=False)
class Spot:
    """A node in its block."""

    code: Code
    node: ast.AST

    @property
    def start(self) -> Place:
        """Where it begins."""
        return self.code.block, self.code.span(self.node)[0]

    @property
    def end(self) -> Place:
        """Where it ends."""
        return self.code.block, self.code.span(self.node)[1]


@dataclass(frozen=True)
class Definition:
    """An assignment: `target` gets `value`."""

    code: Code
    statement: ast.stmt
    target: ast.expr
    value: ast.expr

    @property
    def spot(self) -> Spot:
        """The place of the assignment."""
        return Spot(self.code, self.statement)


def variable(node: ast.AST) -> str:
    """The name of a local variable, `self.name` for an attribute of the object itself, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return ""


def root_name(node: ast.AST) -> str:
    """The variable that a chain of attributes and indices starts at."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred) and not variable(node):
        node = node.value
    return variable(node)


def own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module without the bodies of the functions and classes in it."""
    stack = list(ast.iter_child_nodes(root))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, Scoped):
            stack += ast.iter_child_nodes(node)


def bound_by(node: ast.AST) -> Iterator[str]:
    """The variables that a node binds, or whose value it may change in place."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield root_name(node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).split(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        yield node.name or ""
    elif isinstance(node, ast.Call):
        yield from changed_in_place(node)


def changed_in_place(call: ast.Call) -> Iterator[str]:
    """The variables that a call works on in place: `x.clamp_(0)`, `F.relu(x, inplace=True)`, `np.exp(x, out=x)`."""
    func, name = call.func, name_of(call)
    if name.endswith("_") and not name.startswith("_"):
        yield from (root_name(n) for n in (*call.args[:1], *([func.value] if isinstance(func, ast.Attribute) else [])))
    for keyword in call.keywords:
        if keyword.arg == "out":
            yield root_name(keyword.value)
        elif keyword.arg == "inplace":
            yield from (root_name(n) for n in call.args[:1])


class Bindings:
    """The assignments of one source."""

    def __init__(self, shop: Workshop, tree: Tree) -> None:
        self.codes = shop.codes(tree)
        self._bound: dict[ast.AST, dict[str, list[Spot]]] = {}
        self._declared = {
            name
            for code in self.codes
            for node in nodes(code.module)
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
        }

    def definition(self, code: Code, use: ast.expr) -> Definition | None:
        """The one assignment that a variable has its value from here; None if it is not certain."""
        name = variable(use)
        if not name or name in self._declared:
            return None
        home = self.home(code, use, name)
        bound = self.bound(home, name)
        here = Spot(code, use)
        if home is not self.scope(code, use):
            found = definition_at(bound[0]) if len(bound) == 1 else None
            if found is None or self._in_loop(found.spot):
                return None
            together = self.scope(code, found.statement) is self.scope(code, use)
            return found if not together or dominates(found.spot, here) else None
        earlier = [spot for spot in bound if spot.start < here.start and not self._same_statement(spot, here)]
        if not earlier:
            return None
        found = definition_at(max(earlier, key=lambda spot: spot.start))
        if found is None or not dominates(found.spot, here) or self._changed(bound, found.spot, here):
            return None
        return found

    def context(self, code: Code, use: ast.expr) -> ast.With | None:
        """A `with` block that a variable got its value in, but that is not around the place that reads it."""
        outside = set(code.ancestors(use))
        bound = self.bound(self.home(code, use, variable(use)), variable(use))
        blocks = (n for spot in bound for n in spot.code.ancestors(spot.node) if isinstance(n, ast.With))
        return next((block for block in blocks if block not in outside and not is_scope(block)), None)

    def is_stable(self, name: str, start: Spot, end: Spot) -> bool:
        """Whether a variable has the same value at a later place."""
        if name in self._declared:
            return False
        home = self.home(start.code, start.node, name)
        bound = self.bound(home, name)
        together = self.scope(start.code, start.node) is self.scope(end.code, end.node)
        if together and home is self.scope(start.code, start.node):
            return not self._changed(bound, start, end) and not any(is_within(spot, start) for spot in bound)
        if self.home(end.code, end.node, name) is not home:
            return False
        if together and not name.startswith("self."):
            return True
        return len(bound) <= 1 and not any(self._in_loop(spot) for spot in bound)

    def is_mutated(self, name: str, start: Spot, end: Spot) -> bool:
        """Whether the object that a variable holds may be changed in place between two places."""
        bound = self.bound(self.home(start.code, start.node, name), name)
        return self._changed([spot for spot in bound if works_in_place(spot)], start, end)

    def readers(self, definition: Definition) -> list[Spot]:
        """Every place in the function of a definition that may read the value it assigns."""
        code, name = definition.code, variable(definition.target)
        root = self.scope(code, definition.statement)
        return [
            Spot(code, node)
            for node in nodes(root)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == name
            if self.definition(code, node) in (definition, None)
        ]

    def home(self, code: Code, node: ast.AST, name: str) -> ast.AST:
        """The function in which a variable lives, seen from a place; the first block's module, the class for `self`."""
        if name.startswith("self."):
            return next((n for n in code.ancestors(node) if isinstance(n, ast.ClassDef)), self.codes[0].module)
        for scope in (n for n in code.ancestors(node) if isinstance(n, Scoped) and not isinstance(n, ast.ClassDef)):
            if name in self._names(scope):
                return scope
        return self.codes[0].module

    def scope(self, code: Code, node: ast.AST) -> ast.AST:
        """The function around a place; the blocks of a notebook are one."""
        found = code.function(node)
        return self.codes[0].module if isinstance(found, ast.Module) else found

    def bound(self, home: ast.AST, name: str) -> list[Spot]:
        """Every place that binds or changes a variable."""
        return self._names(home).get(name, [])

    def _names(self, home: ast.AST) -> dict[str, list[Spot]]:
        known = self._bound.get(home)
        if known is None:
            known = self._bound[home] = {}
            walk = nodes if isinstance(home, ast.ClassDef) else own_nodes
            for code, root in self._blocks(home):
                for node in walk(root):
                    for name in bound_by(node):
                        known.setdefault(name, []).append(Spot(code, node))
        return known

    def _blocks(self, home: ast.AST) -> list[tuple[Code, ast.AST]]:
        if isinstance(home, ast.Module):
            return [(code, code.module) for code in self.codes]
        return [(next(c for c in self.codes if c.parent(home) is not None), home)]

    def _changed(self, bound: list[Spot], start: Spot, end: Spot) -> bool:
        """Whether one of these places can run between two others."""
        outside = set(end.code.ancestors(end.node)) - set(start.code.ancestors(start.node))
        loops = [n for n in outside if isinstance(n, LOOPS)]
        for spot in bound:
            if start.end <= spot.start < end.start and not self._same_statement(spot, end):
                return True
            if spot.code is end.code and any(loop in spot.code.ancestors(spot.node) for loop in loops):
                return True
        return False

    def _same_statement(self, target: Spot, use: Spot) -> bool:
        """Whether a use stands in the value that is being assigned to a target."""
        statement = use.code.statement(use.node)
        if target.code is not use.code or not isinstance(statement, ast.Assign | ast.AnnAssign):
            return False
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return any(target.node is t or t in target.code.ancestors(target.node) for t in targets)

    def loop(self, code: Code, node: ast.AST, definition: Definition) -> ast.stmt | None:
        """The statement with the outermost loop around a place that is not around the definition that it reads."""
        if self.scope(code, node) is not self.scope(definition.code, definition.statement):
            return None
        around = set(definition.code.ancestors(definition.statement))
        loops = [n for n in code.ancestors(node) if isinstance(n, LOOPS) and n not in around]
        return code.statement(loops[-1]) if loops else None

    def _in_loop(self, spot: Spot) -> bool:
        return any(isinstance(n, LOOPS) for n in spot.code.ancestors(spot.node))


def definition_at(spot: Spot) -> Definition | None:
    """The assignment of which a place is the target, also in `a, b = 1, 2`."""
    code, target = spot.code, spot.node
    parent = code.parent(target)
    if not isinstance(target, ast.Name | ast.Attribute):
        return None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        return Definition(code, parent, target, parent.value)
    if isinstance(parent, ast.AnnAssign) and parent.value is not None:
        return Definition(code, parent, target, parent.value)
    statement = code.parent(parent) if isinstance(parent, ast.Tuple) else None
    if isinstance(parent, ast.Tuple) and isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        values = statement.value
        starred = any(isinstance(e, ast.Starred) for e in parent.elts)
        if isinstance(values, ast.Tuple) and len(values.elts) == len(parent.elts) and not starred:
            return Definition(code, statement, target, values.elts[parent.elts.index(target)])
    return None


def works_in_place(spot: Spot) -> bool:
    """Whether a place changes an object, rather than giving a variable another one."""
    if isinstance(spot.node, ast.Subscript | ast.Call):
        return True
    if isinstance(spot.node, ast.Attribute) and not variable(spot.node):
        return True
    return isinstance(spot.code.parent(spot.node), ast.AugAssign)


def is_within(inner: Spot, outer: Spot) -> bool:
    """Whether a place is part of another."""
    return inner.code is outer.code and outer.start <= inner.start and inner.end <= outer.end


def is_scope(block: ast.With) -> bool:
    """Whether a `with` only names things or says where they are: outside of it they are computed the same."""
    calls = [item.context_expr for item in block.items]
    names = [c.func.attr for c in calls if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute)]
    return len(names) == len(calls) and all(name.endswith("scope") or name in SCOPES for name in names)


SCOPES = frozenset({"device", "as_default", "Session", "InteractiveSession", "GradientTape"})
"""Contexts that change nothing about what a computation inside of them gives."""


def dominates(start: Spot, end: Spot) -> bool:
    """Whether a place is only reached after a statement: it comes later in the same block, or deeper in it."""
    later = {end.node, *end.code.ancestors(end.node)}
    statement: ast.AST | None = start.node
    while statement is not None:
        parent = start.code.parent(statement)
        if start.code is not end.code and isinstance(parent, ast.Module):
            return start.code.block < end.code.block
        for body in (value for _, value in ast.iter_fields(parent) if isinstance(value, list)) if parent else ():
            if statement in body:
                return any(s in later for s in body[body.index(statement) + 1 :]) or (
                    isinstance(parent, ast.With) and is_scope(parent) and dominates(Spot(start.code, parent), end)
                )
        statement = parent if isinstance(parent, ast.stmt) else None
    return False
