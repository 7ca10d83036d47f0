"""Findings as editors show them."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types
from pygls.workspace import PositionCodec

from ..finding import Finding, Related, Severity
from ..rules.registry import UNUSED
from .analysis import Outcome
from .places import range_of

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def diagnostics(outcome: Outcome, codec: PositionCodec) -> dict[str, list[types.Diagnostic]]:
    """What to show, by script or cell; without those that are being typed and were analysed as they were before."""
    typed = {
        piece.uri
        for view in outcome.views.values()
        for piece, text in zip(view.opened.pieces, view.texts, strict=True)
        if piece.code != text
    }
    shown: dict[str, list[types.Diagnostic]] = {
        piece.uri: [] for one in outcome.opened for piece in one.pieces if piece.uri not in typed
    }
    for finding in outcome.findings:
        uri = outcome.uri(finding.location)
        if uri is not None and uri not in typed:
            shown.setdefault(uri, []).append(diagnostic(outcome, finding, codec))
    return shown


def diagnostic(outcome: Outcome, finding: Finding, codec: PositionCodec) -> types.Diagnostic:
    """A finding at its use, with the way from there back to the origin."""
    return types.Diagnostic(
        range_of(codec, outcome.block(finding.location), finding.location),
        finding.message,
        SEVERITIES[finding.severity],
        finding.code,
        source="logitlint",
        tags=[types.DiagnosticTag.Unnecessary] if finding.code == UNUSED else None,
        related_information=list(_related(outcome, finding.related, codec)),
    )


def _related(
    outcome: Outcome, related: tuple[Related, ...], codec: PositionCodec
) -> Iterator[types.DiagnosticRelatedInformation]:
    for one in related:
        uri = outcome.uri(one.location)
        if uri is not None and one.location.path in outcome.sources:
            place = range_of(codec, outcome.block(one.location), one.location)
            yield types.DiagnosticRelatedInformation(types.Location(uri, place), one.message)
