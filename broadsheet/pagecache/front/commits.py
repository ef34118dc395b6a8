"""What makes every commit by Django take the files away that it made wrong, before it returns.

Where they could not be taken away nothing is committed.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from broadsheet.pagecache.front.files import Front

_READS = re.compile(
    r"[\s(]*(SELECT|PRAGMA|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|SHOW|SET|EXPLAIN|DECLARE|FETCH|CLOSE)\b",
    re.IGNORECASE,
)


class StillShownError(OSError):
    """It was committed, but files of pages that it made wrong could not be taken away.

    Each process of the server tries again every second. A request may have had more to write.
    """


def watch(front: Front) -> None:
    """Let `front` catch up after each commit on connections that are opened from now on."""

    def begin(connection: BaseDatabaseWrapper, **_said: Any) -> None:
        is_watched = any(isinstance(w, Commits) for w in connection.execute_wrappers)
        if connection.alias == DEFAULT_DB_ALIAS and not is_watched:
            # First of all: what others added for a while only, they take from the end again.
            connection.execute_wrappers.insert(0, Commits(connection, front))

    connection_created.connect(begin, weak=False, dispatch_uid=__name__)


class Commits:
    """Stands in for `commit` on one connection, and notes which statements write."""

    def __init__(self, connection: BaseDatabaseWrapper, front: Front) -> None:
        self._connection = connection
        self._front = front
        self._commit = connection.commit
        self._has_written = False
        connection.commit = self.commit  # type: ignore[method-assign] # no signal says so

    def stop(self) -> None:
        """Leave the connection as it was."""
        self._connection.execute_wrappers.remove(self)
        self._connection.commit = self._commit  # type: ignore[method-assign]

    def __call__(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        """Run a statement. Outside of a transaction, what it wrote is committed.

        Raises OperationalError and StillShownError, as `commit` does.
        """
        if isinstance(sql, str) and _READS.match(sql):
            return execute(sql, *rest)
        if self._connection.in_atomic_block or not self._connection.autocommit:
            self._has_written = True
            return execute(sql, *rest)
        self._check()
        try:
            return execute(sql, *rest)
        finally:
            self._catch_up()

    def commit(self) -> None:
        """Commit, and return when no file shows what was there before.

        Raises OperationalError, and then nothing was committed; and StillShownError.
        """
        if not self._has_written:
            self._commit()
            return
        self._check()
        self._commit()
        self._has_written = False
        self._catch_up()

    def _check(self) -> None:
        try:
            self._front.check()
        except OSError as error:  # in a form upon which Django rolls back
            raise OperationalError(f"front files cannot be deleted: {error}") from error

    def _catch_up(self) -> None:
        try:
            self._front.catch_up()
        except OSError as error:
            raise StillShownError(error.errno, error.strerror, error.filename) from error
