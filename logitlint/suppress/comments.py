"""Comments that silence findings: where they stand, what they name, and where one can stand."""

from __future__ import annotations

import functools
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ..files.source import Block, Source
from ..finding import Finding, Location
from ..rules.registry import UNUSED

_CODES = r"(?:\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"
_NOQA = re.compile(r"#\s*noqa" + _CODES, re.IGNORECASE)
_NOQA_FILE = re.compile(r"#\s*flake8[:=]\s*noqa(?P<file>)" + _CODES, re.IGNORECASE)
_IGNORE = re.compile(r"#\s*logitlint:\s*ignore(?P<file>-file)?(?:\s*\[(?P<codes>[^\]]*)\]|(?![\w\[-])(?!:?\s*LGT))")
_BROKEN = re.compile(r"#\s*logitlint:\s*ignore(?P<file>-file)?(?!\w)[\s:]*(?P<codes>LGT\w*(?:[,\s]+LGT\w*)*)?")
_OURS = re.compile(r"noqa[^#\n]*LGT|logitlint:", re.IGNORECASE)
_SEGMENT = re.compile(r"#[^#]*")


@dataclass(frozen=True)
class Directive:
    """A comment, or a part of one, that silences findings.

    Attributes:
        span: from its `#` to the end of what belongs to it.
        keyword: `noqa` or `ignore`.
        codes: the prefixes that it names, in capitals, None for every rule.
        whole_file: it holds for the whole file, not for its line.
        text: the part of the comment; `head` is that without the reason.
        broken: it is written in a way that silences nothing.
    """

    span: Location
    keyword: str
    codes: tuple[str, ...] | None
    whole_file: bool
    text: str
    head: str
    broken: bool = False

    def silences(self, code: str) -> bool:
        """Whether it silences findings of a code; those about such comments only if it names their rule in full."""
        if self.broken:
            return False
        if code == UNUSED:
            return self.codes is not None and UNUSED in self.codes
        return self.codes is None or code.startswith(self.codes)


@dataclass(frozen=True)
class Comment:
    """A comment: its 1-based line and column in a block, its text, and whether it has its line for itself."""

    line: int
    column: int
    text: str
    alone: bool


@dataclass(frozen=True)
class Layout:
    """The comments of a block, and the lines that no comment can end because a token or a statement goes on.

    `goes_on` maps such a line to the next one that may be able to.
    """

    comments: tuple[Comment, ...] = ()
    goes_on: Mapping[int, int] = field(default_factory=dict)

    def slot(self, line: int) -> int:
        """The line on which a comment about this line has to stand: itself, or the end of the string that it is in."""
        while line in self.goes_on:
            line = self.goes_on[line]
        return line


@functools.lru_cache(maxsize=64)
def layout(block: Block) -> Layout:
    """What Python's own tokenizer says of a block; nothing if it takes none of it."""
    comments: list[Comment] = []
    goes_on: dict[int, int] = {}
    at, is_fresh, strings, opened = 1, True, 0, 1
    try:
        for token in tokenize.generate_tokens(_reader(block)):
            kind = tokenize.tok_name[token.type]
            (row, column), (end, _) = token.start, token.end
            if not is_fresh and not strings:
                goes_on.update(dict.fromkeys(range(at, row), row))
            if kind.endswith("STRING_START"):  # from Python 3.12 on, a format string is several tokens
                opened = opened if strings else row
                strings += 1
            elif kind.endswith("STRING_END"):
                strings -= 1
                row = row if strings else opened
            if not strings and kind not in _BREAKS:
                goes_on.update(dict.fromkeys(range(row, end), end))
            if kind == "COMMENT" and not strings:
                comments.append(Comment(row, column + 1, token.string, is_fresh))
            at, is_fresh = end, kind in _BREAKS
    except (tokenize.TokenError, SyntaxError):
        return Layout()
    return Layout(tuple(comments), goes_on)


_BREAKS = frozenset({"NEWLINE", "NL", "INDENT", "DEDENT", "ENDMARKER"})
"""Tokens at which a line ends, or that stand at the start of one: what follows on another line is no continuation."""


def _reader(block: Block) -> Callable[[], str]:
    """The lines of a block one by one, counted as its places are."""
    lines = (block.text[start:end] for start, end in pairwise([*block.starts, len(block.text)]))
    return (line.rstrip("\r\n") + "\n" if line.endswith(("\r", "\n")) else line for line in lines).__next__


def directives(source: Source) -> tuple[Directive, ...]:
    """All of them in a source, by place."""
    return tuple(
        directive
        for block in source.blocks
        if "noqa" in (lowered := block.text.lower()) or "logitlint:" in lowered
        for comment in layout(block).comments
        for directive in _directives(comment, source.path, block.cell)
    )


def names_ours(source: Source) -> bool:
    """Whether the text of a source may hold directives for this tool by name."""
    return any(_may_name_ours(block.text.lower()) and _OURS.search(block.text) for block in source.blocks)


def _may_name_ours(lowered: str) -> bool:
    """Whether a search is worth it, which takes twenty times as long as this."""
    return "logitlint:" in lowered or ("noqa" in lowered and "lgt" in lowered)


class Silence:
    """Which findings of some sources comments silence."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.path: source for source in sources}
        self._directives: dict[str, tuple[Directive, ...]] = {}

    def of(self, path: str) -> tuple[Directive, ...]:
        """The directives in a file."""
        if path not in self._directives:
            self._directives[path] = directives(self._sources[path])
        return self._directives[path]

    def meant_for(self, finding: Finding) -> Iterator[Directive]:
        """The directives that silence a finding: at its first or last line, or for the whole file."""
        where = finding.location
        known = [directive for directive in self.of(where.path) if directive.silences(finding.code)]
        if not known:
            return
        block = next(b for b in self._sources[where.path].blocks if b.cell == where.cell)
        lines = {where.line, where.end_line}
        lines |= {layout(block).slot(line) for line in lines}
        for directive in known:
            span = directive.span
            if directive.whole_file or (span.cell == where.cell and span.line in lines):
                yield directive


def unsilenced(findings: Iterable[Finding], sources: Iterable[Source]) -> list[Finding]:
    """The findings that no comment silences."""
    silence = Silence(sources)
    return [finding for finding in findings if next(silence.meant_for(finding), None) is None]


def _directives(comment: Comment, path: str, cell: int | None) -> Iterator[Directive]:
    for segment in _SEGMENT.finditer(comment.text):
        text = segment[0].rstrip()
        for pattern, keyword in ((_IGNORE, "ignore"), (_NOQA_FILE, "noqa"), (_NOQA, "noqa"), (_BROKEN, "ignore")):
            found = pattern.match(text)
            if found is None:
                continue
            whole_file = found.groupdict().get("file") is not None
            if pattern is _NOQA_FILE and not comment.alone:
                break
            codes = None if found["codes"] is None else tuple(re.findall(r"[^,\s]+", found["codes"].upper()))
            column = comment.column + segment.start()
            span = Location(path, cell, comment.line, column, comment.line, column + len(text))
            yield Directive(span, keyword, codes, whole_file, text, found[0].rstrip(), pattern is _BROKEN)
            break
