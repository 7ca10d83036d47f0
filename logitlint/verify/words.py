"""How each framework writes the names that stand in formulas."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..catalog.stable import Function, frameworks

Words = Mapping[str, str]
"""By name, the call as source: `{0}`, `{1}` are arguments, `{axis}` is the axis, `{more}` further keywords."""


class Unknown(Exception):
    """A framework has no word for a name."""


def _stable(framework: str) -> dict[str, str]:
    """The functions that fixes write, with the axis kept by reductions."""
    return {name: _call(function) for name, function in frameworks()[framework].functions.items()}


def _call(function: Function) -> str:
    arguments = [function.before] if function.before else []
    arguments += ["{0}", "{1}"] if function.paths[0].endswith("logaddexp") and not function.before else ["{0}"]
    arguments += [f"{function.axis}={{axis}}"] if function.axis else []
    arguments += [f"{function.keep}=True"] if function.keep else []
    return f"{function.paths[0]}({', '.join(arguments)})"


TORCH = _stable("torch") | {
    "sqrt": "torch.sqrt({0})",
    "abs": "torch.abs({0})",
    "prod": "torch.prod({0}, dim={axis}, keepdim=True)",
    "clip": "torch.clamp({0}, {1}, {2})",
    "floor": "torch.clamp({0}, min={1})",
    "above": "({0} > {1}).to({0}.dtype)",
    "round": "torch.round({0})",
    "bce": "torch.nn.functional.binary_cross_entropy({0}, {1}, reduction='none'{more})",
    "bce_logits": "torch.nn.functional.binary_cross_entropy_with_logits({0}, {1}, reduction='none'{more})",
    "ce_logits": "torch.nn.functional.cross_entropy({0}, {1}, reduction='none'{more})",
    "sparse_ce_logits": "torch.nn.functional.cross_entropy({0}, {1}, reduction='none'{more})",
    "nll": "torch.nn.functional.nll_loss({0}, {1}, reduction='none'{more})",
    "vector": "torch.tensor({0}, dtype=x.dtype)",
    "categorical": "torch.distributions.Categorical(probs={0}, validate_args=False).log_prob({1})",
    "categorical_logits": "torch.distributions.Categorical(logits={0}, validate_args=False).log_prob({1})",
    "bernoulli": "torch.distributions.Bernoulli(probs={0}, validate_args=False).log_prob({1})",
    "bernoulli_logits": "torch.distributions.Bernoulli(logits={0}, validate_args=False).log_prob({1})",
}

TENSORFLOW = _stable("tensorflow") | {
    "categorical": "tensorflow_probability.distributions.Categorical(probs={0}).log_prob({1})",
    "categorical_logits": "tensorflow_probability.distributions.Categorical(logits={0}).log_prob({1})",
    "bernoulli": "tensorflow_probability.distributions.Bernoulli(probs={0}).log_prob({1})",
    "bernoulli_logits": "tensorflow_probability.distributions.Bernoulli(logits={0}).log_prob({1})",
    "sqrt": "tensorflow.sqrt({0})",
    "abs": "tensorflow.abs({0})",
    "prod": "tensorflow.reduce_prod({0}, axis={axis}, keepdims=True)",
    "clip": "tensorflow.clip_by_value({0}, {1}, {2})",
    "floor": "tensorflow.maximum({0}, {1})",
    "above": "tensorflow.cast({0} > {1}, {0}.dtype)",
    "round": "tensorflow.round({0})",
    "bce_logits": "tensorflow.nn.sigmoid_cross_entropy_with_logits(labels={1}, logits={0})",
    "ce_logits": "tensorflow.nn.softmax_cross_entropy_with_logits(labels={1}, logits={0})",
    "sparse_ce_logits": "tensorflow.nn.sparse_softmax_cross_entropy_with_logits(labels={1}, logits={0})",
}

KERAS = _stable("keras") | {
    "sqrt": "keras.ops.sqrt({0})",
    "abs": "keras.ops.abs({0})",
    "prod": "keras.ops.prod({0}, axis={axis}, keepdims=True)",
    "clip": "keras.ops.clip({0}, {1}, {2})",
    "floor": "keras.ops.maximum({0}, {1})",
    "above": "keras.ops.cast({0} > {1}, {0}.dtype)",
    "round": "keras.ops.round({0})",
    "bce": "keras.losses.binary_crossentropy({1}, {0}{more})",
    "bce_logits": "keras.losses.binary_crossentropy({1}, {0}, from_logits=True{more})",
    "ce": "keras.losses.categorical_crossentropy({1}, {0}{more})",
    "ce_logits": "keras.losses.categorical_crossentropy({1}, {0}, from_logits=True{more})",
    "sparse_ce": "keras.losses.sparse_categorical_crossentropy({1}, {0}{more})",
    "sparse_ce_logits": "keras.losses.sparse_categorical_crossentropy({1}, {0}, from_logits=True{more})",
    "focal": "keras.losses.binary_focal_crossentropy({1}, {0}{more})",
    "focal_logits": "keras.losses.binary_focal_crossentropy({1}, {0}, from_logits=True{more})",
    "accuracy": "keras.metrics.binary_accuracy({1}, {0}{more})",
    "precision": "keras.metrics.Precision({given})({1}, {0})",
    "recall": "keras.metrics.Recall({given})({1}, {0})",
    "auc": "keras.metrics.AUC({given})({1}, {0})",
    "reshaped": "keras.ops.reshape({0}, keras.ops.shape(x))",
}

JAX = _stable("jax") | {
    "categorical": "distrax.Categorical(probs={0}).log_prob({1})",
    "categorical_logits": "distrax.Categorical(logits={0}).log_prob({1})",
    "bernoulli": "distrax.Bernoulli(probs={0}).log_prob({1})",
    "bernoulli_logits": "distrax.Bernoulli(logits={0}).log_prob({1})",
    "sqrt": "jax.numpy.sqrt({0})",
    "abs": "jax.numpy.abs({0})",
    "prod": "jax.numpy.prod({0}, axis={axis}, keepdims=True)",
    "clip": "jax.numpy.clip({0}, {1}, {2})",
    "floor": "jax.numpy.maximum({0}, {1})",
    "above": "({0} > {1}).astype({0}.dtype)",
    "round": "jax.numpy.round({0})",
    "bce_logits": "optax.losses.sigmoid_binary_cross_entropy({0}, {1})",
    "ce_logits": "optax.losses.softmax_cross_entropy({0}, {1})",
    "sparse_ce_logits": "optax.losses.softmax_cross_entropy_with_integer_labels({0}, {1})",
}

NUMPY = _stable("numpy") | {
    "sqrt": "numpy.sqrt({0})",
    "abs": "numpy.abs({0})",
    "relu": "numpy.maximum({0}, 0)",
    "prod": "numpy.prod({0}, axis={axis}, keepdims=True)",
    "clip": "numpy.clip({0}, {1}, {2})",
    "floor": "numpy.maximum({0}, {1})",
    "above": "({0} > {1}).astype({0}.dtype)",
    "round": "numpy.round({0})",
}

NOT_TAKEN: Mapping[str, frozenset[tuple[str, str | None]]] = {
    "torch": frozenset({("bce", "label_smoothing"), ("bce_logits", "label_smoothing")})
}
"""Arguments that a framework's function of a name does not take."""

