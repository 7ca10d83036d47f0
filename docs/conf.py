"""The documentation as a site: `sphinx-build -W docs build/site`. Pages are plain Markdown and read well without it."""

from __future__ import annotations

from collections.abc import Iterable

from sphinx.application import Sphinx

import logitlint

project = "logitlint"
html_show_copyright = False
release = logitlint.__version__

extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"logitlint {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
pygments_style = "friendly"
pygments_dark_style = "monokai"

CONTENTS = {
    "Learn": ("tutorial/keras", "tutorial/pytorch", "keras", "faq"),
    "Use": (
        "session",
        "guide/checking",
        "guide/fixing",
        "guide/silencing",
        "guide/configuration",
        "guide/verifying",
        "guide/flake8",
        "guide/editors",
        "guide/ci",
        "guide/python",
        "scan",
    ),
    "Look up": ("rules/README", "cli", "verified", "comparison"),
    "Look inside": ("how-it-works", "extending"),
}
"""The pages in the order of the menu."""


def contents(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the menu below the start page, and the pages of the rules below their list."""
    if name == "index":
        for caption, pages in CONTENTS.items():
            source[0] += toctree(pages, f":caption: {caption}\n")
    if name == "rules/README":
        codes = sorted(page for page in app.env.found_docs if page.startswith("rules/LGT"))
        source[0] += toctree([f"/{code}" for code in codes])


def toctree(pages: Iterable[str], options: str = "") -> str:
    """A hidden table of contents, which GitHub would show as it is written."""
    lines = "\n".join(pages)
    return f"\n```{{toctree}}\n:hidden:\n{options}\n{lines}\n```\n"


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("source-read", contents)
