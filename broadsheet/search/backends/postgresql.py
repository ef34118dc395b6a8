"""Index in PostgreSQL: weighted tsvectors with GIN indexes, and an index on time.

Accents are removed before, so no extension is needed for that. Words are stemmed by a dictionary
without stop words: a title may consist of them.

GIN finds all documents with a word before it returns the first one, and fetching rows takes longer
than that. So for words that are not rare, only the newest rows are fetched; the planner's estimates
tell how far back those go. For words that many documents have, the newest documents are scanned.
"""

import json
import math
import uuid
from bisect import bisect
from dataclasses import replace
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from broadsheet.search import cjk, vocabulary
from broadsheet.search.documents import Document, key_word
from broadsheet.search.expansion import MAX_TITLE_MATCHES, DocumentText, ExpandedQuery, titles_first
from broadsheet.search.normalize import tokenize

# Every search reads GIN's pending list, so it stays short.
_GIN = "USING gin (words) WITH (gin_pending_list_limit = 512)"
# Words in short rows, texts in another table: a search reads thousands of rows.
_TABLES = ("search_document", "search_heading", "search_text")
CREATE = (
    "CREATE TEXT SEARCH DICTIONARY search_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION search_words (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION search_words ALTER MAPPING FOR asciiword WITH search_stem",
    """CREATE TABLE search_document (number bigint NOT NULL, id uuid PRIMARY KEY,
    words tsvector NOT NULL) WITH (toast_tuple_target = 128)""",
    """CREATE TABLE search_heading (number bigint NOT NULL, id uuid PRIMARY KEY,
    words tsvector NOT NULL)""",
    """CREATE TABLE search_text (id uuid PRIMARY KEY, title text NOT NULL, subtitle text NOT NULL,
    body text NOT NULL)""",
    "CREATE INDEX search_document_newest ON search_document (number, id)",
    "CREATE INDEX search_heading_newest ON search_heading (number, id)",
    f"CREATE INDEX search_document_words ON search_document {_GIN}",
    f"CREATE INDEX search_heading_words ON search_heading {_GIN}",
    "ALTER TABLE search_document ALTER words SET STATISTICS 1000",
    "ALTER TABLE search_heading ALTER words SET STATISTICS 1000",
    """CREATE TABLE search_vocabulary (word text COLLATE "C" PRIMARY KEY,
    documents integer NOT NULL)""",
    # Optional: not every owner of a database may create extensions.
    """DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX search_vocabulary_trigrams ON search_vocabulary USING gin (word gin_trgm_ops);
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE USING MESSAGE = 'Without pg_trgm, fewer misspelt words are known: ' || SQLERRM;
    END $$""",
)
EMPTY = (f"TRUNCATE {', '.join(_TABLES)}, search_vocabulary",)

_MAX_WORD_BYTES = 850_000  # for the distinct words of a document: a tsvector is limited to 1 MB
_WORDS_SQL = (
    "setweight(to_tsvector('search_words', %s), 'A')"
    " || setweight(to_tsvector('search_words', %s), 'C')"
    " || setweight(to_tsvector('search_words', %s), 'B')"
    " || setweight(to_tsvector('search_words', %s), 'D') || array_to_tsvector(%s)"
)
_HEADING_SQL = "to_tsvector('search_words', %s) || array_to_tsvector(%s)"

