"""Renders pages from a read replica of PostgreSQL, once it has everything that they must show.

A page must show at least the primary's snapshot at the last poll of the change log. A replica that
has not replayed all of it is not used. So every acknowledged write is visible, and a page from the
replica is as fresh as one from the primary.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache.cache import RENDERING, VALIDATION_TIMEOUT, Cache, Rendering
from broadsheet.pagecache.stats import FROM_REPLICA
from broadsheet.pagecache.wsgi import Application, Environ, StartResponse

logger = logging.getLogger(__name__)

#: The replica's alias in settings.DATABASES.
ALIAS = "replica"
#: Seconds for which a replica that failed is not used.
RETRY_SECONDS = 1
#: The snapshot of a database to which nothing was ever written.
EMPTY_SNAPSHOT = "0:0:"


class ReplicaRouter:
    """WSGI middleware behind the page cache: anonymous reads go to the replica if it is up to date.

    All other requests, and requests that fail there, go to the primary.
    """

    def __init__(self, application: Application, cache: Cache) -> None:
        self._application = application
        self._cache = cache
        self._retry_at = 0.0
        self._is_verified = False
        self._started: dict[connection_watchdog.Connection, float] = {}
        connection_watchdog.call_on_each_poll(self.abort_slow)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request, with the primary if the replica fails or takes too long."""
        replica = connections[ALIAS]
        self._started[replica] = time.monotonic()
        try:
            body = self._render_from_replica(environ, start_response)
        finally:
            del self._started[replica]
        return self._application(environ, start_response) if body is None else body

    def abort_slow(self, waiting: connection_watchdog.WaitCounts) -> None:
        """Close connections to a replica that does not respond."""
        since = time.monotonic() - VALIDATION_TIMEOUT
        for connection, started in list(self._started.items()):
            if started < since and connection in waiting:
                connection_watchdog.abort(connection)

    def _render_from_replica(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """Render from the replica; return None if it is not up to date or fails."""
        rendering: Rendering | None = environ.get(RENDERING)
        is_anonymous = "HTTP_COOKIE" not in environ and "HTTP_AUTHORIZATION" not in environ
        if rendering is not None and is_anonymous and self._is_up_to_date(rendering.snapshot):
            start: list[Any] = []
            with _replica_as_default():
                body = self._application(environ, lambda *args: start.extend(args))
            if not start[0].startswith("503"):
                self._cache.count[FROM_REPLICA] += 1
                start_response(*start)
                return body
            getattr(body, "close", bool)()
            self._retry_at = time.monotonic() + RETRY_SECONDS
        return None

    def _is_up_to_date(self, snapshot: str) -> bool:
        """Return whether the replica has replayed everything in a snapshot of the primary."""
        if not snapshot or time.monotonic() < self._retry_at:
            return False
        try:
            self._verify()
            return covers(_replica_snapshot(), snapshot)
        except Error as error:
            connections[ALIAS].close()
            logger.warning("The replica cannot be read: %s", error)
            self._retry_at = time.monotonic() + RETRY_SECONDS
            return False

    def _verify(self) -> None:
        """Check once that it is a replica of this primary, and not of another one."""
        if not self._is_verified:
            if _system_identifier(DEFAULT_DB_ALIAS) != _system_identifier(ALIAS):
                raise OperationalError("DATABASE_REPLICA_URL is not a replica of DATABASE_URL")
            self._is_verified = True


@contextmanager
def _replica_as_default() -> Iterator[None]:
    """Make the replica the default database of this thread."""
    primary = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connections[ALIAS]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary


def _system_identifier(alias: str) -> object:
    """Return PostgreSQL's system identifier, which a primary and its replicas share."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return cursor.fetchone()


def _replica_snapshot() -> str:
    """Return the replica's snapshot; an empty one if it has become a primary itself."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT CASE WHEN pg_is_in_recovery() THEN pg_current_snapshot()::text END")
        [(snapshot,)] = cursor.fetchall()
    return snapshot or EMPTY_SNAPSHOT


def covers(replica: str, primary: str) -> bool:
    """Return whether a replica's snapshot certainly shows all that one of its primary shows.

    A snapshot is `xmin:xmax:in progress`. Everything below `xmin` is visible or was rolled back. On
    a replica no more is known, because transactions in progress are not in its snapshot (see
    GetSnapshotData).
    """
    oldest = int(replica.partition(":")[0])
    _xmin, xmax, in_progress = primary.split(":")
    invisible = {int(number) for number in in_progress.split(",") if number}
    gap = int(xmax) - oldest
    return gap <= len(invisible) and all(n in invisible for n in range(oldest, int(xmax)))
