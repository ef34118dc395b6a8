"""The index: put documents in, take them out, find them."""

import uuid
from collections.abc import Iterable
from itertools import batched
from types import ModuleType

from django.db import connection, transaction

from broadsheet.search import postgresql, sqlite
from broadsheet.search.documents import Document, Hit
from broadsheet.search.query import Query

DEEPEST = 1_000  # the last place in a list of hits; nobody reads further, and each costs a sort

_BACKENDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
_BATCH = 500


def backend(vendor: str) -> ModuleType:
    """Return the module that keeps the index in databases of `vendor`."""
    return _BACKENDS[vendor]


def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same id, in the caller's transaction."""
    kept = backend(connection.vendor)
    for rows in batched(documents, _BATCH):
        latest = {row.id: row.storable() for row in rows}
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            kept.remove(cursor, list(latest))
            kept.add(cursor, list(latest.values()))


def remove(ids: Iterable[uuid.UUID]) -> None:
    """Take documents out, in the caller's transaction; unknown ids are passed over."""
    for some in batched(ids, _BATCH):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            backend(connection.vendor).remove(cursor, list(some))


def find(query: str, *, limit: int = 20, offset: int = 0) -> list[Hit]:
    """Return the documents that match all words of `query`, best first, then by id.

    `"words in quotes"` stand together, `-word` must not occur, and the last word also matches
    longer ones that begin with it. Any text is a valid query. There is nothing to be found
    beyond `DEEPEST`: `offset` and `limit` end there.
    """
    parsed = Query.parse(query)
    limit = min(limit, DEEPEST - offset)
    if not parsed.terms or limit <= 0 or offset < 0:
        return []
    with connection.cursor() as cursor:
        hits: list[Hit] = backend(connection.vendor).find(cursor, parsed, limit, offset)
    return hits
