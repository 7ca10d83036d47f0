"""What `check --fix --verify` keeps back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..finding import Finding
from .code import Verifier
from .paths import keras_backend
from .verdict import Verdict


def withheld() -> Callable[[Sequence[Finding]], Mapping[int, str]]:
    """Says of findings, by their place in a list, why their fixes are not applied; what was run once is known."""
    verifier = Verifier(backend=keras_backend(()))

    def reasons(findings: Sequence[Finding]) -> dict[int, str]:
        found = {}
        for number, proof in enumerate(verifier.verify(findings)):
            if proof.verdict is Verdict.WRONG:
                found[number] = f"it is NOT equal: {proof.reason}"
            elif proof.verdict is None:
                found[number] = f"it could not be verified: {proof.reason}"
        return found

    return reasons
