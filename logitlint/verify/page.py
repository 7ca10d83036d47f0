"""What `verify` says about the fixes in code, as one page of HTML with a picture of each rewrite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..report.html import style
from ..report.plot import drawing
from .code import Part, Proof
from .errors import errors
from .record import breaks
from .report import closing, difference, sides, where, words
from .verdict import Verdict

STYLE = """
.good { color: var(--origin); } .changed { color: var(--warning); } .wrong { color: var(--error); font-weight: bold; }
.open, small { color: var(--dim); } td .after { display: block; }
"""
"""What this page has beside the style of reports."""

CLASSES = {
    Verdict.EQUAL: "good",
    Verdict.BETTER: "good",
    Verdict.DIFFERENT: "changed",
    Verdict.WRONG: "wrong",
    None: "open",
}

INTRODUCTION = (
    "Each fix was run before and after on the framework that the code uses, with the arguments that the code gives, "
    "on logits from 1e-4 to 1e3 of both signs and on random ones. Values and gradients were compared with exact ones. "
    "The logit at which the old form breaks is given as value / gradient."
)


def page(proofs: Sequence[Proof], versions: Mapping[str, str], run: int, seconds: float) -> str:
    """The whole page."""
    parts: dict[tuple[str, str, str], Part] = {}
    for proof in proofs:
        for part in proof.parts:
            parts.setdefault(identity(part), part)
    numbers = {key: number for number, key in enumerate(parts, 1)}
    rows = "\n".join(row(proof, part, numbers) for proof in proofs for part in proof.parts)
    figures = "\n".join(figure(part, numbers[key]) for key, part in parts.items())
    counts = closing(proofs, run, seconds, versions)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>logitlint verify</title>'
        f"<style>{style()}{STYLE}</style></head><body>\n<h1>logitlint verify</h1>\n<p>{escape(counts)}</p>"
        f"\n<p>{INTRODUCTION}</p>\n<table><thead><tr><th>fix</th><th>rewrite</th><th>verdict</th><th>numbers</th>"
        f"</tr></thead><tbody>\n{rows}\n</tbody></table>\n{figures}\n</body></html>"
    )


def identity(part: Part) -> tuple[str, str, str]:
    """What makes two parts the same rewrite."""
    return (*sides(part.claim), part.framework)


def row(proof: Proof, part: Part, numbers: Mapping[tuple[str, str, str], int]) -> str:
    """One rewrite of a fix."""
    before, after = sides(part.claim)
    number = numbers[identity(part)]
    rewrite = f'<code>{escape(before)}</code><code class="after">→ {escape(after)}</code>'
    if part.claim.sampled:
        rewrite += f"<small>not literal: {escape(', '.join(part.claim.sampled))}</small>"
    verdict = f'<span class="{CLASSES[part.verdict]}">{escape(words(part.verdict))}</span>'
    found = [escape(part.reason)] if part.reason else []
    for check in part.checks if not part.reason else ():
        found.append(f"{part.framework} {check.mode}: {escape(difference(check))}")
        found += [f"{name}: {breaks(judgement)}" for name, judgement in check.formats.items()]
    link = f' <a href="#rewrite-{number}">picture</a>' if any(check.curves for check in part.checks) else ""
    return (
        f"<tr><td>{escape(where(proof))}<br><small>{proof.finding.code} {escape(proof.finding.name)}</small></td>"
        f"<td>{rewrite}</td><td>{verdict}</td><td>{'<br>'.join(found)}{link}</td></tr>"
    )


def figure(part: Part, number: int) -> str:
    """The error of both forms over the logit, in float32 or the first format that was run."""
    curves = [curve for check in part.checks[:1] for curve in check.curves]
    if not curves:
        return ""
    first = [curve for curve in curves if curve.dtype is curves[0].dtype]
    before, after = (f"<code>{escape(side)}</code>" for side in sides(part.claim))
    drawings = "".join(drawing("Error of the old and the new form over the logit", errors(one)) for one in first[:2])
    return (
        f'<figure class="plot" id="rewrite-{number}"><figcaption>Error in {curves[0].dtype.name} over the logit z: '
        f"{before} → {after}, {part.framework}</figcaption>{drawings}</figure>"
    )
