"""Front files: how far the log was read is shared by all processes, on either database."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from broadsheet.pagecache import nodes
from broadsheet.pagecache.clocks import PostgreSQLClock
from broadsheet.pagecache.front import places
from broadsheet.pagecache.front.files import File, Front
from broadsheet.pagecache.tags import EVERYTHING
from tests.pagecache.databases import Database, PostgreSQL, SQLite, invalidation, site_on


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Database]:
    """Each kind of database, with a log that has just begun."""
    if request.param == "sqlite":
        made: Database = SQLite(tmp_path / "log.sqlite3")
    else:
        made = PostgreSQL(request.getfixturevalue("new_database")())
    with django_db_blocker.unblock(), site_on(made):
        with closing(made.writer()) as connection:
            connection.execute(invalidation(made, EVERYTHING))
        yield made


@pytest.fixture
def fronts(database: Database, tmp_path: Path) -> Iterator[list[Front]]:
    """The same files, as two processes have them."""
    both = [Front(tmp_path / "front", lambda: "1") for _ in range(2)]
    for front in both:
        front.reconcile()
    yield both
    for front in both:
        front.rest()


def put(front: Front, *stamps: str) -> bool:
    files = (File(f"kind/{s}.page", b"page", None, frozenset({s})) for s in stamps)
    return all(front.put(file, lambda: True) for file in files)


def there(front: Front) -> set[str]:
    return {Path(path).stem for path in places.pages_in(front.pages)}


def test_what_either_has_read_is_read_for_both(database: Database, fronts: list[Front]) -> None:
    one, other = fronts
    with closing(database.writer()) as connection:
        assert put(one, "a", "b")
        connection.execute(invalidation(database, "a"))
        other.catch_up()
        assert there(one) == {"b"}
        assert put(other, "a"), "made after the change, so no reason to remove it"
        one.catch_up()
        assert there(one) == {"a", "b"}
        connection.execute(invalidation(database, "b"))
        one.catch_up()
        other.catch_up()
        assert there(one) == {"a"}
        connection.execute("DELETE FROM pagecache_change")
        connection.execute(invalidation(database, "c"))
        other.catch_up()
        assert there(one) == set(), "a log that is not whole may have said anything"


def test_a_transaction_counts_when_it_commits_and_not_by_its_number(
    database: Database, fronts: list[Front]
) -> None:
    if isinstance(database, SQLite):
        return  # where one writes at a time
    one, other = fronts
    with closing(database.writer()) as early, closing(database.writer()) as late:
        put(one, "early", "late")
        early.execute("BEGIN")
        early.execute(invalidation(database, "early"))
        late.execute(invalidation(database, "late"))
        other.catch_up()
        assert there(one) == {"early"}
        early.execute("COMMIT")
        one.catch_up()
        assert there(one) == set()


def test_another_node_on_the_database_ends_it_for_as_long_as_it_is_there(
    database: Database, fronts: list[Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(database, SQLite):
        return  # a file, for one machine
    one, other = fronts
    assert put(one, "a")
    node = PostgreSQLClock()
    with monkeypatch.context() as patch:
        patch.setattr(nodes, "_own_number", lambda: 7)
        node.look()
    one.catch_up()
    assert one.has_company
    assert there(one) == set()
    assert not put(other, "a")
    node.forget()
    with psycopg.connect(database.url) as connection:
        gone = "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7"
        while connection.execute(gone).fetchone() != (True,):
            connection.rollback()
    connection.close()
    assert put(other, "a")
