"""Index in SQLite: FTS5 over a plain table, whose rows are numbered from the newest.

FTS5 goes along row numbers, so it finds the newest matches first and can stop early: no word is too
common. It stores no texts and needs the old ones to delete them: see `_normalized`, which must not
change without a migration. To rank matches (BM25), FTS5 counts all documents with each word, so
only rare words are ranked.
"""

import random
import uuid
from dataclasses import replace

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import Document, key_word
from broadsheet.search.expansion import MAX_TITLE_MATCHES, DocumentText, ExpandedQuery, titles_first
from broadsheet.search.normalize import normalize

_OPTIONS = "content='', tokenize='porter unicode61 remove_diacritics 0'"
CREATE = (
    """CREATE TABLE search_document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, subtitle TEXT NOT NULL, tags TEXT NOT NULL, keys TEXT NOT NULL,
    body TEXT NOT NULL)""",
    f"CREATE VIRTUAL TABLE search_word USING fts5(title, subtitle, tags, body, keys, {_OPTIONS})",
    f"CREATE VIRTUAL TABLE search_heading USING fts5(title, keys, {_OPTIONS})",
    """CREATE TABLE search_vocabulary (word TEXT PRIMARY KEY, documents INTEGER NOT NULL)
    WITHOUT ROWID""",
)
DROP = (
    "DROP TABLE search_word",
    "DROP TABLE search_heading",
    "DROP TABLE search_document",
    "DROP TABLE search_vocabulary",
)
EMPTY = (
    "INSERT INTO search_word (search_word) VALUES ('delete-all')",
    "INSERT INTO search_heading (search_heading) VALUES ('delete-all')",
    "DELETE FROM search_document",
    "DELETE FROM search_vocabulary",
)

# New count of an existing word: see `vocabulary`.
_NEW_COUNT = "documents + excluded.documents * max(1, documents / 8)"
_COUNTS = (
    f"documents < {vocabulary.EXACT}"
    f" OR documents < {vocabulary.FREQUENT} AND random() % (documents / 8) = 0"
)
_COLUMNS = "title, subtitle, tags, body, keys"

