"""Words of all documents with approximate document frequencies, for completion and correction.

A count grows each time a document is put, and only up to `FREQUENT`. Above `EXACT` it grows by an
eighth, with a probability that makes it right on average, so publishing writes few rows. Words
outlive their documents: look words from here up in the index before you show them.
"""

from collections import Counter
from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

from broadsheet.search.normalize import MAX_WORD_LENGTH

FREQUENT = 1_000
EXACT = 16  # documents that are counted one by one
_MAX_SIMILAR = 500


def count(texts: Iterable[list[str]]) -> dict[str, int]:
    """Return, for each word, the number of `texts` (lists of words) that contain it."""
    counts: Counter[str] = Counter()
    for words in texts:
        counts.update(set(words))
    return {word: n for word, n in counts.items() if 1 < len(word) <= MAX_WORD_LENGTH}


def complete(cursor: CursorWrapper, prefix: str, limit: int) -> list[str]:
    """Return longer words that start with `prefix`, the most frequent first."""
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word > %s AND word < %s"
        " ORDER BY documents DESC, length(word), word LIMIT %s",
        [prefix, f"{prefix}\U0010ffff", limit],
    )
    return [word for (word,) in cursor.fetchall()]


def existing(cursor: CursorWrapper, words: Iterable[str]) -> list[str]:
    """Return those of `words` that are in the vocabulary, the most frequent first."""
    candidates = sorted(words)
    placeholders = ", ".join(["%s"] * len(candidates))
    cursor.execute(
        f"SELECT word FROM search_vocabulary WHERE word IN ({placeholders})"  # noqa: S608 - placeholders
        " ORDER BY documents DESC, word",
        candidates,
    )
    return [word for (word,) in cursor.fetchall()]


def similar(cursor: CursorWrapper, word: str) -> list[str]:
    """Return frequent words with the same first two letters and about the same length."""
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word >= %s AND word < %s"
        " AND length(word) BETWEEN %s AND %s ORDER BY documents DESC, word LIMIT %s",
        [word[:2], f"{word[:2]}\U0010ffff", len(word) - 2, len(word) + 2, _MAX_SIMILAR],
    )
    return [similar_word for (similar_word,) in cursor.fetchall()]
