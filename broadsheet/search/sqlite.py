"""The index in SQLite: FTS5 over a plain table, whose rows are numbered from the newest on.

So FTS5, which goes along row numbers, meets the newest matches first and can stop after some. It
keeps no texts of its own and has to be told what it held: see `_indexed`, which must not change
without a migration.
"""

import random
import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import Document, key_word
from broadsheet.search.words import indexed

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

# Of a word that was there: see `vocabulary`.
_GROWN = "documents + excluded.documents * max(1, documents / 8)"
_GROWS = (
    f"documents < {vocabulary.EXACT}"
    f" OR documents < {vocabulary.FREQUENT} AND random() % (documents / 8) = 0"
)
_COLUMNS = "title, subtitle, tags, body, keys"

type Row = tuple[int, str, str, str, str, str]


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not there."""
    numbered = _numbered(cursor, documents)
    rows = [(n, d.title, d.subtitle, d.tags, d.body, _keys(d)) for n, d in numbered]
    cursor.executemany(
        f"INSERT INTO search_document (number, id, {_COLUMNS})"  # noqa: S608 - columns
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [(row[0], d.id.hex, *row[1:]) for row, (_n, d) in zip(rows, numbered, strict=True)],
    )
    words = [_indexed(row) for row in rows]
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
        f" ON CONFLICT (word) DO UPDATE SET documents = {_GROWN} WHERE {_GROWS}",
        list(vocabulary.count(" ".join(row[1:5]).split() for row in words).items()),
    )


def _numbered(cursor: CursorWrapper, documents: list[Document]) -> list[tuple[int, Document]]:
    """Give each document the place of its time, or a free one soon after, the newest first.

    FTS5 writes a segment whenever row numbers go back.
    """
    given: dict[int, Document] = {}
    waiting = [(document.place, document) for document in documents]
    reach = 1
    while waiting:
        places = ", ".join(["%s"] * len(waiting))
        cursor.execute(
            f"SELECT number FROM search_document WHERE number IN ({places})",  # noqa: S608
            [number for number, _document in waiting],
        )
        taken = {number for (number,) in cursor.fetchall()}
        still: list[Document] = []
        for number, document in waiting:
            if number in taken or number in given:
                still.append(document)
            else:
                given[number] = document
        reach *= 16
        # Later, so that what is dated to a day stays within it.
        waiting = [(d.place - random.randint(1, reach), d) for d in still]  # noqa: S311
    return sorted(given.items())


def _keys(document: Document) -> str:
    return " ".join(map(key_word, document.keys))


def _indexed(row: Row) -> Row:
    """Return a row of `search_document` as FTS5 is given it, now and when it is taken out."""
    number, title, subtitle, tags, body, keys = row
    return number, indexed(title), indexed(subtitle), indexed(tags), indexed(body), keys


def remove(cursor: CursorWrapper, ids: list[uuid.UUID]) -> None:
    """Take documents out."""
    hexes, places = [i.hex for i in ids], ", ".join(["%s"] * len(ids))
    cursor.execute(
        f"SELECT number, {_COLUMNS} FROM search_document WHERE id IN ({places}) ORDER BY number",  # noqa: S608
        hexes,
    )
    rows = [_indexed(row) for row in cursor.fetchall()]
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
    cursor.execute(f"DELETE FROM search_document WHERE id IN ({places})", hexes)  # noqa: S608