type Words = list[str]
type Row = tuple[int | uuid.UUID | str | list[str], ...]


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not in the index."""
    words = [[tokenize(t) for t in (d.title, d.subtitle, d.tags, d.body)] for d in documents]
    rows = [_row(*pair) for pair in zip(documents, words, strict=True)]
    cursor.executemany(
        f"INSERT INTO search_document (number, id, words) VALUES (%s, %s, {_WORDS_SQL})",  # noqa: S608
        rows,
    )
    cursor.executemany(
        f"INSERT INTO search_heading (number, id, words) VALUES (%s, %s, {_HEADING_SQL})",  # noqa: S608
        [(*row[:3], row[-1]) for row in rows],
    )
    cursor.executemany(
        "INSERT INTO search_text (id, title, subtitle, body) VALUES (%s, %s, %s, %s)",
        [(d.id, d.title, d.subtitle, d.body) for d in documents],
    )
    counts = vocabulary.count([word for text in texts for word in text] for texts in words)
    new_words = sorted(counts)
    # In a fixed order, to avoid deadlocks; frequent words are hardly ever locked.
    cursor.execute(
        "INSERT INTO search_vocabulary (word, documents)"
        " SELECT word, n * greatest(1, old.documents / 8)"
        " FROM unnest(%s::text[], %s::integer[]) AS new (word, n)"
        " LEFT JOIN search_vocabulary old USING (word)"
        " WHERE old.documents IS NULL OR old.documents < %s"
        " OR old.documents < %s AND random() < 1.0 / greatest(1, old.documents / 8) ORDER BY word"
        " ON CONFLICT (word) DO UPDATE"
        " SET documents = search_vocabulary.documents + excluded.documents",
        [new_words, [counts[word] for word in new_words], vocabulary.EXACT, vocabulary.FREQUENT],
    )


def _row(document: Document, words: list[Words]) -> Row:
    """Return number, id, title, subtitle, tags, body and keys of the document, as indexed."""
    keys = list(map(key_word, document.keys))
    return (document.number, document.id, *_truncated(words), keys)


def _truncated(texts: list[Words]) -> list[str]:
    """Return as much of the beginnings of `texts` as fits into one tsvector."""
    free = _MAX_WORD_BYTES
    if sum(len(word) for words in texts for word in words) < free // 9:
        return [" ".join(words) for words in texts]
    distinct: set[str] = set()
    truncated: list[str] = []
    for words in texts:
        fitting: list[str] = []
        for word in words:
            if word not in distinct:
                free -= len(word.encode()) + 5
                if free < 0:
                    break
                distinct.add(word)
            fitting.append(word)
        truncated.append(" ".join(fitting))
    return truncated


def remove(cursor: CursorWrapper, ids: list[uuid.UUID]) -> None:
    """Remove documents."""
    for table in _TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [ids])  # noqa: S608 - its name


_MAX_RANKED = 500  # maximum number of matches that are ranked
COMMON = 1_000  # expected matches from which only the newest are fetched
OVERFETCH = 3  # factor: more rows are fetched than required, since matches are not evenly spread
_MAX_NEWEST_SHARE = 0.2  # of all documents: a search of a greater share saves nothing
_MAX_PHRASE_CANDIDATES = 500  # newest documents with all words, which are checked for phrases
_MAX_SIMILAR = 40

type Parameters = list[str | int]


class Table(NamedTuple):
    """A table of words: `scan_limit` rows are scanned if one in `share` should match."""

    name: str
    share: int
    scan_limit: int


WORDS = Table("search_document", 20, 3_000)
HEADINGS = Table("search_heading", 20, 5_000)


def matches(
    cursor: CursorWrapper, query: ExpandedQuery, limit: int, offset: int
) -> list[uuid.UUID]:
    """Return the ids of the matching documents, best first.

    Ranked if there are few matches; otherwise matches in titles, then the newest.
    """
    expected = _expected(cursor, WORDS, query)
    if expected < COMMON:
        newest = _indexed(cursor, WORDS, query, offset + limit + MAX_TITLE_MATCHES + _MAX_RANKED)
        if len(newest) <= _MAX_RANKED:
            return _ranked(cursor, query, newest, limit, offset)
        return titles_first(
            title_matches(cursor, query, MAX_TITLE_MATCHES),
            lambda count: newest[:count],
            limit,
            offset,
        )
    titles = title_matches(cursor, query, MAX_TITLE_MATCHES)
    return titles_first(
        titles, lambda count: _newest(cursor, WORDS, query, count, expected), limit, offset
    )


def title_matches(cursor: CursorWrapper, query: ExpandedQuery, limit: int) -> list[uuid.UUID]:
    """Return the ids of the newest documents whose titles match."""
    return _newest(cursor, HEADINGS, query, limit, _expected(cursor, HEADINGS, query))


def _newest(
    cursor: CursorWrapper, table: Table, query: ExpandedQuery, limit: int, expected: int
) -> list[uuid.UUID]:
    if expected < COMMON:
        return _indexed(cursor, table, query, limit)
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table.name])
    (total,) = cursor.fetchone()
    if expected * table.share > total:
        return _scanned(cursor, table, query, limit)
    is_exact = _loose(query) == query
    newest_only = _limit_to_newest(
        cursor, table, query, (OVERFETCH * limit if is_exact else _MAX_PHRASE_CANDIDATES) / expected
    )
    ids = _indexed(cursor, table, newest_only, limit)
    if len(ids) < limit and is_exact and newest_only != query:
        return _indexed(cursor, table, query, limit)
    return ids


def _expected(cursor: CursorWrapper, table: Table, query: ExpandedQuery) -> int:
    """Return how many documents have all words, in any order, by the planner's estimate."""
    tsquery, words = _tsquery(_loose(_with_one_bigram(query)))
    cursor.execute(
        f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table.name} WHERE words @@ ({tsquery})",  # noqa: S608
        words,
    )
    (plan,) = cursor.fetchone()
    rows: int = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]
    return rows


