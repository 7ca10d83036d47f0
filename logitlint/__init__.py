"""logitlint follows logits through machine-learning code and finds where they meet the wrong loss, log or metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import check_paths, check_source, fix_source
    from .finding import Applicability, Edit, Finding, Fix, Location, Related, Result, Severity, Skipped

__version__ = "0.1.0"
__all__ = [
    "Applicability",
    "Edit",
    "Finding",
    "Fix",
    "Location",
    "Related",
    "Result",
    "Severity",
    "Skipped",
    "__version__",
    "check_paths",
    "check_source",
    "fix_source",
]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used, so that `logitlint --version` starts at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(".api" if name.startswith(("check_", "fix_")) else ".finding", __name__), name)
