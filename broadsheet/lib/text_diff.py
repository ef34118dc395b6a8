"""Differences of two texts: words within lines.

Lines are compared first, then the words of lines that differ, so the cost stays bounded: a text of
100 KB takes well under a second. What is too large or too repetitive to compare is one difference.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_LINE = re.compile(r"[^\n]*\n+|[^\n]+")  # blank lines belong to the line before: they repeat
_TOKEN = re.compile(r"\w+|\s|[^\w\s]")

#: Largest number of items, and of their equal pairs, in a comparison: it takes quadratic time.
_MAX_ITEMS = 8_000
_MAX_PAIRS = 200_000

type _Opcode = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Replacement:
    """The tokens `start` to `end` of a text, which are replaced by a text."""

    start: int
    end: int
    text: str


class SpanKind(StrEnum):
    """What happened to a part of a text."""

    EQUAL = "equal"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class DiffSpan:
    """A part of the first text, of the second, or of both."""

    kind: SpanKind
    text: str


def split_tokens(text: str) -> list[str]:
    """Return the words, spaces and punctuation marks of a text; joined, they are the text."""
    return _TOKEN.findall(text)


def find_replacements(before: str, after: str) -> list[Replacement]:
    """Return what turns `before` into `after`, in order; none touches another."""
    old_lines, new_lines = _LINE.findall(before), _LINE.findall(after)
    old = [split_tokens(line) for line in old_lines]
    position, line = 0, 0
    replacements: list[Replacement] = []
    for i1, i2, j1, j2 in _differences(old_lines, new_lines):
        position += sum(map(len, old[line:i1]))
        words = [word for tokens in old[i1:i2] for word in tokens]
        new_words = split_tokens("".join(new_lines[j1:j2]))
        for w1, w2, v1, v2 in _differences(words, new_words):
            text = "".join(new_words[v1:v2])
            replacements.append(Replacement(position + w1, position + w2, text))
        position += len(words)
        line = i2
    return replacements


def diff_words(before: str, after: str) -> list[DiffSpan]:
    """Return the equal, deleted and inserted parts of two texts in reading order."""
    tokens = split_tokens(before)
    spans: list[DiffSpan] = []
    position = 0
    for change in find_replacements(before, after):
        for kind, text in (
            (SpanKind.EQUAL, "".join(tokens[position : change.start])),
            (SpanKind.DELETED, "".join(tokens[change.start : change.end])),
            (SpanKind.INSERTED, change.text),
        ):
            if text:
                spans.append(DiffSpan(kind, text))
        position = change.end
    if rest := "".join(tokens[position:]):
        spans.append(DiffSpan(SpanKind.EQUAL, rest))
    return spans


def _differences(old: Sequence[str], new: Sequence[str]) -> Iterator[_Opcode]:
    """Yield the ranges that differ. An equal beginning and end are skipped: they cost nothing."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if not a and not b:
        return
    if not a or not b or len(a) + len(b) > _MAX_ITEMS or _equal_pairs(a, b) > _MAX_PAIRS:
        yield head, head + len(a), head, head + len(b)
        return
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, a, b).get_opcodes():
        if kind != "equal":
            yield head + i1, head + i2, head + j1, head + j2


def _equal_pairs(a: Sequence[str], b: Sequence[str]) -> int:
    old, new = Counter(a), Counter(b)
    # SequenceMatcher ignores popular items, too.
    limit = len(b) // 100 + 1 if len(b) >= 200 else len(b)  # noqa: PLR2004 - as SequenceMatcher
    return sum(old[item] * count for item, count in new.items() if count <= limit)
