"""A replica of PostgreSQL, from which pages are made once it has all that they must show.

What a page has to show is known here: the snapshot of the primary at the last look at the log of
changes. A replica that has not yet replayed all of that is not asked, so nobody reads less than
what was acknowledged, and a page that was made from it is as fresh as one made from the primary.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache.cache import MARK, PATIENCE, Cache, Rendering
from broadsheet.pagecache.counters import REPLICATED

logger = logging.getLogger(__name__)

#: The replica's name among the databases.
ALIAS = "replica"
#: Seconds for which a replica that failed is not asked again.
PAUSE = 1
#: The snapshot of a database in which nothing was ever written.
NOTHING = "0:0:"

type Environ = dict[str, Any]
type Start = Callable[..., Any]
type Application = Callable[[Environ, Start], Iterable[bytes]]


class FromReplica:
    """Lets an application make from the replica what strangers read, else from the primary.

    It stands behind the page cache (WSGI, PEP 3333).
    """

    def __init__(self, application: Application, cache: Cache) -> None:
        self._application = application
        self._cache = cache
        self._again_at = 0.0
        self._is_known = False
        self._began: dict[connection_watchdog.Connection, float] = {}
        connection_watchdog.call_on_each_poll(self.look)

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer a request; where the replica fails, or takes too long, from the primary."""
        replica = connections[ALIAS]
        self._began[replica] = time.monotonic()
        try:
            answer = self._answer(environ, start_response)
        finally:
            del self._began[replica]
        return self._application(environ, start_response) if answer is None else answer

    def look(self, waiting: connection_watchdog.WaitCounts) -> None:
        """Hang up on a replica that hangs."""
        since = time.monotonic() - PATIENCE
        for connection, began in list(self._began.items()):
            if began < since and connection in waiting:
                connection_watchdog.abort(connection)

    def _answer(self, environ: Environ, start_response: Start) -> Iterable[bytes] | None:
        """Answer from the replica, if it has what is to be shown."""
        rendering: Rendering | None = environ.get(MARK)
        is_stranger = "HTTP_COOKIE" not in environ and "HTTP_AUTHORIZATION" not in environ
        if rendering is not None and is_stranger and self._has(rendering.snapshot):
            said: list[Any] = []
            with _instead():
                body = self._application(environ, lambda *head: said.extend(head))
            if not said[0].startswith("503"):
                self._cache.count[REPLICATED] += 1
                start_response(*said)
                return body
            getattr(body, "close", bool)()
            self._again_at = time.monotonic() + PAUSE
        return None

    def _has(self, shows: str) -> bool:
        """Return whether the replica has all that a snapshot of the primary shows."""
        if not shows or time.monotonic() < self._again_at:
            return False
        try:
            return self._is_ours() and covers(_snapshot(), shows)
        except Error as error:
            connections[ALIAS].close()
            logger.warning("The replica cannot be read: %s", error)
            self._again_at = time.monotonic() + PAUSE
            return False

    def _is_ours(self) -> bool:
        """Return whether it is a replica of this primary: of others it would show anything."""
        if not self._is_known:
            ours, its = (_cluster(alias) for alias in (DEFAULT_DB_ALIAS, ALIAS))
            if ours != its:
                raise OperationalError("DATABASE_REPLICA_URL is not a replica of DATABASE_URL")
            self._is_known = True
        return True


@contextmanager
def _instead() -> Iterator[None]:
    """Let this thread read the replica wherever it would read the primary."""
    primary = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connections[ALIAS]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary


def _cluster(alias: str) -> object:
    """Return what a primary and its replicas have in common."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return cursor.fetchone()


def _snapshot() -> str:
    """Return what the replica shows; nothing, where it has become a primary of its own."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT CASE WHEN pg_is_in_recovery() THEN pg_current_snapshot()::text END")
        [(snapshot,)] = cursor.fetchall()
    return snapshot or NOTHING


def covers(replica: str, primary: str) -> bool:
    """Return whether a replica's snapshot certainly shows all that one of its primary shows.

    `xmin:xmax:under way`: everything below `xmin` is shown or was undone, and on a replica that is
    all one can say, for what is under way there is not in its snapshot (see GetSnapshotData).
    """
    oldest = int(replica.partition(":")[0])
    _xmin, xmax, under_way = primary.split(":")
    unseen = {int(number) for number in under_way.split(",") if number}
    gap = int(xmax) - oldest
    return gap <= len(unseen) and all(number in unseen for number in range(oldest, int(xmax)))
