"""Where losses, weights and random numbers are met in each framework, once the program has imported it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .record import Record

Hook = Callable[[Any], None]


def hooks(record: Record, seed: int) -> Mapping[str, Hook]:
    """What is done to a module when it has been imported."""
    kinds = {"numpy": numpy, "torch": torch, "tensorflow": tensorflow, "keras": keras, "tf_keras": keras, "jax": jax}
    return {name: functools.partial(hook, record, seed) for name, hook in kinds.items()}


def numpy(record: Record, seed: int, module: Any) -> None:
    """The old interface has a seed, and each generator that is asked for without one gets one."""
    random = module.random
    random.seed(seed)
    made = random.default_rng
    seeds = iter(range(seed, seed + 2**32))

    @functools.wraps(made)
    def default_rng(seed: Any = None) -> Any:
        return made(next(seeds) if seed is None else seed)

    random.default_rng = default_rng


def torch(record: Record, seed: int, module: Any) -> None:
    """The value on which `backward` is called, and the weights before the first step of an optimizer."""
    module.manual_seed(seed)
    module.use_deterministic_algorithms(True, warn_only=True)
    module.nn.Module.__repr__ = lambda self: f"{type(self).__name__}(...)"
    backward = module.Tensor.backward

    @functools.wraps(backward)
    def recorded(self: Any, *arguments: Any, **options: Any) -> Any:
        if not record.inside:
            record.step("loss at backward", self)
            record.require_end()
        return backward(self, *arguments, **options)

    def begin(optimizer: Any, arguments: object, options: object) -> None:
        record.begin(optimizer, lambda: [one for group in optimizer.param_groups for one in group["params"]])

    module.Tensor.backward = recorded
    importlib.import_module("torch.optim.optimizer").register_optimizer_step_pre_hook(begin)


def tensorflow(record: Record, seed: int, module: Any) -> None:
    """The target of a `GradientTape`, also in a graph; the loss of the operation that trains in a session."""
    module.random.set_seed(seed)
    module.config.experimental.enable_op_determinism()
    made = module.Graph.__init__

    @functools.wraps(made)
    def seeded(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        self.seed = seed

    module.Graph.__init__ = seeded
    gradient, function = module.GradientTape.gradient, module.function
    step = functools.partial(record.step, "loss at tape.gradient")

    @functools.wraps(gradient)
    def recorded(self: Any, target: Any, *arguments: Any, **options: Any) -> Any:
        if not record.inside and module.executing_eagerly():
            step(target)
            record.require_end()
        elif not record.inside and module.inside_function():
            module.numpy_function(lambda *losses: step(losses), module.nest.flatten(target), [])
        return gradient(self, target, *arguments, **options)

    @functools.wraps(function)
    def interpreted(*arguments: Any, **options: Any) -> Any:
        """A graph that is not compiled by XLA, which could not hand out the loss."""
        return function(*arguments, **(options if record.inside else options | {"jit_compile": None}))

    module.GradientTape.gradient = recorded
    module.function = interpreted
    sessions(record, module.nest.flatten, module.compat.v1)


def sessions(record: Record, flatten: Callable[[Any], list[Any]], v1: Any) -> None:
    """The loss that an optimizer minimizes, fetched with the operation that trains."""
    optimizer = v1.train.Optimizer
    session = next(one for one in v1.Session.__mro__ if "run" in vars(one))
    compute, apply, run = optimizer.compute_gradients, optimizer.apply_gradients, session.run
    latest: dict[int, Any] = {}
    trained: dict[Any, Any] = {}

    @functools.wraps(compute)
    def compute_gradients(self: Any, loss: Any, *arguments: Any, **options: Any) -> Any:
        latest[id(self)] = loss
        return compute(self, loss, *arguments, **options)

    @functools.wraps(apply)
    def apply_gradients(self: Any, *arguments: Any, **options: Any) -> Any:
        operation = apply(self, *arguments, **options)
        if id(self) in latest and operation is not None:
            trained[operation] = latest[id(self)]
        return operation

    @functools.wraps(run)
    def fetched(self: Any, fetches: Any, *arguments: Any, **options: Any) -> Any:
        losses = [trained[one] for one in flatten(fetches) if isinstance(one, v1.Operation) and one in trained]
        if not losses:
            return run(self, fetches, *arguments, **options)
        results, values = run(self, [fetches, losses], *arguments, **options)
        for value in values:
            record.step("loss in the session", value)
        record.require_end()
        return results

    optimizer.compute_gradients, optimizer.apply_gradients = compute_gradients, apply_gradients
    session.run = fetched


def keras(record: Record, seed: int, module: Any) -> None:
    """What `fit` logs for each batch and each epoch, what `train_on_batch` returns; progress is not printed."""
    model = module.Model
    fit, train_on_batch = model.fit, model.train_on_batch
    watch = _watch(module.callbacks.Callback, record)

    @functools.wraps(fit)
    def recorded_fit(self: Any, *arguments: Any, **options: Any) -> Any:
        bound = inspect.signature(fit).bind(self, *arguments, **options)
        given = bound.arguments.get("callbacks") or []
        if isinstance(given, module.callbacks.CallbackList):
            given.append(watch())
        else:
            listed = [given] if isinstance(given, module.callbacks.Callback) else given
            bound.arguments["callbacks"] = [*listed, watch()]
        with record.noting():
            return fit(*bound.args, **bound.kwargs)

    @functools.wraps(train_on_batch)
    def recorded_train(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.built:
            record.begin(self, lambda: self.trainable_weights)
        with record.noting():
            logs = train_on_batch(self, *arguments, **options)
        record.step("loss of train_on_batch", next(iter(logs.values())) if isinstance(logs, Mapping) else _first(logs))
        record.require_end()
        return logs

    model.fit, model.train_on_batch = recorded_fit, recorded_train
    for name in ("fit", "evaluate", "predict"):
        setattr(model, name, _silent(getattr(model, name)))
    model.summary = lambda self, *arguments, **options: None
    name = "apply" if hasattr(module.optimizers.Optimizer, "apply") else "apply_gradients"
    setattr(module.optimizers.Optimizer, name, _begun(record, getattr(module.optimizers.Optimizer, name)))


def _watch(callback: Any, record: Record) -> Any:
    """A class of callbacks that note the logs of one `fit`, and end it after the steps that were asked for."""

    class Watch(callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            self.batches = 0
            self.names: set[str] = set()
            if self.model.built:
                record.begin(self.model, lambda: self.model.trainable_weights)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.batches += 1
            self.names.update(logs)
            record.step("loss in fit", logs["loss"])
            for name in self.names - {"loss"}:
                record.note(f"{name} in fit", logs[name])
            if self.batches >= record.limit:
                self.model.stop_training = record.shortened = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            for name in logs.keys() - self.names:
                record.note(f"{name} in fit", logs[name])

    return Watch


def _silent(method: Any) -> Any:
    """A method of a model that shows no progress."""

    @functools.wraps(method)
    def silent(self: Any, *arguments: Any, **options: Any) -> Any:
        bound = inspect.signature(method).bind(self, *arguments, **options)
        bound.arguments["verbose"] = 0
        return method(*bound.args, **bound.kwargs)

    return silent


def _begun(record: Record, apply: Any) -> Any:
    """A Keras optimizer's `apply(grads, variables)`, or `apply_gradients(pairs)`, that notes the weights first."""

    @functools.wraps(apply)
    def begun(self: Any, *arguments: Any, **options: Any) -> Any:
        bound = inspect.signature(apply).bind(self, *arguments, **options)
        trained = bound.arguments.get("trainable_variables")
        if "grads_and_vars" in bound.arguments:
            pairs = bound.arguments["grads_and_vars"] = list(bound.arguments["grads_and_vars"])
            trained = [variable for _, variable in pairs]
        if trained is not None and not record.inside:
            tensorflow = sys.modules.get("tensorflow")
            with tensorflow.init_scope() if tensorflow else contextlib.nullcontext():
                record.begin(self, lambda: trained)
        return apply(*bound.args, **bound.kwargs)

    return begun


