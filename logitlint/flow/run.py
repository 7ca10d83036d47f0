"""Running a program: module bodies in order, then everything that nothing called, with unknown arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..catalog import Catalog
from .bounds import IMPORTED_STEPS, MODULE_STEPS, bounded
from .calls import apply
from .entries import run_instances, run_stacks, run_uncalled
from .expressions import EXPRESSIONS
from .imports import run_module
from .machine import Machine
from .project import Project
from .statements import STATEMENTS, run_body
from .tree import Tree
from .uses import Record


def run_program(
    catalog: Catalog,
    project: Project,
    trees: Sequence[Tree],
    paths: Collection[str],
    advance: Callable[[Tree], None] = lambda tree: None,
) -> tuple[Record, int]:
    """Run the trees as main programs; the record of uses, and how many entry points hit a bound.

    `paths` are the files in which findings are wanted: also those that only the trees import. What these define is run
    too, unless it belongs to a part of the program that is run elsewhere. `advance` is told of trees that are done.
    """
    vm = Machine(catalog, project, EXPRESSIONS, STATEMENTS, apply, load)
    for tree in trees:
        run_module(vm, tree)
    for tree in trees:
        run_uncalled(vm, tree)
        advance(tree)
    imported = [tree for tree in vm.defined if tree not in trees and tree.path in paths]
    for tree in imported:
        if tree.source.file not in project.elsewhere:
            run_instances(vm, tree)
    for tree in trees:
        run_stacks(vm, tree)
    return vm.record, vm.truncated


def load(vm: Machine, tree: Tree) -> None:
    """Run the body of a module, block by block."""
    with bounded(vm, MODULE_STEPS if vm.project.is_main(tree.source) else IMPORTED_STEPS):
        for block, (_, module) in enumerate(tree.modules):
            vm.frame.block = block
            run_body(vm, module.body)
