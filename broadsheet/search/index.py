"""The index: add and remove documents, and search them."""

import uuid
from collections.abc import Iterable
from itertools import batched
from types import ModuleType

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from broadsheet.search.backends import postgresql, sqlite
from broadsheet.search.documents import Document, Hit, SearchFilters
from broadsheet.search.excerpt import Highlighter
from broadsheet.search.expansion import DocumentText, ExpandedQuery
from broadsheet.search.query import Query

MAX_POSITION = 1_000  # in a list of hits; no one reads further

_BACKENDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
_BATCH_SIZE = 500
_EVERYTHING = SearchFilters()


def backend(vendor: str) -> ModuleType:
    """Return the module of the index in databases of `vendor`."""
    return _BACKENDS[vendor]


def current_backend() -> ModuleType:
    """Return the module of the index in the default database."""
    return backend(connection.vendor)


def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same id, in the caller's transaction."""
    for batch in batched(documents, _BATCH_SIZE):
        by_id = {document.id: document.cleaned() for document in batch}
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().remove(cursor, list(by_id))
            current_backend().add(cursor, list(by_id.values()))


def add(documents: Iterable[Document]) -> None:
    """Add documents that are not in the index, in the caller's transaction."""
    for batch in batched(documents, _BATCH_SIZE):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().add(cursor, [document.cleaned() for document in batch])


def remove(ids: Iterable[uuid.UUID]) -> None:
    """Remove documents, in the caller's transaction; unknown ids are ignored."""
    for batch in batched(ids, _BATCH_SIZE):
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            current_backend().remove(cursor, list(batch))


def clear() -> None:
    """Remove all documents and the vocabulary."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for statement in current_backend().EMPTY:
            cursor.execute(statement)


def find(
    query: str, filters: SearchFilters = _EVERYTHING, *, limit: int = 20, offset: int = 0
) -> list[Hit]:
    """Return the documents that match all words of `query`, best first.

    `"quoted words"` are a phrase, `-word` must not occur, and the last word also matches as a
    prefix. Every text is a valid query. Results end at `MAX_POSITION`.
    """
    parsed = Query.parse(query)
    with connection.cursor() as cursor:
        expanded = ExpandedQuery.of(cursor, parsed, filters)
        matches = _matches(cursor, expanded, limit, offset)
        texts = current_backend().texts(cursor, matches) if matches else []
    completions = [words for alternatives in expanded.required for words in alternatives[1:]]
    highlighter = Highlighter(parsed, completions)
    return [_hit(highlighter, text) for text in texts]


def find_ids(
    query: str, filters: SearchFilters = _EVERYTHING, *, limit: int = MAX_POSITION, offset: int = 0
) -> list[uuid.UUID]:
    """Return the ids of the documents that `find` returns."""
    with connection.cursor() as cursor:
        expanded = ExpandedQuery.of(cursor, Query.parse(query), filters)
        matches = _matches(cursor, expanded, limit, offset)
        ids: list[uuid.UUID] = current_backend().ids(cursor, matches) if matches else []
    return ids


def suggest(query: str, *, limit: int = 8) -> list[uuid.UUID]:
    """Return the newest documents whose titles have all words of `query`."""
    backend = current_backend()
    with connection.cursor() as cursor:
        expanded = ExpandedQuery.of(cursor, Query.parse(query), _EVERYTHING)
        matches = backend.title_matches(cursor, expanded, limit) if expanded.required else []
        ids: list[uuid.UUID] = backend.ids(cursor, matches) if matches else []
    return ids


def _matches(cursor: CursorWrapper, query: ExpandedQuery, limit: int, offset: int) -> list[object]:
    """Return the backend's references to the matching documents."""
    limit = min(limit, MAX_POSITION - offset)
    if not query.required or limit <= 0 or offset < 0:
        return []
    matches: list[object] = current_backend().matches(cursor, query, limit, offset)
    return matches


def _hit(highlighter: Highlighter, text: DocumentText) -> Hit:
    has_better_subtitle = highlighter.matches(text.subtitle) and not highlighter.matches(text.body)
    source = text.subtitle if has_better_subtitle else text.body or text.subtitle
    return Hit(text.id, highlighter.highlight(text.title), highlighter.snippet(source))