def _with_one_bigram(query: ExpandedQuery) -> ExpandedQuery:
    """Return the query with a single bigram of all CJK runs.

    Bigrams of a text occur together, but the planner assumes that they are independent.
    """
    runs = [words for words in query.required if cjk.runs(words[0])]
    bigrams = [tuple(word.split()[0] for word in words) for words in runs[:1]]
    return replace(query, required=(*(w for w in query.required if w not in runs), *bigrams))


def _limit_to_newest(
    cursor: CursorWrapper, table: Table, query: ExpandedQuery, share: float
) -> ExpandedQuery:
    """Limit to about the newest `share` of all documents, by the planner's histogram."""
    if share > _MAX_NEWEST_SHARE:
        return query
    cursor.execute(
        "SELECT histogram_bounds::text::bigint[] FROM pg_stats"
        " WHERE schemaname = ANY(current_schemas(false)) AND tablename = %s AND attname = 'number'",
        [table.name],
    )
    rows: list[tuple[list[int] | None]] = cursor.fetchall()
    numbers = next((bounds for (bounds,) in rows if bounds), [])
    first = 0 if query.min_number is None else bisect(numbers, query.min_number)
    end = first + math.ceil(share * len(numbers))
    if end >= len(numbers):
        return query
    return replace(query, max_number=min(filter(None, (numbers[end], query.max_number))))


def _indexed(
    cursor: CursorWrapper, table: Table, query: ExpandedQuery, limit: int
) -> list[uuid.UUID]:
    """Search with GIN. It has no positions of words, so phrases are checked in some matches."""
    tsquery, words = _tsquery(loose := _loose(query))
    exact, exact_words = _tsquery(query) if loose != query else ("", [])
    condition, limits = query.number_condition
    # OFFSET 0 keeps the planner from scanning in the order of time; with the words in a subquery it
    # uses both indexes before it fetches rows.
    cursor.execute(
        f"SELECT id FROM (SELECT * FROM (SELECT * FROM {table.name}"  # noqa: S608 - bound values
        f" WHERE words @@ (SELECT {tsquery}){condition} OFFSET 0) AS matches"
        " ORDER BY number, id LIMIT %s)"
        f" AS newest {f'WHERE words @@ ({exact})' if exact else ''} ORDER BY number, id LIMIT %s",
        [*words, *limits, _MAX_PHRASE_CANDIDATES if exact else limit, *exact_words, limit],
    )
    return _ids(cursor)


