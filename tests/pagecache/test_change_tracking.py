"""Committed changes are reported at the next poll, exactly once, and never lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.change_tracking import ChangeTracker, _TrackerConnection, change_tracker
from broadsheet.pagecache.request_key import CacheRequest
from broadsheet.pagecache.stats import NOT_VALIDATED
from broadsheet.pagecache.tags import EVERYTHING, HEADER, NOTHING
from tests.pagecache.databases import (
    Database,
    PostgreSQL,
    SQLite,
    Writer,
    invalidation,
    use_database,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Database]:
    """Each kind of database, with an empty log."""
    if request.param == "sqlite":
        created: Database = SQLite(tmp_path_factory.mktemp("change_tracker") / "log.sqlite3")
    else:
        created = PostgreSQL(request.getfixturevalue("new_database")())
    with django_db_blocker.unblock(), use_database(created):
        with closing(created.writer()) as connection:
            connection.execute(invalidation(created, EVERYTHING))  # as after `migrate`
        yield created


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    """Another connection to the database, whose log is new."""
    with closing(database.writer()) as connection:
        connection.execute("DELETE FROM pagecache_change")
        connection.execute(invalidation(database, EVERYTHING))  # as after `migrate`
        yield connection


@pytest.fixture
def tracker(writer: Writer) -> Iterator[ChangeTracker]:
    """A change tracker that has polled once."""
    created = change_tracker()
    created.ack(created.poll().position)
    yield created
    created.reset()


def poll(tracker: ChangeTracker) -> set[str]:
    """Poll, acknowledge, and return the reported tags."""
    changes = tracker.poll()
    tracker.ack(changes.position)
    return set(changes.tags)


class Transaction:
    """The uncommitted tags of one connection: a list for each savepoint."""

    def __init__(self, database: Database, connection: Writer) -> None:
        self._database = database
        self._connection = connection
        self._written: list[list[str]] = []
        self.is_open = False

    def begin(self) -> None:
        self._connection.execute(self._database.begin)
        self._written, self.is_open = [[]], True

    def write(self, tag: str) -> None:
        self._connection.execute(invalidation(self._database, tag))
        self._written[-1].append(tag)

    def save(self) -> None:
        self._connection.execute(f"SAVEPOINT s{len(self._written)}")
        self._written.append([])

    def go_back(self) -> None:
        if len(self._written) > 1:
            self._connection.execute(f"ROLLBACK TO SAVEPOINT s{len(self._written) - 1}")
            self._written[-1].clear()

    def release(self) -> None:
        if len(self._written) > 1:
            self._connection.execute(f"RELEASE SAVEPOINT s{len(self._written) - 1}")
            last = self._written.pop()
            self._written[-1].extend(last)

    def commit(self) -> set[str]:
        self._connection.execute("COMMIT")
        self.is_open = False
        return {tag for tags in self._written for tag in tags}

    def roll_back(self) -> None:
        self._connection.execute("ROLLBACK")
        self.is_open = False


ACTIONS = st.sampled_from(["write", "write", "save", "go_back", "release", "commit", "roll_back"])


@pytest.mark.slow
@given(actions=st.lists(st.tuples(st.integers(0, 2), ACTIONS | st.just("poll")), max_size=40))
def test_commits_in_any_order_are_reported_exactly_once_at_the_next_poll(
    database: Database, actions: list[tuple[int, str]]
) -> None:
    writers = [database.writer() for _ in range(database.writers)]
    transactions = [Transaction(database, connection) for connection in writers]
    tracker = change_tracker()
    tracker.ack(tracker.poll().position)
    committed: set[str] = set()
    try:
        for number, (which, action) in enumerate(actions):
            transaction = transactions[which % len(transactions)]
            if action == "poll":
                assert tracker.is_current() is (database.name == "sqlite" and not committed)
                assert poll(tracker) == committed
                committed.clear()
                continue
            if not transaction.is_open:
                transaction.begin()
            match action:
                case "write":
                    transaction.write(f"post:{number}")
                case "commit":
                    committed |= transaction.commit()
                case _:
                    getattr(transaction, action)()
        assert poll(tracker) == committed
    finally:
        tracker.reset()
        for connection in writers:
            connection.close()


def test_the_first_poll_invalidates_everything(writer: Writer) -> None:
    created = change_tracker()
    assert poll(created) == {EVERYTHING}
    assert poll(created) == set()
    created.reset()
    assert poll(created) == {EVERYTHING}
    created.reset()


def test_a_poll_that_was_not_acknowledged_is_repeated(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    writer.execute(invalidation(database, "post:1"))
    assert tracker.poll().tags == {"post:1"}
    assert tracker.poll().tags == {"post:1"}, "the process may have ended before acting on it"
    assert poll(tracker) == {"post:1"}
    assert poll(tracker) == set()


def test_a_log_pruned_beyond_the_last_position_invalidates_everything(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    for number in range(5):
        writer.execute(invalidation(database, f"post:{number}"))
    assert len(poll(tracker)) == 5
    for number in range(5, 10):
        writer.execute(invalidation(database, f"post:{number}"))
    oldest = "(SELECT {0} FROM pagecache_change WHERE stamp = 'post:7')"
    column = "id" if database.name == "sqlite" else "epoch"
    writer.execute(f"DELETE FROM pagecache_change WHERE {column} < {oldest.format(column)}")
    assert EVERYTHING in poll(tracker)
    writer.execute(invalidation(database, "post:10"))
    assert poll(tracker) == {"post:10"}


def test_pruning_acknowledged_rows_invalidates_nothing(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    for number in range(5):
        writer.execute(invalidation(database, f"post:{number}"))
    poll(tracker)
    column = "id" if database.name == "sqlite" else "epoch"
    newest = f"(SELECT max({column}) FROM pagecache_change)"
    writer.execute(f"DELETE FROM pagecache_change WHERE {column} < {newest}")
    writer.execute(invalidation(database, "post:5"))
    assert poll(tracker) == {"post:5"}


def test_an_emptied_log_invalidates_everything_once(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    writer.execute(invalidation(database, "post:1"))
    poll(tracker)
    writer.execute("DELETE FROM pagecache_change")
    assert poll(tracker) == {EVERYTHING}
    writer.execute(invalidation(database, "post:2"))
    assert poll(tracker) & {EVERYTHING, "post:2"}
    writer.execute(invalidation(database, "post:3"))
    assert poll(tracker) == {"post:3"}


def test_the_last_marker_decides_whether_pages_may_be_cached(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    writer.execute(invalidation(database, NOTHING))
    changes = tracker.poll()
    tracker.ack(changes.position)
    assert changes.may_cache is False
    new_tracker = change_tracker()
    assert new_tracker.poll().may_cache is False
    new_tracker.reset()
    writer.execute(invalidation(database, "post:1"))
    assert tracker.poll().may_cache is None
    writer.execute(invalidation(database, EVERYTHING))
    assert tracker.poll().may_cache is True


def test_after_a_lost_connection_the_cache_reconnects_and_starts_empty(
    database: Database, writer: Writer
) -> None:
    cache = Cache()
    request = CacheRequest(
        {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", "PATH_INFO": "/"}, 0
    )
    assert cache.validate()
    rendering = cache.begin(request.key)
    cache.put(rendering, request, [(HEADER, "post:1"), ("Content-Type", "text/plain")], b"One")
    cache.end(rendering)
    assert cache.get(request) is not None
    _disconnect(database, writer, cache)
    assert cache.get(request) is None
    assert cache.count[NOT_VALIDATED] == 1
    assert cache.validate(), "it opens a new connection"
    assert cache.get(request) is None, "changes may have been missed meanwhile"
    cache._tracker.reset()


def _disconnect(database: Database, writer: Writer, cache: Cache) -> None:
    """Close the connection of the change tracker."""
    if database.name == "sqlite":
        cache._tracker._connection._connection.connection.close()  # type: ignore[attr-defined]
        writer.execute(invalidation(database, "post:2"))
    else:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        writer.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.mark.skipif(connections["default"].vendor != "sqlite", reason="is about SQLite")
def test_a_connection_to_in_memory_sqlite_is_closed(db: None) -> None:
    """Django's own `close` leaves it open, which would fail the test in which it is collected."""
    tracker_connection = _TrackerConnection()
    connection = tracker_connection._connection.connection
    tracker_connection.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that counts the rows that change trackers have read."""
    read: list[Any] = []
    execute = _TrackerConnection.execute

    def spy(self: _TrackerConnection, sql: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        found = execute(self, sql, parameters)
        read.extend(found)
        return found

    monkeypatch.setattr(_TrackerConnection, "execute", spy)
    return lambda: len(read)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
class TestPostgreSQL:
    """Cases that need several concurrent writers."""

    def test_a_long_transaction_does_not_slow_down_polls(
        self, database: Database, writer: Writer, tracker: ChangeTracker, rows: Callable[[], int]
    ) -> None:
        with closing(database.writer()) as slow:
            slow.execute("BEGIN")
            slow.execute(invalidation(database, "post:slow"))
            poll(tracker)
            many = [f"post:{number}" for number in range(1_000)]
            writer.execute(invalidation(database, *many))
            assert poll(tracker) == set(many)
            before = rows()
            writer.execute(invalidation(database, "post:last"))
            assert poll(tracker) == {"post:last"}
            assert rows() - before < 5
            slow.execute("COMMIT")
        assert poll(tracker) == {"post:slow"}

    def test_a_log_copied_from_a_server_with_higher_transaction_ids_is_reported_once(
        self, database: Database, writer: Writer, tracker: ChangeTracker
    ) -> None:
        writer.execute("DELETE FROM pagecache_change")
        writer.execute(f"INSERT INTO pagecache_change (stamp, epoch) VALUES ('*', {10**12})")
        tracker.reset()
        assert poll(tracker) == {EVERYTHING}
        for number in range(3):
            writer.execute(invalidation(database, f"post:{number}"))
            assert poll(tracker) == {f"post:{number}"}
