"""Updating the index: documents are added, changed and removed in the same transaction."""

import random
import uuid

import pytest
from django.db import connection, transaction

from broadsheet import search
from broadsheet.search import Document

pytestmark = pytest.mark.django_db


def document(number: int, title: str) -> Document:
    return Document(uuid.UUID(int=number), title, f"body of {title}", "tag")


def titles(query: str) -> list[str]:
    return [h.title.replace("<mark>", "").replace("</mark>", "") for h in search.find(query)]


def test_adding_a_document_again_replaces_it() -> None:
    search.put([document(1, "first version")])
    search.put([document(1, "second version")])
    assert titles("version") == ["second version"]
    assert titles("first") == []


def test_the_last_version_of_a_document_in_a_batch_is_indexed() -> None:
    search.put([document(1, "first version"), document(1, "second version")])
    assert titles("version") == ["second version"]


def test_a_removed_document_is_not_found_and_unknown_ids_are_ignored() -> None:
    search.put([document(1, "keep"), document(2, "drop")])
    search.remove([uuid.UUID(int=2), uuid.UUID(int=3)])
    search.remove([])
    assert titles("keep") == ["keep"]
    assert titles("drop") == []


def test_thousands_of_documents_are_indexed_at_once() -> None:
    search.put(document(n, f"number {n}") for n in range(1, 1_301))
    assert len(search.find("number", limit=1_000)) == 1_000
    search.remove(uuid.UUID(int=n) for n in range(1, 1_301))
    assert search.find("number") == []


def test_the_index_is_rolled_back_with_its_transaction() -> None:
    search.put([document(1, "stays")])
    with transaction.atomic():
        search.put([document(1, "changed"), document(2, "added")])
        transaction.set_rollback(True)
    assert titles("stays") == ["stays"]
    assert titles("changed") == titles("added") == []


def test_a_very_long_body_is_indexed() -> None:
    search.put([Document(uuid.UUID(int=1), "long", "word " * 300_000 + "x" * 100_000, "")])
    assert titles("long") == ["long"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "last"), [("\u4e00", "\u9fff"), ("a", "z"), ("\U0001d400", "\U0001d6a3")]
)
def test_a_body_without_repeated_words_is_indexed(first: str, last: str) -> None:
    draw = random.Random(1)
    characters = [chr(code) for code in range(ord(first), ord(last) + 1)]
    words = ["".join(draw.choices(characters, k=4)) for _ in range(40_000)]
    search.put([Document(uuid.UUID(int=1), "long", " ".join(words), "tagged")])
    assert titles("long") == titles("tagged") == titles(words[0]) == titles(words[9]) == ["long"]


def test_the_number_of_documents_of_a_word_is_roughly_right() -> None:
    for number in range(200):
        search.put([document(number, "common")])
    search.put([document(200, "commonplace")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, documents FROM search_vocabulary WHERE word LIKE 'common%%'")
        counts = dict(cursor.fetchall())
    assert 50 < counts["common"] < 1_000  # the counter is probabilistic
    assert counts["commonplace"] == 1


def test_removing_documents_uses_an_index() -> None:
    ids = [f"'{uuid.UUID(int=n)}'" for n in (1, 2)]
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off" if explain == "EXPLAIN" else "SELECT 1")
        cursor.execute(f"{explain} DELETE FROM search_document WHERE id IN ({', '.join(ids)})")
        assert "index" in str(cursor.fetchall()).lower()
