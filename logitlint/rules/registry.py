"""All rules, found by their files: every module `lgt*` beside this one states a `RULE`."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from .. import rules
from .base import Rule

UNUSED = "LGT900"
"""The rule about comments that silence nothing."""


@functools.cache
def all_rules() -> dict[str, Rule]:
    """The rules by code, in the order of their codes."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__) if module.name.startswith("lgt"))
    found: list[Rule] = [importlib.import_module(f"{rules.__name__}.{name}").RULE for name in names]
    return {rule.code: rule for rule in found}
