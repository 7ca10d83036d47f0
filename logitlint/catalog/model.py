"""The rows of the catalog: one dataclass per role that a framework's name can play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Literal = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """What one callable of a framework means.

    Attributes:
        names: dotted names, canonical spelling first; all mean the same callable.
        methods: names under which tensors offer it as a method (the receiver is the first of `params`).
        kind: `function`, or `class` (made with `params`, then called with `call`).
        params: positional order of the parameters; a leading `*` marks a variadic one.
        defaults: default values of parameters, where they matter.
        call: for a class, the parameters of calling an instance.
        gone: True if no supported version of the framework still has these names (TF 1, Keras 2).
        strings: what Keras-like APIs accept in place of the object (`loss="mse"`).
        drifting: True if the signature differs between supported versions, so a test does not compare it.
    """

    names: tuple[str, ...]
    methods: tuple[str, ...] = ()
    kind: str = "function"
    params: tuple[str, ...] = ()
    defaults: Mapping[str, Literal] = field(default_factory=dict)
    call: tuple[str, ...] = ("input",)
    gone: bool = False
    strings: tuple[str, ...] = ()
    drifting: bool = False

    @property
    def name(self) -> str:
        """The canonical dotted name."""
        return self.names[0] if self.names else self.methods[0]

    @property
    def short(self) -> str:
        """The last component of the name, as people say it."""
        return self.name.rsplit(".", 1)[-1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Activation(Entry):
    """Puts its argument in `space`: softmax, sigmoid, log_softmax, log_sigmoid, rectified, bounded, unbounded, linear.

    `rectified` has a lower bound near 0, so that it tells negative logits hardly apart (ReLU, ELU, GELU, softplus);
    `bounded` has an upper one as well (tanh), `unbounded` is any other (LeakyReLU): both leave a value without a space.

    `value` names the parameter it is applied to (of `params` for a function, of `call` for a class); `axis` the
    parameter that selects the class axis. `recovery` says whether Keras on TensorFlow finds the logits behind it
    again: `always`, `graph` (not in eager mode) or `never`.
    """

    space: str
    value: str = "input"
    axis: str = ""
    recovery: str = "never"


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss(Entry):
    """Reads `prediction` and expects it as `expects`: logits, probabilities, log_probabilities or any.

    `from_logits` names the parameter that overrides `expects`. `family` is binary, categorical, sparse or other.
    `twin` is the loss on logits that computes the same. `recovers` is True if Keras on TensorFlow looks for the
    logits behind the prediction; `clips_logits` lists the Keras backends on which its own `from_logits=True` path
    still clips probabilities.
    """

    expects: str
    prediction: str = "input"
    target: str = "target"
    from_logits: str = ""
    family: str = "other"
    twin: str = ""
    recovers: bool = False
    unless_set: str = ""
    clips_logits: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric(Entry):
    """Reads predictions and `assumes` probabilities or any (argmax metrics).

    `threshold` and `from_logits` name the parameters that adapt it to logits; `one_unit` restricts the assumption to
    outputs with one unit (the string "accuracy"). Given `unless_set`, the metric ranks and assumes nothing.
    """

    assumes: str
    prediction: str = "y_pred"
    threshold: str = ""
    from_logits: str = ""
    one_unit: bool = False
    unless_set: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer(Entry):
    """A linear layer: its output is logits, `units` of them, before the optional `activation` parameter."""

    units: str = ""
    activation: str = ""
    value: str = "input"


@dataclass(frozen=True, kw_only=True, eq=False)
class Container(Entry):
    """Holds layers.

    `form` is sequential, list, dict, model, lambda, time_distributed, activation, input, module, layer or backbone;
    `layers` names the parameter with the members (`*layers` if variadic); `heads` the attributes of a backbone
    that hold its last layer; `outputs` a functional model's outputs.
    """

    form: str
    layers: str = ""
    outputs: str = ""
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Keep(Entry):
    """Keeps the space of `value`.

    effect: `same` (all elements, maybe in another shape or dtype), `select` (some of them), `combine` (several
    values of one space put together), `pool` (averages or maxima: keeps only rectified), `drop` (masks or
    scales at random: keeps the space of what goes into a loss).
    blends: brings in zeros or averages, so that a function of the elements before it is another one than after it.
    """

    effect: str
    blends: bool = False
    value: str = "input"
    keeps_recovery: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Op(Entry):
    """An operation that formulas are made of; `operands` are parameters in order.

    `blank` is a new tensor to be filled in.
    """

    op: str
    operands: tuple[str, ...] = ("input",)
    axis: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reader(Entry):
    """Reads a value without keeping its space.

    reads: argmax, rank, score (ranks samples), round, compare (with `level`), sample, print or save.
    """

    reads: str
    value: str = "input"
    level: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Distribution(Entry):
    """A distribution over classes or bits, made from `probs` or `logits`.

    made_by: what makes its probabilities of its logits, `softmax` or `sigmoid`.
    """

    probs: str = "probs"
    logits: str = "logits"
    made_by: str = "softmax"


@dataclass(frozen=True, kw_only=True, eq=False)
class Wrapper(Entry):
    """Returns its argument `value` in other clothes (`DataParallel`, `jit`, `clone_model`).

    result: `same` (call it like the argument) or `value_and_grad` (calling it gives a pair, the value first).
    """

    value: str
    result: str = "same"


@dataclass(frozen=True, kw_only=True, eq=False)
class Trainer(Entry):
    """Calls `model` and gives its output to `loss` without a visible call.

    `loss_default` is the loss used when none is given; `named` says which loss a string stands for; `takes_log` is
    True if the trainer itself takes the logarithm in front of `NLLLoss` (skorch); `instantiate` is True if it is given
    classes instead of objects.
    """

    model: str
    loss: str
    loss_default: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    takes_log: bool = False
    instantiate: bool = False


ROLES: Mapping[str, type[Entry]] = {
    "activation": Activation,
    "loss": Loss,
    "metric": Metric,
    "layer": Layer,
    "container": Container,
    "keep": Keep,
    "op": Op,
    "reader": Reader,
    "distribution": Distribution,
    "wrapper": Wrapper,
    "trainer": Trainer,
}