def _first(logs: Any) -> Any:
    return logs[0] if isinstance(logs, list) else logs


def jax(record: Record, seed: int, module: Any) -> None:
    """The values of functions that are differentiated, also in compiled ones."""
    record.settle = module.effects_barrier
    value_and_grad = module.value_and_grad
    step, flat = functools.partial(record.step, "loss at jax.grad"), module.tree_util.tree_leaves

    def note(value: Any, weights: Any) -> None:
        record.begin(module, lambda: [weights])
        step(value)

    @functools.wraps(value_and_grad)
    def recorded(fun: Any, argnums: Any = 0, has_aux: bool = False, **options: Any) -> Any:
        differentiated = value_and_grad(fun, argnums, has_aux, **options)

        @functools.wraps(differentiated)
        def noted(*arguments: Any, **keywords: Any) -> Any:
            value, gradient = differentiated(*arguments, **keywords)
            told = value[0] if has_aux else value, [arguments[place] for place in flat([argnums])]
            if not record.inside and not isinstance(told[0], module.core.Tracer):
                note(*told)
                record.require_end()
            elif not record.inside and type(told[0]).__name__ != "BatchTracer":
                module.debug.callback(note, *told)
            return value, gradient

        return noted

    @functools.wraps(module.grad)
    def grad(fun: Any, argnums: Any = 0, has_aux: bool = False, **options: Any) -> Any:
        noted = recorded(fun, argnums, has_aux, **options)

        @functools.wraps(noted)
        def gradient(*arguments: Any, **keywords: Any) -> Any:
            value, gradients = noted(*arguments, **keywords)
            return (gradients, value[1]) if has_aux else gradients

        return gradient

    module.value_and_grad, module.grad = recorded, grad
