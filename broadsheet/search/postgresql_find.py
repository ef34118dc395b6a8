"""Finding in PostgreSQL: GIN for what few documents have, the order in time for what many have.

GIN reads all documents with a word before the first is returned. The planner's own estimate says
when rather the newest documents are looked at, one after the other.
"""

import json
import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.asked import TITLED, Asked, Text, titles_first

_WEIGHED = 1_000  # matches up to which all are weighed against each other
_MANY = 20_000  # matches from which on the newest documents are looked at
_SHARE = 20  # and one of so many must match
_LOOKED_AT = 3_000  # of the newest documents, then
_TRIGRAMS = 40

type Bound = list[str | int]


def matches(cursor: CursorWrapper, asked: Asked, limit: int, offset: int) -> list[uuid.UUID]:
    """Return the ids of what matches, best first.

    All matches are weighed when they are few; else titles come first, then the newest.
    """
    if not _are_many(cursor, "words", asked):
        found = _indexed(cursor, "words", asked, _WEIGHED + 1)
        if len(found) <= _WEIGHED:
            return _weighed(cursor, asked, found, limit, offset)
    titled = headed(cursor, asked, TITLED)
    return titles_first(titled, lambda n: _newest(cursor, "words", asked, n), limit, offset)


def headed(cursor: CursorWrapper, asked: Asked, limit: int) -> list[uuid.UUID]:
    """Return the ids of the newest documents whose titles match."""
    return _newest(cursor, "heading", asked, limit)


def _newest(cursor: CursorWrapper, column: str, asked: Asked, limit: int) -> list[uuid.UUID]:
    if _are_many(cursor, column, asked):
        return _scanned(cursor, column, asked, limit)
    return _indexed(cursor, column, asked, limit)


def _are_many(cursor: CursorWrapper, column: str, asked: Asked) -> bool:
    """Whether so many documents should match that the newest are soon among them."""
    sql, bound = _where(column, asked)
    cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM search_document WHERE {sql}", bound)  # noqa: S608
    (plan,) = cursor.fetchone()
    rows = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]
    if rows < _MANY:
        return False
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'search_document'::regclass")
    (total,) = cursor.fetchone()
    return bool(rows * _SHARE > total)


def _indexed(cursor: CursorWrapper, column: str, asked: Asked, limit: int) -> list[uuid.UUID]:
    sql, bound = _where(column, asked)
    # OFFSET 0 keeps the planner from going along the order in time.
    cursor.execute(
        "SELECT id FROM (SELECT number, id FROM search_document"  # noqa: S608 - bound values
        f" WHERE {sql} OFFSET 0) AS found ORDER BY number, id LIMIT %s",
        [*bound, limit],
    )
    return _ids(cursor)


def _scanned(cursor: CursorWrapper, column: str, asked: Asked, limit: int) -> list[uuid.UUID]:
    places, places_bound = asked.places
    sql, bound = _where(column, asked)
    cursor.execute(
        f"SELECT id FROM (SELECT number, id, {column} FROM search_document WHERE true{places}"  # noqa: S608
        f" ORDER BY number, id LIMIT %s) AS newest WHERE {sql} ORDER BY number, id LIMIT %s",
        [*places_bound, _LOOKED_AT, *bound, limit],
    )
    return _ids(cursor)


def _weighed(
    cursor: CursorWrapper, asked: Asked, found: list[uuid.UUID], limit: int, offset: int
) -> list[uuid.UUID]:
    query, words = _tsquery(asked)
    cursor.execute(
        f"SELECT id FROM search_document WHERE id = ANY(%s)"  # noqa: S608 - bound values
        f" ORDER BY ts_rank('{{0.1, 0.3, 0.5, 1}}', words, {query}, 1) DESC, number, id"
        " LIMIT %s OFFSET %s",
        [found, *words, limit, offset],
    )
    return _ids(cursor)


def ids(_cursor: CursorWrapper, found: list[uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids of documents, in this order."""
    return found


def texts(cursor: CursorWrapper, found: list[uuid.UUID]) -> list[Text]:
    """Return what documents say, in this order."""
    cursor.execute(
        "SELECT id, title, subtitle, body FROM search_document WHERE id = ANY(%s)", [found]
    )
    known = {row[0]: Text(*row) for row in cursor.fetchall()}
    return [known[id_] for id_ in found]


def occurs(cursor: CursorWrapper, word: str) -> bool:
    """Whether any document has `word`."""
    asked = Asked(((word,),))
    return bool(_newest(cursor, "words", asked, 1))


def similar(cursor: CursorWrapper, word: str) -> list[str]:
    """Return words that are spelt somewhat like `word`, the likest first."""
    cursor.execute("SELECT to_regclass('search_vocabulary_trigrams') IS NOT NULL")
    if cursor.fetchone() == (False,):
        return vocabulary.alike(cursor, word)
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word %% %s"
        " ORDER BY similarity(word, %s) DESC, documents DESC, word LIMIT %s",
        [word, word, _TRIGRAMS],
    )
    return [found for (found,) in cursor.fetchall()]


def _ids(cursor: CursorWrapper) -> list[uuid.UUID]:
    return [id_ for (id_,) in cursor.fetchall()]


def _where(column: str, asked: Asked) -> tuple[str, Bound]:
    query, words = _tsquery(asked)
    places, bound = asked.places
    return f"{column} @@ ({query}){places}", [*words, *bound]


def _tsquery(asked: Asked) -> tuple[str, Bound]:
    """Return an SQL expression of type tsquery and the words bound in it."""
    phrase = "phraseto_tsquery('search_words', %s)"
    wanted = [" || ".join([phrase] * len(words)) for words in asked.wanted]
    unwanted = [" && ".join([phrase] * len(term)) for term in asked.unwanted]
    keys = ["%s::tsquery"] * len(asked.keys)
    sql = " && ".join([f"({p})" for p in wanted] + [f"!!({p})" for p in unwanted] + keys)
    words = [word for group in (*asked.wanted, *asked.unwanted) for word in group]
    return sql, [*words, *asked.keys]
