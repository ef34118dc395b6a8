"""The clocks: what was committed is reported at the next poll, exactly once, and never lost."""

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
from tests.pagecache.databases import Database, PostgreSQL, SQLite, Writer, invalidation, site_on


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Database]:
    """Each kind of database, with an empty log."""
    if request.param == "sqlite":
        made: Database = SQLite(tmp_path_factory.mktemp("change_tracker") / "log.sqlite3")
    else:
        made = PostgreSQL(request.getfixturevalue("new_database")())
    with django_db_blocker.unblock(), site_on(made):
        with closing(made.writer()) as connection:
            connection.execute(invalidation(made, EVERYTHING))  # as after `migrate`
        yield made


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    """A connection of somebody else's, and a log that has just begun."""
    with closing(database.writer()) as connection:
        connection.execute("DELETE FROM pagecache_change")
        connection.execute(invalidation(database, EVERYTHING))  # as after `migrate`
        yield connection


@pytest.fixture
def tracker(writer: Writer) -> Iterator[ChangeTracker]:
    """A change_tracker that has looked once."""
    made = change_tracker()
    made.ack(made.poll().position)
    yield made
    made.reset()


def poll(tracker: ChangeTracker) -> set[str]:
    """Return what a poll reports, and take it for done."""
    changes = tracker.poll()
    tracker.ack(changes.position)
    return set(changes.tags)


class Transaction:
    """What one writer has written and not yet committed: a list for each savepoint."""

    def __init__(self, database: Database, connection: Writer) -> None:
        self._database = database
        self._connection = connection
        self._written: list[list[str]] = []
        self.is_open = False

    def begin(self) -> None:
        self._connection.execute(self._database.begin)
        self._written, self.is_open = [[]], True

    def write(self, text: str) -> None:
        self._connection.execute(invalidation(self._database, text))
        self._written[-1].append(text)

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
        return {text for texts in self._written for text in texts}

    def roll_back(self) -> None:
        self._connection.execute("ROLLBACK")
        self.is_open = False


DEEDS = st.sampled_from(["write", "write", "save", "go_back", "release", "commit", "roll_back"])


@given(deeds=st.lists(st.tuples(st.integers(0, 2), DEEDS | st.just("poll")), max_size=40))
def test_whatever_commits_in_whatever_order_is_reported_at_the_next_look_and_only_then(
    database: Database, deeds: list[tuple[int, str]]
) -> None:
    writers = [database.writer() for _ in range(database.writers)]
    transactions = [Transaction(database, connection) for connection in writers]
    tracker = change_tracker()
    tracker.ack(tracker.poll().position)
    committed: set[str] = set()
    try:
        for number, (which, deed) in enumerate(deeds):
            transaction = transactions[which % len(transactions)]
            if deed == "poll":
                assert tracker.is_current() is (database.name == "sqlite" and not committed)
                assert poll(tracker) == committed
                committed.clear()
                continue
            if not transaction.is_open:
                transaction.begin()
            match deed:
                case "write":
                    transaction.write(f"post:{number}")
                case "commit":
                    committed |= transaction.commit()
                case _:
                    getattr(transaction, deed)()
        assert poll(tracker) == committed
    finally:
        tracker.reset()
        for connection in writers:
            connection.close()


def test_what_was_kept_before_the_first_look_counts_for_nothing(writer: Writer) -> None:
    made = change_tracker()
    assert poll(made) == {EVERYTHING}
    assert poll(made) == set()
    made.reset()
    assert poll(made) == {EVERYTHING}
    made.reset()


def test_a_look_that_was_not_settled_is_made_again(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    writer.execute(invalidation(database, "post:1"))
    assert tracker.poll().tags == {"post:1"}
    assert tracker.poll().tags == {"post:1"}, "whoever looked may have died before acting on it"
    assert poll(tracker) == {"post:1"}
    assert poll(tracker) == set()


def test_a_log_that_was_pruned_beyond_what_was_seen_says_that_everything_moved(
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


def test_pruning_what_was_seen_moves_nothing(
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


def test_an_emptied_log_says_so_once(
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


def test_the_last_mark_says_whether_pages_may_be_kept(
    database: Database, writer: Writer, tracker: ChangeTracker
) -> None:
    writer.execute(invalidation(database, NOTHING))
    changes = tracker.poll()
    tracker.ack(changes.position)
    assert changes.may_cache is False
    begun_later = change_tracker()
    assert begun_later.poll().may_cache is False
    begun_later.reset()
    writer.execute(invalidation(database, "post:1"))
    assert tracker.poll().may_cache is None
    writer.execute(invalidation(database, EVERYTHING))
    assert tracker.poll().may_cache is True


def test_where_the_database_is_gone_nothing_is_proven_and_once_it_is_back_all_is_as_before(
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
    _break(database, writer, cache)
    assert cache.get(request) is None
    assert cache.count[NOT_VALIDATED] == 1
    assert cache.validate(), "it asks on a new connection"
    assert cache.get(request) is None, "what changes meanwhile, nobody knows"
    cache._tracker.reset()


def _break(database: Database, writer: Writer, cache: Cache) -> None:
    """Take the change_tracker's connection away."""
    if database.name == "sqlite":
        cache._tracker._connection._connection.connection.close()  # type: ignore[attr-defined]
        writer.execute(invalidation(database, "post:2"))
    else:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        writer.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.mark.skipif(connections["default"].vendor != "sqlite", reason="is about SQLite")
def test_a_connection_to_sqlite_in_memory_is_closed_too(db: None) -> None:
    """Django's own `close` leaves it open, and whichever test it is collected in would fail."""
    asking = _TrackerConnection()
    connection = asking._connection.connection
    asking.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the rows that clocks read."""
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
    """What only happens where several write at once."""

    def test_a_transaction_that_goes_on_for_long_makes_no_look_longer(
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

    def test_a_log_from_another_server_whose_count_was_higher_is_not_reported_for_ever(
        self, database: Database, writer: Writer, tracker: ChangeTracker
    ) -> None:
        writer.execute("DELETE FROM pagecache_change")
        writer.execute(f"INSERT INTO pagecache_change (stamp, epoch) VALUES ('*', {10**12})")
        tracker.reset()
        assert poll(tracker) == {EVERYTHING}
        for number in range(3):
            writer.execute(invalidation(database, f"post:{number}"))
            assert poll(tracker) == {f"post:{number}"}
