"""Finding in SQLite: matches are met from the newest on, so that no word is too common.

To weigh matches (BM25), FTS5 counts all documents with each word. So only rare words are weighed.
"""

import uuid
from dataclasses import replace

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.asked import TITLED, Asked, Text, titles_first

_WEIGHTS = "10.0, 3.0, 5.0, 1.0, 0.0"  # title, subtitle, tags, body, keys
_RARE = 1_000  # up to so many documents, all that have a word are weighed
_OLDEST = 2**62
_REACH = 24  # times as far back as these go, common words are looked for, divided by their number


type Groups = tuple[tuple[str, ...], ...]


def matches(cursor: CursorWrapper, asked: Asked, limit: int, offset: int) -> list[int]:
    """Return the numbers of what matches, best first.

    The matches are weighed when a rare word is asked for; else titles come first, then the newest.
    """
    depths = {words: _depth(cursor, words) for words in asked.wanted}
    # The rarest first: FTS5 goes from match to match of that, and looks for the others there.
    asked = replace(asked, wanted=tuple(sorted(depths, key=lambda w: -(depths[w] or _OLDEST))))
    if rare := tuple(words for words, depth in depths.items() if depth is None):
        return _weighed(cursor, asked, rare)[offset : offset + limit]
    titled = headed(cursor, asked, TITLED)
    if len(depths) > 1 or " " in asked.wanted[0][0]:
        asked = _bounded(cursor, asked, max(filter(None, depths.values())))
    return titles_first(titled, lambda n: _newest(cursor, "search_word", asked, n), limit, offset)


def headed(cursor: CursorWrapper, asked: Asked, limit: int) -> list[int]:
    """Return the numbers of the newest documents whose titles match."""
    return _newest(cursor, "search_heading", asked, limit)


def _weighed(cursor: CursorWrapper, asked: Asked, rare: Groups) -> list[int]:
    """Return all that matches, the best by its `rare` words first."""
    sql, bound = _where(Asked(rare, first=asked.first, last=asked.last))
    cursor.execute(
        f"SELECT rowid FROM search_word WHERE {sql}"  # noqa: S608 - bound values
        f" ORDER BY bm25(search_word, {_WEIGHTS}), rowid",
        bound,
    )
    ranked = _numbers(cursor)
    if len(rare) == len(asked.wanted) and not asked.unwanted and not asked.keys:
        return ranked
    matching = set(_newest(cursor, "search_word", asked, len(ranked)))
    return [number for number in ranked if number in matching]


def _newest(cursor: CursorWrapper, table: str, asked: Asked, limit: int) -> list[int]:
    sql, bound = _where(asked, table)
    cursor.execute(
        f"SELECT rowid FROM {table} WHERE {sql} ORDER BY rowid LIMIT %s",  # noqa: S608 - as above
        [*bound, limit],
    )
    return _numbers(cursor)


def _depth(cursor: CursorWrapper, words: tuple[str, ...]) -> int | None:
    """Return how far back the newest `_RARE` documents with any of `words` go; None for fewer.

    A phrase is as common as its rarest word is.
    """
    parts = _parts(words)
    if len(parts) > 1:
        depths = [_depth(cursor, (part,)) for part in parts]
        return None if None in depths else max(filter(None, depths))
    numbers = _newest(cursor, "search_word", Asked((words,)), _RARE + 1)
    return numbers[-1] if len(numbers) > _RARE else None


def _bounded(cursor: CursorWrapper, asked: Asked, depth: int) -> Asked:
    """Look for common words that stand together no further back than some times `depth`.

    Where they hardly ever do, FTS5 would go through all documents with them.
    """
    cursor.execute("SELECT min(number) FROM search_document")
    (newest,) = cursor.fetchone()
    reach = max(1, _REACH // sum(len(_parts(words)) for words in asked.wanted))
    last = (newest if asked.first is None else asked.first) + (depth - newest) * reach
    return replace(asked, last=last if asked.last is None else min(last, asked.last))


def _parts(words: tuple[str, ...]) -> list[str]:
    """Return the words of a phrase that must occur; an open one may go on as its last may."""
    parts = words[0].split()
    return parts[:-1] if len(words) > 1 and len(parts) > 1 else parts


def ids(cursor: CursorWrapper, numbers: list[int]) -> list[uuid.UUID]:
    """Return the ids of documents, in this order."""
    places = ", ".join(["%s"] * len(numbers))
    cursor.execute(f"SELECT number, id FROM search_document WHERE number IN ({places})", numbers)  # noqa: S608
    known = dict(cursor.fetchall())
    return [uuid.UUID(known[number]) for number in numbers]


def texts(cursor: CursorWrapper, numbers: list[int]) -> list[Text]:
    """Return what documents say, in this order."""
    places = ", ".join(["%s"] * len(numbers))
    cursor.execute(
        "SELECT number, id, title, subtitle, body FROM search_document"  # noqa: S608 - placeholders
        f" WHERE number IN ({places})",
        numbers,
    )
    known = {number: Text(uuid.UUID(id_), *rest) for number, id_, *rest in cursor.fetchall()}
    return [known[number] for number in numbers]


def _numbers(cursor: CursorWrapper) -> list[int]:
    return [number for (number,) in cursor.fetchall()]


def _where(asked: Asked, table: str = "search_word") -> tuple[str, list[str | int]]:
    """Return a condition, and what is bound in it; every word of the person's is quoted."""
    parts = [_any(words) for words in asked.wanted]
    parts += [f'keys : "{key}"' for key in asked.keys]
    expression = " AND ".join(parts)
    if asked.unwanted:
        unwanted = " OR ".join(
            f"({' AND '.join(f'"{words}"' for words in term)})" for term in asked.unwanted
        )
        expression = f"({expression}) NOT ({unwanted})"
    sql, places = asked.places
    return f"{table} MATCH %s{sql.replace('number', 'rowid')}", [expression, *places]


def _any(words: tuple[str, ...]) -> str:
    return f"({' OR '.join(f'"{one}"' for one in words)})"


def occurs(cursor: CursorWrapper, word: str) -> bool:
    """Whether any document has `word`."""
    return bool(_newest(cursor, "search_word", Asked(((word,),)), 1))


def similar(cursor: CursorWrapper, word: str) -> list[str]:
    """Return words that are spelt somewhat like `word`, the frequent first."""
    return vocabulary.alike(cursor, word)
