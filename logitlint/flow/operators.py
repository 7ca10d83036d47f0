"""`left op right`: of numbers and tensors an operation, of lists and tuples a longer one."""

from __future__ import annotations

from . import terms
from .containers import contents, grown, new_list
from .machine import Machine
from .tree import Site
from .values import Const, Items, ListRef, Tuple, Unknown, Value


def operate(vm: Machine, op: str, left: Value, right: Value, site: Site) -> Value:
    """`left op right`, for numbers, tensors and lists."""
    if op == "add" and isinstance(left, (ListRef, Tuple)) and isinstance(right, (ListRef, Tuple, Unknown)):
        return concatenate(vm, left, right)
    if op == "mul" and isinstance(left, ListRef) and isinstance(right, (Const, Unknown)):
        items = contents(vm, left)
        if items is not None:
            return new_list(vm, items.values, items.exact and isinstance(right, Const) and right.value == 1)
    if op in ("and", "or", "other", "mod", "floordiv"):
        return vm.opaque(op, left.key, right.key)
    return terms.operation(vm, op, (left, right), site)


def concatenate(vm: Machine, left: Value, right: Value) -> Value:
    """`list + list` or `tuple + tuple`."""
    first, second = (contents(vm, value) or Items({0: Unknown(0)}, exact=False) for value in (left, right))
    joined = grown(first, dict(enumerate(second.values, start=len(first.entries))), second.exact)
    if isinstance(left, Tuple) and joined.exact:
        return Tuple(joined.values)
    return new_list(vm, joined.values, joined.exact)
