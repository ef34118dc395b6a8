"""Words in many documents: only the newest are fetched, and no result is missed."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from broadsheet import search
from broadsheet.search import Document, SearchFilters
from broadsheet.search.backends import postgresql
from broadsheet.search.backends.postgresql import Table

pytestmark = pytest.mark.django_db

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
COUNT = 600


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Index some documents, and lower the limit from which a word is common."""
    monkeypatch.setattr(postgresql, "COMMON", 5)
    monkeypatch.setattr(postgresql, "WORDS", Table("search_document", 1, 0))
    search.put(
        Document(
            uuid.UUID(int=n + 1),
            f"Number {n}",
            f"{'often' if n % 3 else 'seldom'} {'once' if n < 100 else 'later'} 読者の手紙",
            "",
            at=START + dt.timedelta(days=n),
        )
        for n in range(COUNT)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_document")


def numbers(query: str, within: SearchFilters = SearchFilters(), *, limit: int = 20) -> list[int]:  # noqa: B008
    return [id_.int - 1 for id_ in search.find_ids(query, within, limit=limit)]


@pytest.mark.usefixtures("many")
def test_the_newest_documents_come_first_and_only_they_are_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest = [n for n in reversed(range(COUNT)) if n % 3]
    assert numbers("often") == newest[:20]
    assert numbers("often", limit=300) == newest[:300]
    monkeypatch.setattr(postgresql, "OVERFETCH", 0.1)
    assert numbers("often") == newest[:20]  # too few were fetched, so all are


@pytest.mark.usefixtures("many")
def test_words_that_only_old_documents_have_are_found() -> None:
    assert numbers("once") == [*reversed(range(80, 100))]
    assert numbers("once often", limit=100) == [n for n in reversed(range(100)) if n % 3]


@pytest.mark.usefixtures("many")
def test_phrases_are_searched_in_the_newest_documents_with_their_words() -> None:
    assert numbers('"often later"') == [n for n in reversed(range(COUNT)) if n % 3][:20]
    assert numbers('"later often"') == []
    assert numbers("読者の") == [*reversed(range(COUNT - 20, COUNT))]


@pytest.mark.usefixtures("many")
def test_date_filters_apply_to_words_in_many_documents() -> None:
    until = SearchFilters(until=START + dt.timedelta(days=200))
    assert numbers("often", until) == [n for n in reversed(range(200)) if n % 3][:20]
    assert numbers("once", SearchFilters(since=START + dt.timedelta(days=90))) == [
        *reversed(range(90, 100))
    ]
