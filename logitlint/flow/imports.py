"""Import statements: names of packages outside stay dotted paths, project modules are run on demand."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path

from .machine import Frame, Machine
from .scope import Scope
from .tree import Tree
from .values import Const, External, Imported, ListRef, ModuleRef, Unknown, Value, intern

BUILTIN = frozenset(dir(builtins))
"""Names that no module of a project is expected to bring."""


def import_module(vm: Machine, node: ast.Import) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        if alias.asname is not None:
            bind_name(vm, alias.asname, find_module(vm, alias.name, 0))
            continue
        head, *rest = alias.name.split(".")
        module = find_module(vm, head, 0)
        bind_name(vm, head, module)
        for depth in range(len(rest)):
            inner = find_module(vm, ".".join([head, *rest[: depth + 1]]), 0)
            if isinstance(module, ModuleRef) and isinstance(inner, ModuleRef):
                vm.store.set(module.key, "#submodule " + rest[depth], inner)
            module = inner


def import_from(vm: Machine, node: ast.ImportFrom) -> None:
    """`from a import b`, `from . import b`, `from a import *`."""
    path, level = node.module or "", node.level
    here = vm.frame.tree.source.file
    file = vm.project.resolve(here, path, level)
    if node.names[0].name == "*":
        vm.frame.scope.stars.append(path if file is None else file)
        return
    for alias in node.names:
        value: Value = External(f"{path}.{alias.name}") if path else Unknown(0)
        if file is not None:
            value = Imported(path, file, alias.name)
        bind_name(vm, alias.asname or alias.name, value)


def bind_name(vm: Machine, name: str, value: Value) -> None:
    """Bind a name in the running scope, or in the one that `global` or `nonlocal` says."""
    scope = vm.frame.scope.outer.get(name, vm.frame.scope)
    vm.store.set(scope.key, name, value)


def find_module(vm: Machine, path: str, level: int) -> Value:
    """The module of a dotted path: a project module, or the path itself."""
    file = vm.project.resolve(vm.frame.tree.source.file, path, level)
    module = module_of(vm, file) if file is not None else None
    return module or External(path)


def module_of(vm: Machine, file: Path) -> ModuleRef | None:
    """The namespace of a project file, run when it is first asked for."""
    if file in vm.modules:
        return vm.modules[file]
    if file.is_dir():
        vm.modules[file] = ModuleRef(intern(("module", str(file))), file.name)
    elif (tree := vm.project.read(file)) is None:
        vm.modules[file] = None
    else:
        vm.modules[file] = ModuleRef(module_key(tree), file.stem)
        run_module(vm, tree)
    return vm.modules[file]


def module_key(tree: Tree) -> int:
    """Under which number a module's names are in the store."""
    return intern(("module", str(tree.source.file) if tree.source.file is not None else id(tree)))


def run_module(vm: Machine, tree: Tree) -> None:
    """Run a module's body unless it has been run, or is being run (an import cycle)."""
    key = module_key(tree)
    if vm.store.get(key, "#run") is not None:
        return
    with vm.store.apart():
        vm.store.set(key, "#run", External("module"))
        if not vm.project.is_main(tree.source):
            vm.store.set(key, "__name__", Const("imported"))
    frames, vm.frames = vm.frames, [Frame(tree, 0, _scope(vm, ModuleRef(key, "")))]
    path, vm.path = vm.path, frozenset()
    try:
        with vm.store.apart():
            vm.load(vm, tree)
    finally:
        vm.frames, vm.path = frames, path


def force(vm: Machine, value: Imported) -> Value:
    """What an imported name stands for."""
    file = value.file
    module = module_of(vm, file)
    if module is None:
        return Unknown(0)
    found = vm.store.get(module.key, value.name)
    if isinstance(found, Imported) and found != value:
        return force(vm, found)
    if found is not None and not isinstance(found, Imported):
        return found
    folder = file if file.is_dir() else file.parent if file.name == "__init__.py" else None
    if folder is not None:
        candidate = vm.project.below(folder, (value.name,))
        if candidate is not None and (inner := module_of(vm, candidate)) is not None:
            return inner
    return star_value(vm, _scope(vm, module), value.name) or Unknown(intern(("import", value.key)), value.name)


def _scope(vm: Machine, module: ModuleRef) -> Scope:
    """The scope of a module, which remembers its star imports."""
    return vm.module_scopes.setdefault(module.key, Scope(None, key=module.key))


def star_value(vm: Machine, scope: Scope, name: str) -> Value | None:
    """A name that a star import may have brought; modules of the project are run when they can have it."""
    for star in reversed(scope.stars):
        if isinstance(star, str):
            if vm.catalog.find(f"{star}.{name}") is not None:
                return External(f"{star}.{name}")
        elif name not in BUILTIN and vm.project.may_bring(star, name):
            found = from_star(vm, star, name)
            if found is not None:
                return found
    return None


def from_star(vm: Machine, file: Path, name: str) -> Value | None:
    """What `from module import *` brings under a name: one in `__all__`, else any public one."""
    module = module_of(vm, file)
    if module is None or (module.key, name) in vm.starred:
        return None
    listed = vm.store.get(module.key, "__all__")
    items = vm.store.get(listed.key, "#items") if isinstance(listed, ListRef) else listed
    names = [v.value for v in getattr(items, "values", getattr(items, "items", ())) if isinstance(v, Const)]
    if name not in names if names else name.startswith(("_", "#")):
        return None
    vm.starred.add((module.key, name))
    try:
        found = vm.store.get(module.key, name)
        if isinstance(found, Imported):
            return force(vm, found)
        return found if found is not None else star_value(vm, _scope(vm, module), name)
    finally:
        vm.starred.discard((module.key, name))