def _scanned(
    cursor: CursorWrapper, table: Table, query: ExpandedQuery, limit: int
) -> list[uuid.UUID]:
    """Scan the newest documents."""
    tsquery, words = _tsquery(query)
    condition, limits = query.number_condition
    cursor.execute(
        f"SELECT id FROM (SELECT * FROM {table.name} WHERE true{condition}"  # noqa: S608 - bound values
        f" ORDER BY number, id LIMIT %s) AS newest WHERE words @@ ({tsquery})"
        " ORDER BY number, id LIMIT %s",
        [*limits, table.scan_limit, *words, limit],
    )
    return _ids(cursor)


def _loose(query: ExpandedQuery) -> ExpandedQuery:
    """Return the query with phrases as separate words."""
    phrases = [words for words in query.required if " " in words[0]]
    if not phrases:
        return query
    plain = [words for words in query.required if words not in phrases]
    plain += [(word,) for words in phrases for word in _common(words)]
    return replace(query, required=tuple(dict.fromkeys(plain)), excluded=())


def _common(phrases: tuple[str, ...]) -> list[str]:
    """Return the words that all of `phrases` share; they may differ in the last one."""
    words = phrases[0].split()
    return words[:-1] if len(phrases) > 1 else words


def _ranked(
    cursor: CursorWrapper, query: ExpandedQuery, ids: list[uuid.UUID], limit: int, offset: int
) -> list[uuid.UUID]:
    tsquery, words = _tsquery(query)
    cursor.execute(
        f"SELECT id FROM search_document WHERE id = ANY(%s)"  # noqa: S608 - bound values
        f" ORDER BY ts_rank('{{0.1, 0.3, 0.5, 1}}', words, {tsquery}, 1) DESC, number, id"
        " LIMIT %s OFFSET %s",
        [ids, *words, limit, offset],
    )
    return _ids(cursor)


def ids(_cursor: CursorWrapper, matches: list[uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids of documents, in this order."""
    return matches


def texts(cursor: CursorWrapper, ids: list[uuid.UUID]) -> list[DocumentText]:
    """Return the texts of documents, in this order."""
    cursor.execute("SELECT id, title, subtitle, body FROM search_text WHERE id = ANY(%s)", [ids])
    by_id = {row[0]: DocumentText(*row) for row in cursor.fetchall()}
    return [by_id[id_] for id_ in ids]


def occurs(cursor: CursorWrapper, word: str) -> bool:
    """Return whether any document has `word`."""
    query = ExpandedQuery(((word,),))
    return bool(_newest(cursor, WORDS, query, 1, _expected(cursor, WORDS, query)))


def similar(cursor: CursorWrapper, word: str) -> list[str]:
    """Return words that may be spelled like `word`, the most similar first."""
    cursor.execute("SELECT to_regclass('search_vocabulary_trigrams') IS NOT NULL")
    if cursor.fetchone() == (False,):
        return vocabulary.similar(cursor, word)
    cursor.execute(
        "SELECT word FROM search_vocabulary WHERE word %% %s"
        " ORDER BY similarity(word, %s) DESC, documents DESC, word LIMIT %s",
        [word, word, _MAX_SIMILAR],
    )
    return [similar_word for (similar_word,) in cursor.fetchall()]


def _ids(cursor: CursorWrapper) -> list[uuid.UUID]:
    return [id_ for (id_,) in cursor.fetchall()]


def _tsquery(query: ExpandedQuery) -> tuple[str, Parameters]:
    """Return an SQL expression of type tsquery and its parameters."""
    phrase = "phraseto_tsquery('search_words', %s)"
    required = [" || ".join([phrase] * len(words)) for words in query.required]
    excluded = [" && ".join([phrase] * len(term)) for term in query.excluded]
    keys = ["%s::tsquery"] * len(query.keys)
    sql = " && ".join([f"({p})" for p in required] + [f"!!({p})" for p in excluded] + keys)
    words = [word for group in (*query.required, *query.excluded) for word in group]
    return sql, [*words, *query.keys]