DIALECTS: Mapping[str, Words] = {
    "torch": TORCH,
    "tensorflow": TENSORFLOW,
    "keras": KERAS,
    "jax": JAX,
    "numpy": NUMPY,
}


def written(formula: str, dialect: str, axis: int | None = -1) -> str:
    """A formula as source of a framework, over the axis given.

    Raises:
        Unknown: the framework has no word for one of its names.
    """
    return ast.unparse(_Written(dialect, axis).visit(ast.parse(formula, mode="eval")))


class _Written(ast.NodeTransformer):
    """Puts the framework's calls in place of the names in a formula."""

    def __init__(self, dialect: str, axis: int | None) -> None:
        self.words = DIALECTS[dialect]
        self.refused = NOT_TAKEN.get(dialect, frozenset())
        self.axis = axis

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call by name becomes the framework's."""
        assert isinstance(node.func, ast.Name)
        template = self.words.get(node.func.id)
        if template is None:
            raise Unknown(node.func.id)
        arguments = [ast.unparse(self.visit(argument)) for argument in node.args]
        more = "".join(f", {keyword.arg}={self.given(keyword.value)}" for keyword in node.keywords)
        is_refused = any((node.func.id, keyword.arg) in self.refused for keyword in node.keywords)
        if is_refused or (more and "{more}" not in template and "{given}" not in template):
            raise Unknown(f"{node.func.id}({more[2:]})")
        return ast.parse(template.format(*arguments, axis=self.axis, more=more, given=more[2:]), mode="eval").body

    def given(self, value: ast.expr) -> str:
        """A keyword argument; numbers in a list are a tensor."""
        if not isinstance(value, ast.List):
            return ast.unparse(value)
        if "vector" not in self.words:
            raise Unknown("vectors of weights")
        return self.words["vector"].format(ast.unparse(value))
