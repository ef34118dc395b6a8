"""Change tracking: reports the invalidated cache tags before a page is served."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache.sqlite_wal import WalIndexHeader
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

#: Query for the newest mark, which tells whether pages may be cached.
_LAST_MARK = (
    f"SELECT stamp FROM pagecache_change WHERE stamp IN ('{EVERYTHING}', '{NOTHING}')"
    " ORDER BY id DESC LIMIT 1"
)


class Changes(NamedTuple):
    """Tags invalidated since the last poll.

    `may_cache` is whether pages may be cached from now on (None: as before); `position` is what to
    acknowledge.
    """

    tags: frozenset[str]
    may_cache: bool | None
    position: Any


class ChangeTracker(Protocol):
    """Reads the change log. Only one thread at a time calls `poll` and `ack`.

    Raises DatabaseError if the database does not answer. `snapshot` is PostgreSQL's snapshot of the
    last poll, or empty.
    """

    snapshot: str

    def is_current(self) -> bool:
        """Return whether it is certain, without a poll, that nothing was written."""

    def poll(self) -> Changes:
        """Return the tags invalidated since the last acknowledged poll."""

    def ack(self, position: Any) -> None:
        """Acknowledge a poll: no page with its tags is served any more."""

    def reset(self) -> None:
        """Start from the beginning, after an error."""


class _TrackerConnection:
    """A separate connection to the site's database, for one thread at a time."""

    def __init__(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS].copy()
        connection_watchdog.register(self._connection)  # before it is opened, which can hang too
        self._connection.ensure_connection()  # unlike `connect`, it raises Django's own errors
        self._connection.inc_thread_sharing()

    def execute(self, sql: str, params: tuple[object, ...] = ()) -> list[Any]:
        """Return the rows; skips the layers that a page's queries go through."""
        with self._connection.wrap_database_errors:
            rows: list[Any] = self._connection.connection.execute(sql, params).fetchall()
        return rows

    def current_snapshot(self) -> str:
        """Return PostgreSQL's current snapshot.

        This runs before every page, so through libpq: a cursor takes four times the CPU time.
        """
        with self._connection.wrap_database_errors:
            result = self._connection.connection.pgconn.exec_(b"SELECT pg_current_snapshot()")
        if result.error_message:
            raise OperationalError(result.error_message.decode(errors="replace"))
        snapshot: str = result.get_value(0, 0).decode()
        return snapshot

    def close(self) -> None:
        """Close the connection, also for in-memory SQLite, whose own `close` does nothing."""
        BaseDatabaseWrapper.close(self._connection)


def change_tracker() -> ChangeTracker:
    """Return the change tracker for the site's database."""
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        return SQLiteChangeTracker()
    return PostgreSQLChangeTracker()


def _first_changes(connection: _TrackerConnection, position: Any) -> Changes:
    """Return the result of the first poll: everything cached before is invalid."""
    marks = connection.execute(_LAST_MARK)
    return Changes(frozenset({EVERYTHING}), marks != [(NOTHING,)], position)


def _changes(rows: Iterable[tuple[int, str]], *, is_complete: bool, position: Any) -> Changes:
    """Return the changes in rows of the log; if rows were pruned, everything is invalidated."""
    tags = [tag for _pk, tag in sorted(rows)]
    marks = [tag for tag in tags if tag in {EVERYTHING, NOTHING}]
    may_cache = marks[-1] == EVERYTHING if marks else None
    return Changes(frozenset(tags if is_complete else {EVERYTHING}), may_cache, position)


