"""Giving a loss logits: its keyword, its twin, or an object in place of a name."""

from __future__ import annotations

import ast

from ..catalog.model import Loss, Trainer
from ..flow.names import name_of
from ..flow.uses import Use
from ..rules.messages import BACKENDS
from .code import Code
from .dotted import path_of
from .draft import Draft, Refused
from .reading import Found


def to_logits(draft: Draft, use: Use) -> None:
    """Make a loss that takes probabilities take logits, where it is made or called.

    Raises:
        Refused: the library has no such form of it.
    """
    entry = use.entry
    assert isinstance(entry, Loss)
    if len(entry.clips_logits) == len(BACKENDS):
        raise Refused(f"{entry.short} clips logits as well, so from_logits=True would gain nothing")
    if use.through:
        code, node = draft.shop.at(use.through[0]), use.through[0].node
        if not isinstance(node, ast.Call):
            raise Refused(f"{entry.short} is made in a way that cannot be changed")
        change_call(draft, code, node, entry, use)
    else:
        code, node = draft.shop.at(use.site), use.site.node
        trainer = trainer_of(draft, node)
        if trainer is not None:
            name_twin(draft, code, node, trainer, entry)
        elif isinstance(node, ast.Call) and not use.detail and is_certain(node, entry, use):
            change_call(draft, code, node, entry, use)
        elif entry.from_logits and is_named(draft, code, node, entry):
            replace_by_object(draft, code, node, entry, use)
        else:
            raise Refused("the loss is chosen in a way that cannot be changed")


def is_certain(call: ast.Call, entry: Loss, use: Use) -> bool:
    """Whether a call names the loss itself, or can be told about logits whatever it is called."""
    return bool(entry.from_logits) or name_of(call) == use.spelled.rpartition(".")[2]


def is_named(draft: Draft, code: Code, node: ast.AST, entry: Loss) -> bool:
    """Whether an expression is the name of the loss, a string or imported, or a variable that can hold nothing else."""
    if isinstance(node, ast.Name | ast.Attribute):
        found = draft.shop.reading.follow(Found(code, node))
        code, node = found.code, found.node
        return isinstance(node, ast.Constant) or draft.shop.catalog.find(path_of(draft, code, node)) is entry
    return isinstance(node, ast.Constant)


def trainer_of(draft: Draft, node: ast.AST) -> Trainer | None:
    """The trainer that a call makes, if it is one that takes losses by name."""
    if isinstance(node, ast.Call):
        for row in draft.shop.catalog.entries:
            if isinstance(row, Trainer) and row.named and row.short == name_of(node):
                return row
    return None


def hidden_readers(draft: Draft, use: Use) -> list[str]:
    """Readers that a trainer brings along without showing them."""
    trainer = trainer_of(draft, use.site.node)
    return [f"what {trainer.short} trains predicts logits then"] if trainer is not None else []


def name_twin(draft: Draft, code: Code, node: ast.AST, trainer: Trainer, entry: Loss) -> None:
    """Give a trainer the name of the loss on logits."""
    twin = draft.shop.catalog.find(entry.twin) if entry.twin else None
    names = [name for name, path in trainer.named.items() if draft.shop.catalog.find(path) is twin is not None]
    if not names or not isinstance(node, ast.Call):
        raise Refused(f"{trainer.short} knows no loss on logits that is the same as {entry.short}")
    draft.set_argument(code, node, trainer.loss, f"'{names[0]}'")


def change_call(draft: Draft, code: Code, call: ast.Call, entry: Loss, use: Use) -> None:
    """Change the call that makes or applies a loss."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        raise Refused(f"{entry.short} is given arguments that are not written out")
    if entry.from_logits:
        position = entry.params.index(entry.from_logits) if entry.from_logits in entry.params else len(entry.params)
        if position < len(call.args):
            draft.change(code, *code.span(call.args[position]), "True")
        else:
            draft.set_argument(code, call, entry.from_logits, "True")
        return
    twin = draft.shop.catalog.find(entry.twin) if entry.twin else None
    if not isinstance(twin, Loss):
        raise Refused(f"{entry.short} has no form that takes logits")
    renamed = {entry.prediction: twin.prediction, entry.target: twin.target}
    for keyword in call.keywords:
        name = renamed.get(keyword.arg or "", keyword.arg or "")
        if name not in (*twin.params, *twin.call):
            raise Refused(f"{twin.short} has no argument {keyword.arg}")
        if name != keyword.arg:
            start = code.span(keyword)[0]
            draft.change(code, start, start + len(keyword.arg or ""), name)
    if tuple(renamed.get(p, p) for p in entry.params[: len(call.args)]) != twin.params[: len(call.args)]:
        raise Refused(f"{twin.short} takes its arguments in another order")
    draft.rename(code, call, *twin_paths(entry, use))


def twin_paths(entry: Loss, use: Use) -> tuple[str, ...]:
    """The twin in the spelling of the file: TF 1 code may import it through a compatibility package."""
    module, _, _ = use.spelled.rpartition(".")
    name = entry.twin.rpartition(".")[2]
    same_place = entry.name.rpartition(".")[0] == entry.twin.rpartition(".")[0]
    return (f"{module}.{name}", entry.twin) if module and same_place else (entry.twin,)


def replace_by_object(draft: Draft, code: Code, node: ast.AST, entry: Loss, use: Use) -> None:
    """Put `BinaryCrossentropy(from_logits=True)` in place of a loss given by name or as a function."""
    maker = class_of(draft, entry)
    draft.change(code, *code.span(node), f"{spell_keras(draft, code, 'losses', maker)}(from_logits=True)")


def class_of(draft: Draft, entry: Loss) -> str:
    """The class of a Keras loss that is given as a function or by name."""
    wanted = entry.short.replace("_", "").lower()
    classes = [row for row in draft.shop.catalog.entries if isinstance(row, Loss) and row.kind == "class"]
    for row in classes:
        if row.name.startswith("keras.losses.") and row.short.lower() == wanted:
            return row.short
    raise Refused(f"{entry.short} has no class that takes from_logits")


def spell_keras(draft: Draft, code: Code, module: str, name: str) -> str:
    """A Keras class in the flavour that the file imports: `keras`, `tf.keras` or `tf_keras`."""
    spelling = draft.shop.spelling(code.tree)
    roots = [*spelling.imported.values(), *spelling.starred]
    flavours = ("tensorflow.keras", "tf_keras", "tensorflow.python.keras", "keras")
    found = [f for f in flavours if any(r == f or r.startswith(f + ".") for r in roots)]
    if "tensorflow" in roots and set(found) <= {"tensorflow.python.keras"}:
        found = ["tensorflow.keras"]
    return draft.spell(code, *(f"{flavour}.{module}.{name}" for flavour in found or ["keras"]))
