"""What tells whether anything has changed: one question to the database before a page is served."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, connections

from broadsheet.pagecache import wal
from broadsheet.pagecache.stamps import EVERYTHING, NOTHING

#: The last word on whether pages may be kept.
_MARK = f"SELECT stamp FROM pagecache_change WHERE stamp IN ('{EVERYTHING}', '{NOTHING}')"
_LAST_MARK = f"{_MARK} ORDER BY id DESC LIMIT 1"


class Moved(NamedTuple):
    """What was stamped since one last looked.

    `may_keep` is whether pages may be kept from now on (None: as before); `now` is what to
    remember for the next look.
    """

    stamps: frozenset[str]
    may_keep: bool | None
    now: Any


class Clock(Protocol):
    """Reads the log of changes. One thread at a time calls `look` and `settle`.

    Raises DatabaseError where the database does not answer. `is_quick`: it is a file at hand.
    """

    is_quick: bool

    def is_current(self) -> bool:
        """Return whether it is certain, without a look at the log, that nothing was written."""

    def look(self) -> Moved:
        """Return what was stamped since the last look that was settled."""

    def settle(self, now: Any) -> None:
        """Take the look for done: what moved is not served any more."""

    def forget(self) -> None:
        """Begin anew, after an error."""


class _Asking:
    """A connection of its own to the site's database, for one thread at a time."""

    def __init__(self) -> None:
        self._own = connections[DEFAULT_DB_ALIAS].copy()
        self._own.connect()
        self._own.inc_thread_sharing()

    def execute(self, sql: str, parameters: tuple[int, ...] = ()) -> list[Any]:
        """Return the rows, without the layers that a page's own queries go through."""
        with self._own.wrap_database_errors:
            found: list[Any] = self._own.connection.execute(sql, parameters).fetchall()
        return found

    def close(self) -> None:
        """Give the connection up."""
        self._own.close()


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
    found = [stamp for _pk, stamp in sorted(rows)]
    marks = [stamp for stamp in found if stamp in {EVERYTHING, NOTHING}]
    stamps = frozenset(found) if is_whole else frozenset({EVERYTHING})
    return Moved(stamps, marks[-1] == EVERYTHING if marks else None, now)


class SQLiteClock:
    """Asks SQLite itself whether any other connection has committed.

    `PRAGMA data_version` says so; in WAL mode the header of the shared memory says the same without
    a lock and a system call.
    """

    is_quick = True

    def __init__(self) -> None:
        self._connection: _Asking | None = None
        self._version: Callable[[], object] = object
        self._seen: object = None
        self._newest = -1

    def is_current(self) -> bool:
        """Return whether no connection has written since the last look."""
        return self._version() == self._seen

    def look(self) -> Moved:
        """Return what was stamped. The version is read first: what comes later differs again."""
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
    """Asks for what transactions have stamped that were not over at the last look.

    Rows become visible in the order of commits, not of ids. A snapshot's `xmin` is the oldest
    transaction that may still become visible after it; so what is new stands in rows whose `epoch`
    is at least the last snapshot's `xmin`, less those that were seen already.
    """

    is_quick = False
    _SINCE = (
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, NULL::bigint, NULL"
        " UNION ALL SELECT NULL, id, stamp FROM pagecache_change WHERE epoch >= %s"
        " UNION ALL SELECT NULL, id, NULL FROM pagecache_change WHERE id = %s"
    )

    def __init__(self) -> None:
        self._connection: _Asking | None = None
        self._xmin, self._newest = 0, -1
        self._seen: frozenset[int] = frozenset()

    def is_current(self) -> bool:
        """Return False: only a look can tell."""
        return False

    def look(self) -> Moved:
        """Return what was stamped by transactions that have become visible."""
        if self._connection is None:
            self._connection = _Asking()
        connection = self._connection
        if self._newest < 0:
            [(xmin, newest)] = connection.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
                " (SELECT coalesce(max(id), 0) FROM pagecache_change)"
            )
            return _first(connection, (xmin, newest, frozenset()))
        rows = connection.execute(self._SINCE, (self._xmin, self._newest))
        xmin = next(row[0] for row in rows if row[0] is not None)
        is_whole = any(pk == self._newest for _xmin, pk, _stamp in rows)
        found = {pk: stamp for _xmin, pk, stamp in rows if stamp is not None}
        new = [(pk, stamp) for pk, stamp in found.items() if pk not in self._seen]
        newest = max([self._newest, *found]) if is_whole else max(found, default=0)
        return _moved(new, is_whole=is_whole, now=(xmin, newest, frozenset(found)))

    def settle(self, now: Any) -> None:
        """Remember the snapshot and what it showed."""
        self._xmin, self._newest, self._seen = now

    def forget(self) -> None:
        """Ask on a new connection, and trust nothing kept."""
        connection, self._connection = self._connection, None
        self._newest = -1
        if connection is not None:
            connection.close()
