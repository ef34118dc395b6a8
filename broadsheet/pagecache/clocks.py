"""What tells whether anything has changed: one question to the database before a page is served."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache import wal
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

#: The last word on whether pages may be kept.
_MARK = f"SELECT stamp FROM pagecache_change WHERE stamp IN ('{EVERYTHING}', '{NOTHING}')"
_LAST_MARK = f"{_MARK} ORDER BY id DESC LIMIT 1"


class Moved(NamedTuple):
    """Tags invalidated since the last look.

    `may_keep` is whether pages may be kept from now on (None: as before); `now` is what to
    remember for the next look.
    """

    tags: frozenset[str]
    may_keep: bool | None
    now: Any


class Clock(Protocol):
    """Reads the log of changes. One thread at a time calls `look` and `settle`.

    Raises DatabaseError where the database does not answer. `is_quick`: it is a file at hand.
    `seen`: PostgreSQL's snapshot of the last look, empty where there is none.
    """

    is_quick: bool
    seen: str

    def is_current(self) -> bool:
        """Return whether it is certain, without a look at the log, that nothing was written."""

    def look(self) -> Moved:
        """Return the tags invalidated since the last settled look."""

    def settle(self, now: Any) -> None:
        """Take the look for done: what moved is not served any more."""

    def forget(self) -> None:
        """Begin anew, after an error."""


class _Asking:
    """A connection of its own to the site's database, for one thread at a time."""

    def __init__(self) -> None:
        self._own = connections[DEFAULT_DB_ALIAS].copy()
        connection_watchdog.register(self._own)  # also while it is being made
        self._own.ensure_connection()  # and not `connect`, which raises the driver's own errors
        self._own.inc_thread_sharing()

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """Return the rows, without the layers that a page's own queries go through."""
        with self._own.wrap_database_errors:
            found: list[Any] = self._own.connection.execute(sql, parameters).fetchall()
        return found

    def current_snapshot(self) -> str:
        """Return PostgreSQL's name for what is visible now.

        Asked before every page, so of libpq itself: a cursor takes four times the processor's time.
        """
        with self._own.wrap_database_errors:
            answer = self._own.connection.pgconn.exec_(b"SELECT pg_current_snapshot()")
        if answer.error_message:
            raise OperationalError(answer.error_message.decode(errors="replace"))
        snapshot: str = answer.get_value(0, 0).decode()
        return snapshot

    def close(self) -> None:
        """Give the connection up; SQLite's in memory too, whose own `close` does nothing."""
        BaseDatabaseWrapper.close(self._own)


def clock() -> Clock:
    """Return the clock of the site's database."""
    clocks: dict[str, type[Clock]] = {"sqlite": SQLiteClock, "postgresql": PostgreSQLClock}
    return clocks[connections[DEFAULT_DB_ALIAS].vendor]()


def _first(connection: _Asking, now: Any) -> Moved:
    """Return the first look's finding: whatever was kept before counts for nothing."""
    marks = connection.execute(_LAST_MARK)
    return Moved(frozenset({EVERYTHING}), marks != [(NOTHING,)], now)


def _moved(rows: Iterable[tuple[int, str]], *, is_whole: bool, now: Any) -> Moved:
    """Return what `rows` of the log say; where it is not whole any more, everything moved."""
    found = [tag for _pk, tag in sorted(rows)]
    marks = [tag for tag in found if tag in {EVERYTHING, NOTHING}]
    tags = frozenset(found) if is_whole else frozenset({EVERYTHING})
    return Moved(tags, marks[-1] == EVERYTHING if marks else None, now)


