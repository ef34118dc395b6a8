"""What a person types into a search box."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from broadsheet.search import wide, words

LENGTH = 500  # characters of a query that are read
TERMS = 12

_TERM = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand one after the other; the last of an open one may be longer.

    `run` is the stretch of a script without spaces that it comes from.
    """

    words: str
    is_open: bool = False
    run: str = ""


#: All pieces of a term must occur.
type Term = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The pieces that must occur, and the terms that must not."""

    pieces: tuple[Piece, ...]
    excluded: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`; whatever it holds, the result can be searched for."""
        text = _readable(text)
        pieces: list[Piece] = []
        excluded: list[Term] = []
        for match in list(_TERM.finditer(text))[:TERMS]:
            is_phrase = match[2] is not None
            is_last = match.end() == len(text.rstrip())
            term = _term(match[2] if is_phrase else match[4], is_open=is_last and not is_phrase)
            if not (match[1] or match[3]):
                pieces += term
            elif term:
                excluded.append(term)
        return cls(tuple(dict.fromkeys(pieces)), tuple(excluded))


def _readable(text: str) -> str:
    text = text[:LENGTH].encode("utf-8", "ignore").decode().replace("\x00", " ")
    return unicodedata.normalize("NFKC", text)


def _term(text: str, *, is_open: bool) -> Term:
    pieces = [
        Piece(wide.phrase(run), is_open=len(run) == 1, run=run)
        for run in wide.runs(words.fold(text))
    ]
    if rest := words.indexed(wide.without_runs(text)):
        pieces.append(Piece(rest, is_open=is_open and len(rest) > 1))
    return tuple(pieces)