class SQLiteChangeTracker:
    """Asks SQLite whether any other connection has committed.

    `PRAGMA data_version` tells; in WAL mode the header of the WAL index tells the same without a
    lock and a system call.
    """

    snapshot = ""

    def __init__(self) -> None:
        self._connection: _TrackerConnection | None = None
        self._version: Callable[[], object] = object
        self._acked_version: object = None
        self._last_id = -1

    def is_current(self) -> bool:
        """Return whether no connection has written since the last poll."""
        return self._version() == self._acked_version

    def poll(self) -> Changes:
        """Return the invalidated tags. Reads the version first: later changes differ again."""
        if self._connection is None:
            self._connection = _TrackerConnection()
            self._version = _version_reader(self._connection)
        connection = self._connection
        version = self._version()
        if self._last_id < 0:
            [(last_id,)] = connection.execute("SELECT coalesce(max(id), 0) FROM pagecache_change")
            return _first_changes(connection, (version, last_id))
        query = "SELECT id, stamp FROM pagecache_change WHERE id >= ? ORDER BY id"
        rows = connection.execute(query, (self._last_id,))
        is_complete = bool(rows) and rows[0][0] == self._last_id
        last_id = rows[-1][0] if rows else 0
        return _changes(rows[is_complete:], is_complete=is_complete, position=(version, last_id))

    def ack(self, position: Any) -> None:
        """Store the version and the last row."""
        self._acked_version, self._last_id = position

    def reset(self) -> None:
        """Close the connection; the next poll invalidates everything."""
        connection, self._connection = self._connection, None
        self._version, self._acked_version, self._last_id = object, None, -1
        if connection is not None:
            connection.close()


def _version_reader(connection: _TrackerConnection) -> Callable[[], object]:
    """Return a function whose value differs after each commit by another connection."""
    [(_number, _name, file)] = connection.execute("PRAGMA database_list")
    [(mode,)] = connection.execute("PRAGMA journal_mode")
    if mode == "wal":
        try:
            return WalIndexHeader(Path(file)).read
        except (OSError, ValueError):
            pass
    return lambda: connection.execute("PRAGMA data_version")


class PostgreSQLChangeTracker:
    """Asks for the tags of transactions that were not visible at the last poll.

    Rows become visible in the order of commits, not of ids. A snapshot, `xmin:xmax:in progress`,
    sees the transactions below `xmax` that were committed, except those in progress. While it stays
    the same, nothing new is visible; otherwise the new rows are those of the transactions it did
    not see. So pruning must delete the rows with the lowest epochs first.
    """

    _NEVER = 2**63 - 1  # the epoch of no transaction
    _QUERY = (
        "SELECT 0, pg_current_snapshot()::text,"
        f" (SELECT coalesce(min(epoch), {_NEVER}) FROM pagecache_change)"
        " UNION ALL SELECT id, stamp, epoch FROM pagecache_change"
        # The upper bound excludes rows restored from another server with higher numbers.
        " WHERE epoch >= %s AND epoch < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        " OR epoch = ANY(%s)"
    )

    def __init__(self) -> None:
        self._connection: _TrackerConnection | None = None
        self.snapshot, self._first_epoch = "", 0

    def is_current(self) -> bool:
        """Return False: only a poll can tell."""
        return False

    def poll(self) -> Changes:
        """Return the tags invalidated by transactions that have become visible."""
        if self._connection is None:
            self._connection = _TrackerConnection()
        connection = self._connection
        if not self.snapshot:
            (_id, *position), *_rows = sorted(connection.execute(self._QUERY, (self._NEVER, [])))
            return _first_changes(connection, position)
        if connection.current_snapshot() == self.snapshot:
            return Changes(frozenset(), None, (self.snapshot, self._first_epoch))
        xmin, xmax, in_progress = self.snapshot.split(":")
        params = int(xmax), [int(epoch) for epoch in in_progress.split(",") if epoch]
        (_id, *position), *rows = sorted(connection.execute(self._QUERY, params))
        is_complete = position[1] <= max(self._first_epoch, int(xmin) - 1)
        return _changes([row[:2] for row in rows], is_complete=is_complete, position=position)

    def ack(self, position: Any) -> None:
        """Store the snapshot and the first epoch of the log."""
        self.snapshot, self._first_epoch = position

    def reset(self) -> None:
        """Close the connection; the next poll invalidates everything."""
        connection, self._connection = self._connection, None
        self.snapshot = ""
        if connection is not None:
            connection.close()
