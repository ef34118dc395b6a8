"""Finding in PostgreSQL: GIN for what few documents have, the order in time for what many have.

GIN finds all documents with a word before the first is returned, and rows take longer than that. So
of words that are not rare only the newest rows are fetched; how far back those go is told by the
planner's own estimates. And of words that many documents have, the newest documents are looked at
one after the other.
"""

import json
import math
import uuid
from bisect import bisect
from dataclasses import replace
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary, wide
from broadsheet.search.asked import TITLED, Asked, Text, titles_first

_WEIGHED = 500  # matches up to which all are weighed against each other
_MANY = 1_000  # matches from which on they are not, and the newest are fetched first
_SPARE = 3  # times as many are fetched as are wanted, since nothing is spread evenly
_NEAR = 0.2  # of all documents: to look up more of them by their places takes as long as it saves
_PHRASED = 500  # of the newest with all words of phrases, how many are looked at for those
_TRIGRAMS = 40

type Bound = list[str | int]


class Table(NamedTuple):
    """A table of words: how many rows are looked at when one in `share` should match."""

    name: str
    share: int
    looked_at: int


WORDS = Table("search_document", 20, 3_000)  # whose words are kept beside the rows
HEADINGS = Table("search_heading", 20, 5_000)


def matches(cursor: CursorWrapper, asked: Asked, limit: int, offset: int) -> list[uuid.UUID]:
    """Return the ids of what matches, best first.

    All matches are weighed when they are few; else titles come first, then the newest.
    """
    expected = _expected(cursor, WORDS, asked)
    if expected < _MANY:
        found = _indexed(cursor, WORDS, asked, offset + limit + TITLED + _WEIGHED)
        if len(found) <= _WEIGHED:
            return _weighed(cursor, asked, found, limit, offset)
        return titles_first(
            headed(cursor, asked, TITLED), lambda count: found[:count], limit, offset
        )
    titled = headed(cursor, asked, TITLED)
    return titles_first(
        titled, lambda count: _newest(cursor, WORDS, asked, count, expected), limit, offset
    )


def headed(cursor: CursorWrapper, asked: Asked, limit: int) -> list[uuid.UUID]:
    """Return the ids of the newest documents whose titles match."""
    return _newest(cursor, HEADINGS, asked, limit, _expected(cursor, HEADINGS, asked))


def _newest(
    cursor: CursorWrapper, table: Table, asked: Asked, limit: int, expected: int
) -> list[uuid.UUID]:
    if expected < _MANY:
        return _indexed(cursor, table, asked, limit)
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table.name])
    (total,) = cursor.fetchone()
    if expected * table.share > total:
        return _scanned(cursor, table, asked, limit)
    is_exact = _loose(asked) == asked
    near = _near(cursor, table, asked, (_SPARE * limit if is_exact else _PHRASED) / expected)
    found = _indexed(cursor, table, near, limit)
    if len(found) < limit and is_exact and near != asked:
        return _indexed(cursor, table, asked, limit)
    return found


def _expected(cursor: CursorWrapper, table: Table, asked: Asked) -> int:
    """Return how many documents the planner thinks have all words, whatever their order."""
    query, words = _tsquery(_loose(_single(asked)))
    cursor.execute(
        f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table.name} WHERE words @@ ({query})",  # noqa: S608
        words,
    )
    (plan,) = cursor.fetchone()
    rows: int = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]
    return rows


def _single(asked: Asked) -> Asked:
    """Return the same with one pair of all runs of signs.

    Pairs of a sentence come together, and the planner thinks that each comes by itself.
    """
    runs = [words for words in asked.wanted if wide.runs(words[0])]
    pairs = [tuple(word.split()[0] for word in words) for words in runs[:1]]
    return replace(asked, wanted=(*(w for w in asked.wanted if w not in runs), *pairs))