class SQLiteClock:
    """Asks SQLite itself whether any other connection has committed.

    `PRAGMA data_version` says so; in WAL mode the header of the shared memory says the same without
    a lock and a system call.
    """

    is_quick = True
    seen = ""

    def __init__(self) -> None:
        self._connection: _Asking | None = None
        self._version: Callable[[], object] = object
        self._seen: object = None
        self._newest = -1

    def is_current(self) -> bool:
        """Return whether no connection has written since the last look."""
        return self._version() == self._seen

    def look(self) -> Moved:
        """Return the invalidated tags. Reads the version first: later changes differ again."""
        if self._connection is None:
            self._connection = _Asking()
            self._version = _version_of(self._connection)
        connection = self._connection
        version = self._version()
        if self._newest < 0:
            [(newest,)] = connection.execute("SELECT coalesce(max(id), 0) FROM pagecache_change")
            return _first(connection, (version, newest))
        since = "SELECT id, stamp FROM pagecache_change WHERE id >= ? ORDER BY id"
        rows = connection.execute(since, (self._newest,))
        is_whole = bool(rows) and rows[0][0] == self._newest
        newest = rows[-1][0] if rows else 0
        return _moved(rows[is_whole:], is_whole=is_whole, now=(version, newest))

    def settle(self, now: Any) -> None:
        """Remember the version and the last row seen."""
        self._seen, self._newest = now

    def forget(self) -> None:
        """Ask on a new connection, and trust nothing kept."""
        connection, self._connection = self._connection, None
        self._version, self._seen, self._newest = object, None, -1
        if connection is not None:
            connection.close()


def _version_of(connection: _Asking) -> Callable[[], object]:
    """Return what gives another value after each commit by another connection."""
    [(_number, _name, file)] = connection.execute("PRAGMA database_list")
    [(mode,)] = connection.execute("PRAGMA journal_mode")
    if mode == "wal":
        try:
            return wal.Glance(Path(file)).header
        except (OSError, ValueError):
            pass
    return lambda: connection.execute("PRAGMA data_version")


class PostgreSQLClock:
    """Asks for the tags of transactions that the last look did not show.

    Rows become visible in the order of commits, not of ids. A snapshot, `xmin:xmax:under way`,
    shows what was committed by transactions below `xmax`, but for those that were under way. As
    long as it is the same, nothing became visible; else, what did are the rows of those it did not
    show. Where the log is pruned, the rows of the lowest epochs must go first.
    """

    is_quick = False
    _NEVER = 2**63 - 1  # the epoch of no transaction
    _SINCE = (
        "SELECT 0, pg_current_snapshot()::text,"
        f" (SELECT coalesce(min(epoch), {_NEVER}) FROM pagecache_change)"
        " UNION ALL SELECT id, stamp, epoch FROM pagecache_change"
        # The upper bound leaves out what was restored from another server, whose count was higher.
        " WHERE epoch >= %s AND epoch < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        " OR epoch = ANY(%s)"
    )

    def __init__(self) -> None:
        self._connection: _Asking | None = None
        self.seen, self._oldest = "", 0

    def is_current(self) -> bool:
        """Return False: only a look can tell."""
        return False

    def look(self) -> Moved:
        """Return the tags invalidated by transactions that have become visible."""
        if self._connection is None:
            self._connection = _Asking()
        connection = self._connection
        if not self.seen:
            (_id, *now), *_rows = sorted(connection.execute(self._SINCE, (self._NEVER, [])))
            return _first(connection, now)
        if connection.current_snapshot() == self.seen:
            return Moved(frozenset(), None, (self.seen, self._oldest))
        xmin, xmax, under_way = self.seen.split(":")
        then = int(xmax), [int(epoch) for epoch in under_way.split(",") if epoch]
        (_id, *now), *rows = sorted(connection.execute(self._SINCE, then))
        is_whole = now[1] <= max(self._oldest, int(xmin) - 1)
        return _moved([row[:2] for row in rows], is_whole=is_whole, now=now)

    def settle(self, now: Any) -> None:
        """Remember the snapshot, and where the log began."""
        self.seen, self._oldest = now

    def forget(self) -> None:
        """Ask on a new connection, and trust nothing kept."""
        connection, self._connection = self._connection, None
        self.seen = ""
        if connection is not None:
            connection.close()
