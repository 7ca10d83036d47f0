"""Check every module of the installed frameworks: no exception, no hang. Run by hand; it takes a while.

    python tests/run_site_packages.py [PACKAGE ...] [--jobs 2] [--chunk 10000] [--limit 2]

Prints, per package, the files, those parsed, findings by code, skipped files and analyses that hit a bound. Files of
one chunk are one run, so that what they import is run once. Exits with 1 if anything raised, or if a chunk took longer
than `--limit` seconds a file.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import logitlint

PACKAGES = ("optax", "flax", "jax", "keras", "tf_keras", "torch", "transformers", "tensorflow")


@dataclass
class Outcome:
    """What checking some files of a package gave."""

    package: str
    files: list[Path]
    seconds: float = 0.0
    parsed: int = 0
    truncated: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)
    error: str = ""


def check(package: str, files: list[Path]) -> Outcome:
    """Check some files in one run, so that imports among them are followed."""
    outcome = Outcome(package, files)
    started = time.perf_counter()
    try:
        result = logitlint.check_paths(files)
    except BaseException as error:  # the point of this script is to see every one
        outcome.error = "".join(traceback.format_exception(error, limit=-6))
        if isinstance(error, KeyboardInterrupt):
            raise
    else:
        outcome.parsed, outcome.truncated = result.parsed, result.truncated
        outcome.codes = Counter(f.code for f in result.findings)
        outcome.skipped = [f"{s.path}: {s.reason}" for s in result.skipped]
    outcome.seconds = time.perf_counter() - started
    return outcome


def _check_chunk(job: tuple[str, list[Path]]) -> Outcome:
    return check(*job)


def modules(package: str) -> list[Path]:
    """Every .py file of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return []
    return sorted(p for root in spec.submodule_search_locations for p in Path(root).rglob("*.py"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--chunk", type=int, default=10_000)
    parser.add_argument("--limit", type=float, default=2.0, help="seconds that a file may take on average")
    args = parser.parse_args()

    jobs = []
    for package in args.packages:
        files = modules(package)
        print(f"{package}: {len(files)} files", flush=True)
        jobs += [(package, files[i : i + args.chunk]) for i in range(0, len(files), args.chunk)]

    outcomes = []
    with multiprocessing.get_context("spawn").Pool(args.jobs, maxtasksperchild=20) as pool:
        for outcome in pool.imap_unordered(_check_chunk, jobs):
            outcomes.append(outcome)
            if outcome.error:
                print(f"RAISED in {outcome.files[0]} ...\n{outcome.error}", flush=True)

    for package in args.packages:
        own = [o for o in outcomes if o.package == package]
        codes = sum((o.codes for o in own), Counter[str]())
        print(
            f"{package}: {sum(len(o.files) for o in own)} files, {sum(o.parsed for o in own)} parsed, "
            f"{sum(o.seconds for o in own):.1f} s, {sum(o.truncated for o in own)} truncated, "
            f"{sum(bool(o.error) for o in own)} chunks raised, {codes.total()} findings {dict(sorted(codes.items()))}"
        )
    for line in [line for o in outcomes for line in o.skipped]:
        print("skipped", line)

    return int(any(o.error or o.seconds > args.limit * len(o.files) for o in outcomes))


if __name__ == "__main__":
    sys.exit(main())
