"""The index in SQLite: FTS5 over a plain table, which finds a document by its id.

The words' table has no text of its own (external content). It is kept in step by statements over
many rows: triggers, which go row by row, made putting documents in half as fast again.
"""

import uuid

from django.db.backends.utils import CursorWrapper

from broadsheet.search import marks, wide
from broadsheet.search.documents import Document, Hit
from broadsheet.search.query import Query, Term

CREATE = (
    """CREATE TABLE search_document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, body TEXT NOT NULL, tags TEXT NOT NULL, wide TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE search_word USING fts5(title, body, tags, wide,
    content='search_document', content_rowid='number',
    tokenize='porter unicode61 remove_diacritics 2')""",
)
DROP = ("DROP TABLE search_word", "DROP TABLE search_document")

_WEIGHTS = "10.0, 1.0, 5.0, 2.0"  # title, body, tags, wide


def add(cursor: CursorWrapper, documents: list[Document]) -> None:
    """Add documents whose ids are not there."""
    cursor.executemany(
        "INSERT INTO search_document (id, title, body, tags, wide) VALUES (%s, %s, %s, %s, %s)",
        [
            (d.id.hex, d.title, d.body, d.tags, wide.pairs(f"{d.title} {d.tags} {d.body}"))
            for d in documents
        ],
    )
    ids, places = _ids([d.id for d in documents])
    cursor.execute(
        "INSERT INTO search_word (rowid, title, body, tags, wide)"  # noqa: S608 - placeholders only
        f" SELECT number, title, body, tags, wide FROM search_document WHERE id IN ({places})",
        ids,
    )


def remove(cursor: CursorWrapper, ids: list[uuid.UUID]) -> None:
    """Take documents out; the words' table has to be told what it held."""
    hexes, places = _ids(ids)
    cursor.execute(
        "INSERT INTO search_word (search_word, rowid, title, body, tags, wide)"  # noqa: S608
        " SELECT 'delete', number, title, body, tags, wide FROM search_document"
        f" WHERE id IN ({places})",
        hexes,
    )
    cursor.execute(f"DELETE FROM search_document WHERE id IN ({places})", hexes)  # noqa: S608


def _ids(ids: list[uuid.UUID]) -> tuple[list[str], str]:
    """Return ids as they are kept, and as many placeholders."""
    return [i.hex for i in ids], ", ".join(["%s"] * len(ids))


def find(cursor: CursorWrapper, query: Query, limit: int, offset: int) -> list[Hit]:
    """Return what matches: first the places in the order, then the text of those alone."""
    expression = _match(query)
    cursor.execute(
        f"SELECT d.number FROM search_word JOIN search_document d ON d.number = search_word.rowid"  # noqa: S608
        f" WHERE search_word MATCH %s ORDER BY bm25(search_word, {_WEIGHTS}), d.id"
        " LIMIT %s OFFSET %s",
        [expression, limit, offset],
    )
    numbers = [number for (number,) in cursor.fetchall()]
    places = ", ".join(["%s"] * len(numbers))
    cursor.execute(
        "SELECT search_word.rowid, d.id, highlight(search_word, 0, %s, %s),"  # noqa: S608
        " snippet(search_word, 1, %s, %s, '…', 32), d.body"
        " FROM search_word JOIN search_document d ON d.number = search_word.rowid"
        f" WHERE search_word MATCH %s AND search_word.rowid IN ({places})",
        [marks.START, marks.END, marks.START, marks.END, expression, *numbers],
    )
    found = {number: _hit(query, *row) for number, *row in cursor.fetchall()}
    return [found[number] for number in numbers]


def _hit(query: Query, id_: str, title: str, snippet: str, body: str) -> Hit:
    runs = query.wide_runs
    if runs and marks.START not in snippet:
        snippet = wide.snippet(body, runs)
    if runs and marks.START not in title:
        title = wide.mark(title, runs)
    return Hit(uuid.UUID(id_), marks.to_html(title), marks.to_html(snippet))


def _match(query: Query) -> str:
    """Return the query in FTS5's language; every word of the person's is quoted."""
    wanted = " AND ".join(_term(term) for term in query.terms)
    if not query.excluded:
        return wanted
    unwanted = " OR ".join(_term(term) for term in query.excluded)
    return f"({wanted}) NOT ({unwanted})"


def _term(term: Term) -> str:
    """Return a term; a word that may go on ranks higher where it does not."""
    parts = [
        f"{_quoted(wide.phrase(run))}{' *' if len(run) == 1 else ''}"
        for run in wide.runs(term.text)
    ]
    rest = _quoted(wide.without_runs(term.text))
    if any(c.isalnum() for c in rest):
        is_open = term.is_open and len(rest) > len('"a"')
        parts.append(f"({rest} OR {rest} *)" if is_open else rest)
    return f"({' AND '.join(parts)})"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
