"""Parser for search queries."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from broadsheet.search import cjk
from broadsheet.search.normalize import fold, normalize

MAX_LENGTH = 500  # characters of a query that are read
MAX_TERMS = 12

_TERM = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive words; the last one of a prefix may be longer.

    `cjk_run` is the text that it comes from, if that is in a script without spaces.
    """

    words: str
    is_prefix: bool = False
    cjk_run: str = ""


#: All phrases of a term must occur.
type Term = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Phrases that must occur, and terms that must not."""

    phrases: tuple[Phrase, ...]
    excluded: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `text`; every text is a valid query."""
        text = _clean(text)
        phrases: list[Phrase] = []
        excluded: list[Term] = []
        for match in list(_TERM.finditer(text))[:MAX_TERMS]:
            is_quoted = match[2] is not None
            is_last = match.end() == len(text.rstrip())
            term = _term(match[2] if is_quoted else match[4], is_prefix=is_last and not is_quoted)
            if not (match[1] or match[3]):
                phrases += term
            elif term:
                excluded.append(term)
        return cls(tuple(dict.fromkeys(phrases)), tuple(excluded))


def _clean(text: str) -> str:
    text = text[:MAX_LENGTH].encode("utf-8", "ignore").decode().replace("\x00", " ")
    return unicodedata.normalize("NFKC", text)


def _term(text: str, *, is_prefix: bool) -> Term:
    phrases = [
        Phrase(cjk.bigrams(run), is_prefix=len(run) == 1, cjk_run=run)
        for run in cjk.runs(fold(text))
    ]
    if rest := normalize(cjk.without_runs(text)):
        phrases.append(Phrase(rest, is_prefix=is_prefix and len(rest) > 1))
    return tuple(phrases)
