"""What a hit shows: its title and the most telling part of its text, with what was found marked."""

import re
from collections.abc import Iterable

from broadsheet.search import wide
from broadsheet.search.marks import END, START, to_html
from broadsheet.search.query import Piece, Query
from broadsheet.search.words import fold

_BEFORE, _LENGTH = 40, 240  # characters of a snippet before the first mark, and in all
_NARROW = 100  # in all, of a script whose signs say more
_LOOKED_AT = 40  # places of a text at which a snippet may begin

_SIGN = r"[^\W_]"
_GAP = r"[\W_]+"
_ENDING = re.compile(r"(?:ies|ing|ed|es|ly|s|e|y)$")
_SHORTEST = 4  # letters of a word of which other forms are marked


class Marker:
    """Marks what `query` finds in texts. `also` are words that it finds besides its own."""

    def __init__(self, query: Query, also: list[str]) -> None:
        self._found = _expression(query.pieces, also)

    def mark(self, text: str) -> str:
        """Return `text` whole, as safe HTML."""
        return to_html(self._marked(text, 0, len(text)))

    def finds(self, text: str) -> bool:
        """Whether anything in `text` would be marked."""
        return self._found.search(fold(text)) is not None

    def snippet(self, text: str) -> str:
        """Return the part of `text` that shows most of what was found, as safe HTML."""
        start, end = self._best(fold(text))
        before, after = "…" if start else "", "…" if end < len(text) else ""
        return to_html(f"{before}{self._marked(text, start, end).strip()}{after}")

    def _best(self, text: str) -> tuple[int, int]:
        """Return the window with the most different marks, the first of those."""
        places: list[tuple[int, str]] = []
        for match in self._found.finditer(text):
            places.append((match.start(), match[0]))
            if len(places) == _LOOKED_AT:
                break
        if not places:
            return 0, _cut(text, _LENGTH)
        length = _NARROW if wide.runs(places[0][1]) else _LENGTH
        reach = length - _BEFORE
        first = max(
            places,
            key=lambda p: (len({w for at, w in places if p[0] <= at < p[0] + reach}), -p[0]),
        )[0]
        start = max(0, first - _BEFORE)
        if start:
            start = max(text.find(" ", start, first) + 1, start)
        return start, _cut(text, start + length)

    def _marked(self, text: str, start: int, end: int) -> str:
        parts: list[str] = []
        done = start
        for match in self._found.finditer(fold(text[:end]), start):
            parts += (
                text[done : match.start()],
                START,
                match[0] and text[slice(*match.span())],
                END,
            )
            done = match.end()
        return "".join((*parts, text[done:end]))


def _cut(text: str, end: int) -> int:
    """Return where to end, at most at `end`, rather between words."""
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - _BEFORE), end)
    return space if space > 0 else end


def _expression(pieces: Iterable[Piece], also: Iterable[str]) -> re.Pattern[str]:
    """Return what matches any of these, in text that was folded; the longest come first."""
    runs = [re.escape(piece.run) for piece in pieces if piece.run]
    words = [_words(piece) for piece in pieces if not piece.run] + [re.escape(w) for w in also]
    latin = [pattern for pattern in words if pattern.isascii()]
    others = [pattern for pattern in words if not pattern.isascii()]
    # Latin letters may touch signs of other scripts; and small classes are compiled fast.
    bounded = (
        ("(?<![a-z0-9])", latin, "(?![a-z0-9])"),
        (rf"(?<!{_SIGN})", others, rf"(?!{_SIGN})"),
    )
    groups = ["|".join(runs)] + [
        f"{before}(?:{'|'.join(sorted(patterns, key=len, reverse=True))}){after}"
        for before, patterns, after in bounded
        if patterns
    ]
    return re.compile("|".join(filter(None, groups)) or r"(?!)")


def _words(piece: Piece) -> str:
    *before, last = piece.words.split()
    ending = _forms(last)
    if piece.is_open:
        ending = rf"(?:{re.escape(last)}{_SIGN}*|{ending})"
    return _GAP.join((*map(_forms, before), ending))


def _forms(word: str) -> str:
    """Return a pattern of the word and of what likely has the same stem."""
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
        return re.escape(word)
    return rf"{_ENDING.sub('', word)}[a-z]{{0,3}}"
