"""A run that uses what earlier ones have kept."""

from __future__ import annotations

from pathlib import Path

from .cache import Cache
from .config.premises import Premises
from .files.folders import Folders, Seen
from .files.inputs import Inputs
from .finding import Result
from .store import Program


def check_again(inputs: Inputs, premises: Premises, folder: Path) -> Result:
    """The findings in the sources of a run; `folder` is that of the cache.

    Where nothing has changed since a run with the same sources, that is all there is to know. Else programs are looked
    up one by one, and what the texts of files say need not be read off them again.
    """
    seen = inputs.seen or Seen()
    files = {source.file: source for source in inputs.sources if source.file is not None}
    paths = frozenset(source.path for source in inputs.sources)
    run = Program(inputs.sources, (), frozenset(), frozenset(files), paths, premises)
    cache = Cache(folder, Folders(files, seen))
    known = cache.get(run)
    if known is not None:
        inputs.progress.done("looking up the last run: nothing has changed")
        return known.result
    from .check import check_sources
    from .texts import KeptTexts

    if len(inputs.sources) == 1:  # what one text says is read off it faster than off a file of thousands
        return check_sources(inputs.sources, premises, inputs.jobs, cache, inputs.progress, seen).result
    texts = KeptTexts(cache, premises.catalogs)
    checked = check_sources(inputs.sources, premises, inputs.jobs, cache, inputs.progress, seen, texts.known)
    texts.keep(len(inputs.sources))
    cache.put(run, checked)
    return checked.result
