"""The words that documents have, and in how many: for beginnings and for misspelt ones.

A count is a hint. It grows each time a document is put, and only up to `FREQUENT`; above `EXACT` it
grows by an eighth, once in as many times as make that right on average. So publishing writes few
rows. Words outlive their documents: what comes from here is looked for in the index before anybody
sees it.
"""

from collections import Counter
from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

from broadsheet.search.words import LONGEST

FREQUENT = 1_000
EXACT = 16  # documents up to which they are counted one by one
_ALIKE = 500


def count(texts: Iterable[list[str]]) -> dict[str, int]:
    """Return in how many of the texts, given by their words, each word occurs."""
    counts: Counter[str] = Counter()
    for words in texts:
        counts.update(set(words))
    return {word: n for word, n in counts.items() if 1 < len(word) <= LONGEST}


def complete(cursor: CursorWrapper, beginning: str, limit: int) -> list[str]:
    """Return words that are longer than `beginning`, the frequent first."""
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word > %s AND word < %s"
        " ORDER BY documents DESC, length(word), word LIMIT %s",
        [beginning, f"{beginning}\U0010ffff", limit],
    )
    return [word for (word,) in cursor.fetchall()]


def known(cursor: CursorWrapper, words: Iterable[str]) -> list[str]:
    """Return those of `words` that are in it, the frequent first."""
    asked = sorted(words)
    places = ", ".join(["%s"] * len(asked))
    cursor.execute(
        f"SELECT word FROM search_vocabulary WHERE word IN ({places})"  # noqa: S608 - placeholders
        " ORDER BY documents DESC, word",
        asked,
    )
    return [word for (word,) in cursor.fetchall()]


def alike(cursor: CursorWrapper, word: str) -> list[str]:
    """Return frequent words that begin with the same two letters and are about as long."""
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word >= %s AND word < %s"
        " AND length(word) BETWEEN %s AND %s ORDER BY documents DESC, word LIMIT %s",
        [word[:2], f"{word[:2]}\U0010ffff", len(word) - 2, len(word) + 2, _ALIKE],
    )
    return [found for (found,) in cursor.fetchall()]
