"""Fixes of what is written by hand: the text that they give, and that it computes the same on the real framework."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from formulas import PAIRS
from pairs import INPUTS, Pair

import logitlint
from logitlint.finding import Finding
from logitlint.rules.registry import all_rules

CODES = [f"LGT{number}" for number in (103, 210, *range(401, 414))]


def findings(text: str, *codes: str) -> list[Finding]:
    return logitlint.check_source(text, select=codes or ["ALL"])


def mended(text: str, code: str) -> str:
    """A script after every fix for one code."""
    return logitlint.fix_source(text, unsafe=True, select=[code])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_fix_gives_the_stable_form(pair: Pair) -> None:
    before = pair.program(pair.before)
    assert {f.fix.applicability for f in findings(before, pair.code)} == {pair.applicability}
    assert mended(before, pair.code) == pair.program(pair.after)
    assert not findings(pair.program(pair.after), *CODES)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_fix_computes_the_same(pair: Pair) -> None:
    before, after = (function_of(pair.program(body)) for body in (pair.before, pair.after))
    for old, new in zip(RUN[pair.framework](before), RUN[pair.framework](after), strict=True):
        assert np.isfinite(old).all()
        np.testing.assert_allclose(new, old, rtol=2e-4, atol=1e-5)


def function_of(program: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(program, names)
    found: Callable[..., Any] = names["f"]
    return found


def inputs(function: Callable[..., Any]) -> list[Any]:
    return [INPUTS[name] for name in inspect.signature(function).parameters]


def run_numpy(function: Callable[..., Any]) -> list[Any]:
    return [function(*inputs(function))]


def run_torch(function: Callable[..., Any]) -> list[Any]:
    import torch

    given = [torch.tensor(value) for value in inputs(function)]
    leaves = [value.requires_grad_() for value in given if value.is_floating_point()]
    result = function(*given)
    gradients = torch.autograd.grad(result.sum(), leaves, allow_unused=True)
    return [value.detach().numpy() for value in (result, *gradients) if value is not None]


def run_tensorflow(function: Callable[..., Any]) -> list[Any]:
    import tensorflow as tf

    given = [tf.constant(value) for value in inputs(function)]
    leaves = [value for value in given if value.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        result = function(*given)
    gradients = tape.gradient(result, leaves)
    return [value.numpy() for value in (result, *gradients) if value is not None]


def run_jax(function: Callable[..., Any]) -> list[Any]:
    import jax
    import jax.numpy as jnp

    given = [jnp.asarray(value) for value in inputs(function)]
    leaves = [n for n, value in enumerate(given) if jnp.issubdtype(value.dtype, jnp.floating)]
    gradients = jax.grad(lambda *args: function(*args).sum(), argnums=leaves)(*given)
    return [np.asarray(value) for value in (function(*given), *gradients)]


RUN: dict[str, Callable[[Callable[..., Any]], list[Any]]] = {
    "torch": run_torch,
    "tensorflow": run_tensorflow,
    "tensorflow 1": run_tensorflow,
    "jax": run_jax,
    "flax": run_jax,
    "keras": lambda function: [np.asarray(value) for value in run_numpy(function)],
    "numpy": run_numpy,
    "math": run_numpy,
}


def _bad_examples() -> list[Any]:
    return [
        pytest.param(code, source, id=f"{code}-{index}")
        for code in CODES
        for index, source in enumerate(all_rules()[code].bad)
    ]


@pytest.mark.parametrize(("code", "source"), _bad_examples())
def test_fixed_example_is_silent(code: str, source: str) -> None:
    refused = [f.fix for f in findings(source, code) if not f.fix.edits]
    after = mended(source, code)
    ast.parse(after)
    left = findings(after)
    assert len(left) == len(refused)
    assert all(f.code == code and f.fix.message for f in left)
