"""The pictures of the tutorials: ladders, climbed on the frameworks by `logitlint verify`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

import matplotlib
from matplotlib.figure import Figure

from logitlint.verify.frameworks import FRAMEWORKS
from logitlint.verify.ladder import Climb, Way, climbs
from logitlint.verify.plot import panel
from logitlint.verify.statement import Line

TOP = 40.0
"""The largest gap in the pictures of the loss."""

STYLES = (("#4c72b0", "-"), ("#c44e52", "-"), ("#dd8452", "--"))

FORMS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "keras": (
        "keras-jax",
        {
            "from logits": "sparse_ce_logits(x, k)",
            "softmax, then the loss": "sparse_ce(softmax(x), k)",
            "softmax twice": "sparse_ce_logits(softmax(x), k)",
        },
    ),
    "pytorch": (
        "torch",
        {
            "from logits": "sparse_ce_logits(x, k)",
            "log(softmax + 1e-8)": "nll(log(softmax(x) + 1e-8), k)",
            "softmax twice": "sparse_ce_logits(softmax(x), k)",
        },
    ),
}
LADDERS: Mapping[str, Mapping[str, str]] = {
    "keras": {"softmax, then the loss": "sparse_ce(softmax(x), k)", "from logits": "sparse_ce_logits(x, k)"},
    "pytorch": {"log of softmax": "nll(log(softmax(x)), k)", "from logits": "sparse_ce_logits(x, k)"},
}
LINE = Line({"x": [0, 0], "k": [0]}, {"x": [0, 1]}, low=0)


def pictures() -> Iterator[tuple[str, str]]:
    """The name of each picture and what is in it."""
    for name, (framework, forms) in FORMS.items():
        ways = [Way("", one, "sparse_ce_logits(x, k)", LINE) for one in (forms, LADDERS[name])]
        found = climbs(ways, FRAMEWORKS[framework], "eager", ["float32"])
        yield f"{name}-loss.svg", losses(found[0])
        yield f"{name}-ladder.svg", ladder(found[1])


def losses(climb: Climb) -> str:
    """The loss and its derivative over the gap."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    places = [place for place, z in enumerate(climb.zs) if z <= TOP]
    gaps = [climb.zs[place] for place in places]
    for (name, values), (colour, dashes) in zip(climb.values.items(), STYLES, strict=True):
        above.plot(gaps, [values[place] for place in places], dashes, color=colour, label=name)
        below.plot(gaps, [climb.slopes[name][place] for place in places], dashes, color=colour)
        last = values[places[-1]]
        above.annotate(f"{last:.3g}", (gaps[-1], last), (-4, 4), textcoords="offset points", ha="right", color=colour)
    above.margins(y=0.12)
    above.set_ylabel("loss")
    below.set_ylabel("gradient")
    below.set_xlabel("gap: how much larger the wrong logit is")
    above.legend(frameon=False)
    return svg(figure)


def ladder(climb: Climb) -> str:
    """The error over the gap."""
    figure = Figure(figsize=(6, 4.2), layout="constrained")
    axes = figure.subplots()
    panel(axes, climb, 1)
    axes.set_title("float32")
    axes.set_xlabel("gap")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return svg(figure)


def svg(figure: Figure) -> str:
    """A figure as text that is the same each time."""
    written = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "logitlint"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def alike(old: str, new: str) -> bool:
    """Whether two pictures have the same words in the same order; lines are drawn differently by each matplotlib."""
    return words(old) == words(new)


def words(picture: str) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)
