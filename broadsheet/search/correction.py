"""What a query that found nothing may have meant."""

import re

from django.db import connection
from django.db.backends.utils import CursorWrapper

from broadsheet.search import spelling, vocabulary, wide
from broadsheet.search.index import finder
from broadsheet.search.query import LENGTH
from broadsheet.search.words import LONGEST, indexed

SHORTEST = 4  # letters of a word that is corrected
_CORRECTED = 4  # words of a query
_TRIED = 8  # candidates for each

_WORD = re.compile(rf"[^\W\d_{wide.SIGNS}]{{{SHORTEST},{LONGEST}}}(?![^\W_])")


def correct(query: str) -> str:
    """Return `query` with words that nothing has replaced by such as something has.

    It is the same where there are none.
    """
    with connection.cursor() as cursor:
        return _WORD.sub(
            lambda match: _corrected(cursor, match[0]), query[:LENGTH], count=_CORRECTED
        )


def _corrected(cursor: CursorWrapper, word: str) -> str:
    """Return the word itself, or the most frequent of those that are likeliest meant."""
    found = finder()
    plain = indexed(word)
    if found.occurs(cursor, plain):
        return word
    near = vocabulary.known(cursor, spelling.one_off(plain))
    candidates = near or [w for w in found.similar(cursor, plain) if _is_close(plain, w)]
    # The first letter is seldom wrong.
    candidates.sort(key=lambda other: other[0] != plain[0])
    return next((w for w in candidates[:_TRIED] if found.occurs(cursor, w)), word)


def _is_close(word: str, other: str) -> bool:
    most = max(1, len(word) // 3)
    if max(len({*word} - {*other}), len({*other} - {*word})) > most:  # the distance is no less
        return False
    return spelling.distance(word, other) <= most
