"""Spelling correction of queries without results ("did you mean")."""

import re

from django.db import connection
from django.db.backends.utils import CursorWrapper

from broadsheet.search import cjk, edit_distance, vocabulary
from broadsheet.search.backends import current_backend
from broadsheet.search.normalize import MAX_WORD_LENGTH, normalize
from broadsheet.search.query import MAX_LENGTH

MIN_WORD_LENGTH = 4  # letters of a word that is corrected
_MAX_WORDS = 4  # of a query that are corrected
_MAX_CANDIDATES = 8  # for each word

_WORD = re.compile(rf"[^\W\d_{cjk.CHARACTERS}]{{{MIN_WORD_LENGTH},{MAX_WORD_LENGTH}}}(?![^\W_])")


def correct(query: str) -> str:
    """Return `query` with words that occur in no document replaced by similar ones that do."""
    with connection.cursor() as cursor:
        return _WORD.sub(
            lambda match: _correct_word(cursor, match[0]), query[:MAX_LENGTH], count=_MAX_WORDS
        )


def _correct_word(cursor: CursorWrapper, word: str) -> str:
    """Return the word itself if it occurs, else the most frequent of the likely ones."""
    backend = current_backend()
    plain = normalize(word)
    if backend.occurs(cursor, plain):
        return word
    near = vocabulary.existing(cursor, edit_distance.one_edit(plain))
    candidates = near or [w for w in backend.similar(cursor, plain) if _is_close(plain, w)]
    # The first letter is rarely wrong.
    candidates.sort(key=lambda other: other[0] != plain[0])
    return next((w for w in candidates[:_MAX_CANDIDATES] if backend.occurs(cursor, w)), word)


def _is_close(word: str, other: str) -> bool:
    limit = max(1, len(word) // 3)
    # A lower bound of the distance, and faster.
    if max(len({*word} - {*other}), len({*other} - {*word})) > limit:
        return False
    return edit_distance.distance(word, other) <= limit
