"""Every rule's page is complete, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import logitlint
from logitlint.rules import base
from logitlint.rules.base import Rule
from logitlint.rules.registry import all_rules

NUMBERS = [*range(101, 104), *range(201, 211), *range(301, 303), *range(401, 414), *range(501, 503), 900]
FILES = sorted(path.stem for path in Path(base.__file__).parent.glob("lgt*.py"))
RULES = list(all_rules().values())


def _select(rule: Rule) -> list[str] | None:
    return None if rule.default else ["ALL"]


def _examples(kind: str) -> list[Any]:
    return [
        pytest.param(rule, source, id=f"{rule.code}-{kind}-{index}")
        for rule in RULES
        for index, source in enumerate(getattr(rule, kind))
    ]


def test_every_code_of_the_table_has_a_file() -> None:
    assert [f"lgt{number}" for number in NUMBERS] == FILES


def test_codes_and_names_are_unique_and_match_the_file() -> None:
    assert [rule.code.lower() for rule in RULES] == FILES
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert re.fullmatch(r".*[^.\s]", rule.summary)
    assert rule.why.strip()
    assert rule.fix.strip()
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 4
    assert len({*rule.bad, *rule.good}) == len(rule.bad) + len(rule.good)


def test_only_the_hint_about_small_values_is_off_by_default() -> None:
    assert [rule.code for rule in RULES if not rule.default] == ["LGT411"]


@pytest.mark.parametrize(("rule", "source"), _examples("bad"))
def test_bad_example_is_found(rule: Rule, source: str) -> None:
    assert {finding.code for finding in logitlint.check_source(source, select=_select(rule))} == {rule.code}


@pytest.mark.parametrize(("rule", "source"), _examples("good"))
def test_good_example_is_silent(rule: Rule, source: str) -> None:
    assert logitlint.check_source(source, select=_select(rule)) == []
