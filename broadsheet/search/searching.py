"""Search the index."""

import uuid

from django.db import connection
from django.db.backends.utils import CursorWrapper

from broadsheet.search.backends import current_backend
from broadsheet.search.documents import Hit, SearchFilters
from broadsheet.search.excerpt import Highlighter
from broadsheet.search.expansion import DocumentText, ExpandedQuery
from broadsheet.search.query import Query

MAX_POSITION = 1_000  # in a list of hits; no one reads further

_EVERYTHING = SearchFilters()


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
