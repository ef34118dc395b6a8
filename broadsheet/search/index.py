"""The index: put documents in, take them out, find them."""

import uuid
from collections.abc import Iterable
from itertools import batched
from types import ModuleType

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from broadsheet.search import postgresql, postgresql_find, sqlite, sqlite_find
from broadsheet.search.asked import Asked
from broadsheet.search.documents import Document, Hit, Within
from broadsheet.search.excerpt import Marker
from broadsheet.search.query import Query

DEEPEST = 1_000  # the last place in a list of hits; nobody reads further

_BACKENDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
_FINDERS: dict[str, ModuleType] = {"sqlite": sqlite_find, "postgresql": postgresql_find}
_BATCH = 500
_ANYWHERE = Within()


def backend(vendor: str) -> ModuleType:
    """Return the module that keeps the index in databases of `vendor`."""
    return _BACKENDS[vendor]


def finder() -> ModuleType:
    """Return the module that finds in the database at hand."""
    return _FINDERS[connection.vendor]


def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same id, in the caller's transaction."""
    kept = backend(connection.vendor)
    for rows in batched(documents, _BATCH):
        latest = {row.id: row.storable() for row in rows}
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            kept.remove(cursor, list(latest))
            kept.add(cursor, list(latest.values()))


def add(documents: Iterable[Document]) -> None:
    """Add documents that are not there, in the caller's transaction."""
    for rows in batched(documents, _BATCH):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            backend(connection.vendor).add(cursor, [row.storable() for row in rows])


def remove(ids: Iterable[uuid.UUID]) -> None:
    """Take documents out, in the caller's transaction; unknown ids are passed over."""
    for some in batched(ids, _BATCH):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            backend(connection.vendor).remove(cursor, list(some))


def clear() -> None:
    """Take everything out, and forget the words."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for statement in backend(connection.vendor).EMPTY:
            cursor.execute(statement)


def find(query: str, within: Within = _ANYWHERE, *, limit: int = 20, offset: int = 0) -> list[Hit]:
    """Return the documents that match all words of `query`, best first.

    `"words in quotes"` stand together, `-word` must not occur, and the last word also matches
    longer ones that begin with it. Any text is a valid query. There is nothing to be found
    beyond `DEEPEST`: `offset` and `limit` end there.
    """
    parsed = Query.parse(query)
    with connection.cursor() as cursor:
        asked = Asked.of(cursor, parsed, within)
        found = _matches(cursor, asked, limit, offset)
        texts = finder().texts(cursor, found) if found else []
    longer = [words for alternatives in asked.wanted for words in alternatives[1:]]
    marker = Marker(parsed, longer)
    return [_hit(marker, text.id, text.title, text.subtitle, text.body) for text in texts]


def find_ids(
    query: str, within: Within = _ANYWHERE, *, limit: int = DEEPEST, offset: int = 0
) -> list[uuid.UUID]:
    """Return only the ids of what `find` finds."""
    with connection.cursor() as cursor:
        asked = Asked.of(cursor, Query.parse(query), within)
        found = _matches(cursor, asked, limit, offset)
        ids: list[uuid.UUID] = finder().ids(cursor, found) if found else []
    return ids


def suggest(query: str, *, limit: int = 8) -> list[uuid.UUID]:
    """Return the newest documents whose titles have all words of `query`."""
    with connection.cursor() as cursor:
        asked = Asked.of(cursor, Query.parse(query), _ANYWHERE)
        found = finder().headed(cursor, asked, limit) if asked.wanted else []
        ids: list[uuid.UUID] = finder().ids(cursor, found) if found else []
    return ids


def _matches(cursor: CursorWrapper, asked: Asked, limit: int, offset: int) -> list[object]:
    """Return how the database refers to what matches."""
    limit = min(limit, DEEPEST - offset)
    if not asked.wanted or limit <= 0 or offset < 0:
        return []
    found: list[object] = finder().matches(cursor, asked, limit, offset)
    return found


def _hit(marker: Marker, id_: uuid.UUID, title: str, subtitle: str, body: str) -> Hit:
    shown = subtitle if subtitle and marker.finds(subtitle) and not marker.finds(body) else body
    return Hit(id_, marker.mark(title), marker.snippet(shown or subtitle))