def _near(cursor: CursorWrapper, table: Table, asked: Asked, part: float) -> Asked:
    """Narrow to about the newest `part` of all documents, by the planner's histogram of places."""
    if part > _NEAR:
        return asked
    cursor.execute(
        "SELECT histogram_bounds::text::bigint[] FROM pg_stats"
        " WHERE schemaname = ANY(current_schemas(false)) AND tablename = %s AND attname = 'number'",
        [table.name],
    )
    rows: list[tuple[list[int] | None]] = cursor.fetchall()
    places = next((bounds for (bounds,) in rows if bounds), [])
    first = 0 if asked.first is None else bisect(places, asked.first)
    end = first + math.ceil(part * len(places))
    if end >= len(places):
        return asked
    return replace(asked, last=min(filter(None, (places[end], asked.last))))


def _indexed(cursor: CursorWrapper, table: Table, asked: Asked, limit: int) -> list[uuid.UUID]:
    """Ask GIN. It knows no places of words, so phrases are compared in some of what it finds."""
    query, words = _tsquery(loose := _loose(asked))
    exact, exact_words = _tsquery(asked) if loose != asked else ("", [])
    places, bound = asked.places
    # OFFSET 0 keeps the planner from going along the order in time; not knowing the words, it looks
    # up both them and the places before it fetches rows.
    cursor.execute(
        f"SELECT id FROM (SELECT * FROM (SELECT * FROM {table.name}"  # noqa: S608 - bound values
        f" WHERE words @@ (SELECT {query}){places} OFFSET 0) AS found ORDER BY number, id LIMIT %s)"
        f" AS newest {f'WHERE words @@ ({exact})' if exact else ''} ORDER BY number, id LIMIT %s",
        [*words, *bound, _PHRASED if exact else limit, *exact_words, limit],
    )
    return _ids(cursor)


def _scanned(cursor: CursorWrapper, table: Table, asked: Asked, limit: int) -> list[uuid.UUID]:
    """Look at the newest documents, one after the other."""
    query, words = _tsquery(asked)
    places, bound = asked.places
    cursor.execute(
        f"SELECT id FROM (SELECT * FROM {table.name} WHERE true{places}"  # noqa: S608 - bound values
        f" ORDER BY number, id LIMIT %s) AS newest WHERE words @@ ({query})"
        " ORDER BY number, id LIMIT %s",
        [*bound, table.looked_at, *words, limit],
    )
    return _ids(cursor)


def _loose(asked: Asked) -> Asked:
    """Return the same without the order of words in phrases."""
    phrases = [words for words in asked.wanted if " " in words[0]]
    if not phrases:
        return asked
    plain = [words for words in asked.wanted if words not in phrases]
    plain += [(word,) for words in phrases for word in _common(words)]
    return replace(asked, wanted=tuple(dict.fromkeys(plain)), unwanted=())


def _common(phrases: tuple[str, ...]) -> list[str]:
    """Return the words that all of `phrases` have, which may differ in their last."""
    words = phrases[0].split()
    return words[:-1] if len(phrases) > 1 else words


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
    cursor.execute("SELECT id, title, subtitle, body FROM search_text WHERE id = ANY(%s)", [found])
    known = {row[0]: Text(*row) for row in cursor.fetchall()}
    return [known[id_] for id_ in found]


def occurs(cursor: CursorWrapper, word: str) -> bool:
    """Whether any document has `word`."""
    asked = Asked(((word,),))
    return bool(_newest(cursor, WORDS, asked, 1, _expected(cursor, WORDS, asked)))


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


def _tsquery(asked: Asked) -> tuple[str, Bound]:
    """Return an SQL expression of type tsquery and the words bound in it."""
    phrase = "phraseto_tsquery('search_words', %s)"
    wanted = [" || ".join([phrase] * len(words)) for words in asked.wanted]
    unwanted = [" && ".join([phrase] * len(term)) for term in asked.unwanted]
    keys = ["%s::tsquery"] * len(asked.keys)
    sql = " && ".join([f"({p})" for p in wanted] + [f"!!({p})" for p in unwanted] + keys)
    words = [word for group in (*asked.wanted, *asked.unwanted) for word in group]
    return sql, [*words, *asked.keys]
