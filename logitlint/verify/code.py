"""Verifying the fixes in code: every claim of every fix, each different one once, on the framework that it calls."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..finding import Claim, Finding
from .checks import UNANSWERED, Check, Checker, Rewrite
from .frameworks import FRAMEWORKS, Framework
from .instances import Unverifiable, framework_of, rewrite_of
from .samples import decades
from .verdict import Verdict


@dataclass(frozen=True)
class Part:
    """One claim of a fix, and what came of it.

    Attributes:
        claim: what is rewritten by what.
        framework: what it was run on; empty if it was not.
        checks: the outcomes, one for each mode.
        reason: why there is none, or what is wrong.
    """

    claim: Claim
    framework: str = ""
    checks: tuple[Check, ...] = ()
    reason: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The worst outcome; None if it was not run."""
        return worst(check.verdict for check in self.checks) if not self.reason or self.is_wrong else None

    @property
    def is_wrong(self) -> bool:
        """Whether the numbers say that it is not what it claims."""
        return any(check.verdict is Verdict.WRONG for check in self.checks)


@dataclass(frozen=True)
class Proof:
    """What came of a fix."""

    finding: Finding
    parts: tuple[Part, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict of all parts; None if one was not run and none is wrong."""
        found = [part.verdict for part in self.parts]
        if None in found and Verdict.WRONG not in found:
            return None
        return worst(found)

    @property
    def reason(self) -> str:
        """Why the fix is withheld; empty if it passes."""
        bad = next((part for part in self.parts if part.is_wrong), None) or next(
            (part for part in self.parts if part.verdict is None), None
        )
        return bad.reason if bad is not None else ""


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The worst of several verdicts."""
    order = list(Verdict)
    return max((one for one in verdicts if one is not None), key=order.index, default=None)


@dataclass
class Verifier:
    """Runs claims; one that was run before is not run again.

    Attributes:
        checker: runs them.
        modes: how; the usual way of each framework if empty.
        backend: the Keras backend where the code selects none.
        only: the frameworks that are run; all of them if empty.
        run: how many different claims were run.
        seconds: how long that took, with the imports of the frameworks.
    """

    checker: Checker = field(default_factory=lambda: Checker(climb=decades()))
    modes: Sequence[str] = ()
    backend: str = "tensorflow"
    only: Sequence[str] = ()
    run: int = 0
    seconds: float = 0.0
    _known: dict[Claim, Part] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """Frameworks that did not answer, one line each."""
        return self.checker.failures

    def verify(self, findings: Sequence[Finding]) -> list[Proof]:
        """The proofs of all fixes that change code."""
        claims = dict.fromkeys(self._bare(claim) for f in findings for claim in f.fix.claims)
        waiting: dict[str, dict[Claim, Rewrite]] = {}
        for claim in claims:
            if claim not in self._known:
                self._sort(claim, waiting)
        for name, rewrites in waiting.items():
            self._run(FRAMEWORKS[name], rewrites)
        return [
            Proof(finding, tuple(self._part(claim) for claim in finding.fix.claims))
            for finding in findings
            if finding.fix.claims
        ]

    def _bare(self, claim: Claim) -> Claim:
        """A claim without what does not change its numbers."""
        return dataclasses.replace(claim, sampled=())

    def _part(self, claim: Claim) -> Part:
        return dataclasses.replace(self._known[self._bare(claim)], claim=claim)

    def _sort(self, claim: Claim, waiting: dict[str, dict[Claim, Rewrite]]) -> None:
        try:
            framework = framework_of(claim, self.backend) if not claim.unclear else None
            if framework is not None and self.only and framework.name not in self.only:
                raise Unverifiable(f"{framework.name} is not asked for")
            rewrite = rewrite_of(claim, framework or FRAMEWORKS["numpy"])
        except Unverifiable as error:
            self._known[claim] = Part(claim, reason=str(error))
        else:
            assert framework is not None
            waiting.setdefault(framework.name, {})[claim] = rewrite

    def _run(self, framework: Framework, rewrites: dict[Claim, Rewrite]) -> None:
        unique: dict[tuple[object, ...], list[Claim]] = {}
        for claim, rewrite in rewrites.items():
            unique.setdefault((rewrite.statement.title, rewrite.sources, rewrite.whole), []).append(claim)
        waiting = [(rewrites[claims[0]], claims) for claims in unique.values()]
        self.checker.modes = self.modes or USUAL.get(framework.name, ("eager",))
        started = time.perf_counter()
        for _ in range(MAX_STARTS):
            waiting = self._started(framework, waiting)
        self.seconds += time.perf_counter() - started
        self.run += len(unique)

    def _started(self, framework: Framework, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Run rewrites; what is left if the framework stops in the middle, without the one that it stopped at."""
        if not waiting:
            return []
        found: dict[int, list[Check]] = {}
        for check in self.checker.check_sources([rewrite for rewrite, _ in waiting], framework):
            found.setdefault(id(check.rewrite), []).append(check)
        unanswered = [one for one in waiting if is_unanswered(found.get(id(one[0]), ()))]
        for rewrite, claims in waiting:
            checks = tuple(found.get(id(rewrite), ()))
            for claim in claims:
                self._known[claim] = Part(claim, framework.name, checks, self._reason(checks, framework))
        return unanswered[1:] if len(unanswered) < len(waiting) else []

    def _reason(self, checks: Sequence[Check], framework: Framework) -> str:
        wrong = [j.reason for check in checks for j in check.formats.values() if j.reason]
        errors = [check.error for check in checks if check.error]
        if wrong:
            return wrong[0]
        if errors and errors[0] != UNANSWERED:
            return f"{framework.name}: {errors[0]}"
        if errors or not checks:
            return next(
                (line for line in reversed(self.failures) if line.startswith(f"{framework.name}: ")),
                f"{framework.name}: {UNANSWERED}",
            )
        return ""


def is_unanswered(checks: Sequence[Check]) -> bool:
    """Whether a framework did not come to a rewrite, or not to its end."""
    return not checks or any(check.error == UNANSWERED for check in checks)


Waiting = tuple[Rewrite, list[Claim]]
"""A rewrite to be run, and the claims that are that."""

MAX_STARTS = 3
"""How many times a framework that stops in the middle is started."""

USUAL = {"jax": ("jit",), "keras-jax": ("jit",)}
"""How frameworks are run unless it is said; the others are run op by op."""
