"""Title and snippet of a hit, with highlighted matches."""

import re
from collections.abc import Iterable

from broadsheet.search import cjk
from broadsheet.search.highlight import END, START, to_html
from broadsheet.search.normalize import fold
from broadsheet.search.query import Phrase, Query

_BEFORE, _LENGTH = 40, 240  # characters of a snippet before the first match, and in total
_CJK_LENGTH = 100  # in total, in a script whose characters carry more
_MAX_MATCHES = 40  # in a text, at which a snippet may start

_LETTER = r"[^\W_]"
_GAP = r"[\W_]+"
_SUFFIX = re.compile(r"(?:ies|ing|ed|es|ly|s|e|y)$")
_MIN_STEM_LENGTH = 4  # letters of a word whose other forms are highlighted


class Highlighter:
    """Highlights the matches of `query` in texts. `completions` are words that match its prefix."""

    def __init__(self, query: Query, completions: list[str]) -> None:
        self._pattern = _compile(query.phrases, completions)

    def highlight(self, text: str) -> str:
        """Return all of `text` as safe HTML."""
        return to_html(self._with_markers(text, 0, len(text)))

    def matches(self, text: str) -> bool:
        """Return whether `text` has a match."""
        return self._pattern.search(fold(text)) is not None

    def snippet(self, text: str) -> str:
        """Return the part of `text` with the most different matches, as safe HTML."""
        start, end = self._best_window(fold(text))
        before, after = "…" if start else "", "…" if end < len(text) else ""
        return to_html(f"{before}{self._with_markers(text, start, end).strip()}{after}")

    def _best_window(self, text: str) -> tuple[int, int]:
        """Return start and end of the first window with the most different matches."""
        positions: list[tuple[int, str]] = []
        for match in self._pattern.finditer(text):
            positions.append((match.start(), match[0]))
            if len(positions) == _MAX_MATCHES:
                break
        if not positions:
            return 0, _word_end(text, _LENGTH)
        length = _CJK_LENGTH if cjk.runs(positions[0][1]) else _LENGTH
        reach = length - _BEFORE
        first = max(
            positions,
            key=lambda p: (len({w for at, w in positions if p[0] <= at < p[0] + reach}), -p[0]),
        )[0]
        start = max(0, first - _BEFORE)
        if start:
            start = max(text.find(" ", start, first) + 1, start)
        return start, _word_end(text, start + length)

    def _with_markers(self, text: str, start: int, end: int) -> str:
        parts: list[str] = []
        position = start
        for match in self._pattern.finditer(fold(text[:end]), start):
            parts += (
                text[position : match.start()],
                START,
                match[0] and text[slice(*match.span())],
                END,
            )
            position = match.end()
        return "".join((*parts, text[position:end]))


def _word_end(text: str, end: int) -> int:
    """Return the last position up to `end`, between words if possible."""
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - _BEFORE), end)
    return space if space > 0 else end


def _compile(phrases: Iterable[Phrase], completions: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that matches any of these in folded text, the longest first."""
    runs = [re.escape(phrase.cjk_run) for phrase in phrases if phrase.cjk_run]
    words = [_phrase_pattern(phrase) for phrase in phrases if not phrase.cjk_run]
    words += [re.escape(word) for word in completions]
    latin = [pattern for pattern in words if pattern.isascii()]
    others = [pattern for pattern in words if not pattern.isascii()]
    # Latin letters may touch characters of other scripts; and small classes compile fast.
    bounded = (
        ("(?<![a-z0-9])", latin, "(?![a-z0-9])"),
        (rf"(?<!{_LETTER})", others, rf"(?!{_LETTER})"),
    )
    groups = ["|".join(runs)] + [
        f"{before}(?:{'|'.join(sorted(patterns, key=len, reverse=True))}){after}"
        for before, patterns, after in bounded
        if patterns
    ]
    return re.compile("|".join(filter(None, groups)) or r"(?!)")


def _phrase_pattern(phrase: Phrase) -> str:
    *before, last = phrase.words.split()
    ending = _forms(last)
    if phrase.is_prefix:
        ending = rf"(?:{re.escape(last)}{_LETTER}*|{ending})"
    return _GAP.join((*map(_forms, before), ending))


def _forms(word: str) -> str:
    """Return a pattern of the word and of words that probably have the same stem."""
    if len(word) < _MIN_STEM_LENGTH or not (word.isascii() and word.isalpha()):
        return re.escape(word)
    return rf"{_SUFFIX.sub('', word)}[a-z]{{0,3}}"