type Row = tuple[int, str, str, str, str, str]


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not in the index."""
    numbered = _assign_numbers(cursor, documents)
    rows = [(n, d.title, d.subtitle, d.tags, d.body, _keys(d)) for n, d in numbered]
    cursor.executemany(
        f"INSERT INTO search_document (number, id, {_COLUMNS})"  # noqa: S608 - columns
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [(row[0], d.id.hex, *row[1:]) for row, (_n, d) in zip(rows, numbered, strict=True)],
    )
    words = [_normalized(row) for row in rows]
    cursor.executemany(
        f"INSERT INTO search_word (rowid, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)",  # noqa: S608
        words,
    )
    cursor.executemany(
        "INSERT INTO search_heading (rowid, title, keys) VALUES (%s, %s, %s)",
        [(row[0], row[1], row[5]) for row in words],
    )
    cursor.executemany(
        "INSERT INTO search_vocabulary (word, documents) VALUES (%s, %s)"  # noqa: S608 - ours
        f" ON CONFLICT (word) DO UPDATE SET documents = {_NEW_COUNT} WHERE {_COUNTS}",
        list(vocabulary.count(" ".join(row[1:5]).split() for row in words).items()),
    )


def _assign_numbers(cursor: CursorWrapper, documents: list[Document]) -> list[tuple[int, Document]]:
    """Return the documents with free row numbers by time, newest first.

    Sorted, because FTS5 starts a new segment whenever row numbers decrease.
    """
    assigned: dict[int, Document] = {}
    remaining = [(document.number, document) for document in documents]
    reach = 1
    while remaining:
        placeholders = ", ".join(["%s"] * len(remaining))
        cursor.execute(
            f"SELECT number FROM search_document WHERE number IN ({placeholders})",  # noqa: S608
            [number for number, _document in remaining],
        )
        used = {number for (number,) in cursor.fetchall()}
        conflicts: list[Document] = []
        for number, document in remaining:
            if number in used or number in assigned:
                conflicts.append(document)
            else:
                assigned[number] = document
        reach *= 16
        # Later, so that a document dated to midnight stays within its day.
        remaining = [(d.number - random.randint(1, reach), d) for d in conflicts]  # noqa: S311
    return sorted(assigned.items())


def _keys(document: Document) -> str:
    return " ".join(map(key_word, document.keys))


def _normalized(row: Row) -> Row:
    """Return a row of `search_document` as FTS5 gets it, when it is added and deleted."""
    number, title, subtitle, tags, body, keys = row
    return number, normalize(title), normalize(subtitle), normalize(tags), normalize(body), keys


def remove(cursor: CursorWrapper, ids: list[uuid.UUID]) -> None:
    """Remove documents."""
    hexes, placeholders = [i.hex for i in ids], ", ".join(["%s"] * len(ids))
    cursor.execute(
        f"SELECT number, {_COLUMNS} FROM search_document"  # noqa: S608
        f" WHERE id IN ({placeholders}) ORDER BY number",
        hexes,
    )
    rows = [_normalized(row) for row in cursor.fetchall()]
    if not rows:
        return
    cursor.executemany(
        f"INSERT INTO search_word (search_word, rowid, {_COLUMNS})"  # noqa: S608 - columns
        " VALUES ('delete', %s, %s, %s, %s, %s, %s)",
        rows,
    )
    cursor.executemany(
        "INSERT INTO search_heading (search_heading, rowid, title, keys)"
        " VALUES ('delete', %s, %s, %s)",
        [(row[0], row[1], row[5]) for row in rows],
    )
    cursor.execute(f"DELETE FROM search_document WHERE id IN ({placeholders})", hexes)  # noqa: S608


_WEIGHTS = "10.0, 3.0, 5.0, 1.0, 0.0"  # title, subtitle, tags, body, keys
_RARE = 1_000  # documents with a word, up to which all are ranked
_OLDEST = 2**62
#: Common words are searched this many times as far back as their newest _RARE documents go,
#: divided by the number of words.
_REACH = 24


type Groups = tuple[tuple[str, ...], ...]


def matches(cursor: CursorWrapper, query: ExpandedQuery, limit: int, offset: int) -> list[int]:
    """Return the numbers of the matching documents, best first.

    Ranked if the query has a rare word; otherwise matches in titles, then the newest.
    """
    depths = {words: _depth(cursor, words) for words in query.required}
    # The rarest first: FTS5 iterates over its matches and checks the others there.
    query = replace(query, required=tuple(sorted(depths, key=lambda w: -(depths[w] or _OLDEST))))
    if rare := tuple(words for words, depth in depths.items() if depth is None):
        return _ranked(cursor, query, rare)[offset : offset + limit]
    titles = title_matches(cursor, query, MAX_TITLE_MATCHES)
    if len(depths) > 1 or " " in query.required[0][0]:
        query = _bounded(cursor, query, max(filter(None, depths.values())))
    return titles_first(titles, lambda n: _newest(cursor, "search_word", query, n), limit, offset)


def title_matches(cursor: CursorWrapper, query: ExpandedQuery, limit: int) -> list[int]:
    """Return the numbers of the newest documents whose titles match."""
    return _newest(cursor, "search_heading", query, limit)


def _ranked(cursor: CursorWrapper, query: ExpandedQuery, rare: Groups) -> list[int]:
    """Return all matches, ranked by the `rare` words."""
    sql, bound = _where(
        ExpandedQuery(rare, min_number=query.min_number, max_number=query.max_number)
    )
    cursor.execute(
        f"SELECT rowid FROM search_word WHERE {sql}"  # noqa: S608 - bound values
        f" ORDER BY bm25(search_word, {_WEIGHTS}), rowid",
        bound,
    )
    ranked = _numbers(cursor)
    if len(rare) == len(query.required) and not query.excluded and not query.keys:
        return ranked
    matching = set(_newest(cursor, "search_word", query, len(ranked)))
    return [number for number in ranked if number in matching]


def _newest(cursor: CursorWrapper, table: str, query: ExpandedQuery, limit: int) -> list[int]:
    sql, bound = _where(query, table)
    cursor.execute(
        f"SELECT rowid FROM {table} WHERE {sql} ORDER BY rowid LIMIT %s",  # noqa: S608 - as above
        [*bound, limit],
    )
    return _numbers(cursor)


def _depth(cursor: CursorWrapper, words: tuple[str, ...]) -> int | None:
    """Return the number of the `_RARE`th newest document with any of `words`; None for fewer.

    A phrase is as common as its rarest word.
    """
    parts = _parts(words)
    if len(parts) > 1:
        depths = [_depth(cursor, (part,)) for part in parts]
        return None if None in depths else max(filter(None, depths))
    numbers = _newest(cursor, "search_word", ExpandedQuery((words,)), _RARE + 1)
    return numbers[-1] if len(numbers) > _RARE else None


def _bounded(cursor: CursorWrapper, query: ExpandedQuery, depth: int) -> ExpandedQuery:
    """Limit a search for several common words to a multiple of `depth`.

    If they hardly ever occur together, FTS5 would read all documents with them.
    """
    cursor.execute("SELECT min(number) FROM search_document")
    (newest,) = cursor.fetchone()
    reach = max(1, _REACH // sum(len(_parts(words)) for words in query.required))
    last = (newest if query.min_number is None else query.min_number) + (depth - newest) * reach
    return replace(
        query, max_number=last if query.max_number is None else min(last, query.max_number)
    )


def _parts(words: tuple[str, ...]) -> list[str]:
    """Return the words of a phrase that must occur: without the last one of a prefix."""
    parts = words[0].split()
    return parts[:-1] if len(words) > 1 and len(parts) > 1 else parts


def ids(cursor: CursorWrapper, numbers: list[int]) -> list[uuid.UUID]:
    """Return the ids of documents, in this order."""
    placeholders = ", ".join(["%s"] * len(numbers))
    cursor.execute(
        f"SELECT number, id FROM search_document WHERE number IN ({placeholders})",  # noqa: S608
        numbers,
    )
    ids_by_number = dict(cursor.fetchall())
    return [uuid.UUID(ids_by_number[number]) for number in numbers]


def texts(cursor: CursorWrapper, numbers: list[int]) -> list[DocumentText]:
    """Return the texts of documents, in this order."""
    placeholders = ", ".join(["%s"] * len(numbers))
    cursor.execute(
        "SELECT number, id, title, subtitle, body FROM search_document"  # noqa: S608 - placeholders
        f" WHERE number IN ({placeholders})",
        numbers,
    )
    by_number = {
        number: DocumentText(uuid.UUID(id_), *rest) for number, id_, *rest in cursor.fetchall()
    }
    return [by_number[number] for number in numbers]


def _numbers(cursor: CursorWrapper) -> list[int]:
    return [number for (number,) in cursor.fetchall()]


def _where(query: ExpandedQuery, table: str = "search_word") -> tuple[str, list[str | int]]:
    """Return a condition and its parameters; all words of the user are quoted."""
    parts = [_any_of(words) for words in query.required]
    parts += [f'keys : "{key}"' for key in query.keys]
    expression = " AND ".join(parts)
    if query.excluded:
        excluded = " OR ".join(
            f"({' AND '.join(f'"{words}"' for words in term)})" for term in query.excluded
        )
        expression = f"({expression}) NOT ({excluded})"
    sql, limits = query.number_condition
    return f"{table} MATCH %s{sql.replace('number', 'rowid')}", [expression, *limits]


def _any_of(words: tuple[str, ...]) -> str:
    return f"({' OR '.join(f'"{phrase}"' for phrase in words)})"


def occurs(cursor: CursorWrapper, word: str) -> bool:
    """Return whether any document has `word`."""
    return bool(_newest(cursor, "search_word", ExpandedQuery(((word,),)), 1))


def similar(cursor: CursorWrapper, word: str) -> list[str]:
    """Return words that may be spelled like `word`, the most frequent first."""
    return vocabulary.similar(cursor, word)
