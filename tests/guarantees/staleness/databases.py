"""Snapshots of the database, and a database with real commits."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


class DatabaseSnapshot(Protocol):
    """Contents of the database at one moment."""

    def restore(self) -> None:
        """Restore the contents, and commit."""

    def close(self) -> None:
        """Free the memory."""


class SQLiteSnapshot:
    """A copy in memory."""

    def __init__(self) -> None:
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        _sqlite().backup(self._copy)

    def restore(self) -> None:
        self._copy.backup(_sqlite())

    def close(self) -> None:
        self._copy.close()


class PostgreSQLSnapshot:
    """All rows of all tables. Triggers fire when they are restored, which does no harm."""

    def __init__(self) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        excluded = {"pagecache_change", "django_migrations"}  # the log continues
        tables = [t for t in connection.introspection.table_names() if t not in excluded]
        self._rows: dict[str, list[Any]] = {}
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'SELECT t::text FROM "{table}" AS t')
                self._rows[table] = cursor.fetchall()

    def restore(self) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        with transaction.atomic(), connection.cursor() as cursor:
            for table in self._rows:
                cursor.execute(f'DELETE FROM "{table}"')  # keys are checked at the end
            for table, rows in self._rows.items():
                if rows:
                    sql = f'INSERT INTO "{table}" SELECT (%s::"{table}").*'
                    cursor.executemany(sql, rows)

    def close(self) -> None:
        self._rows.clear()


def take_snapshot() -> DatabaseSnapshot:
    """Take a snapshot of the site's database."""
    is_sqlite = connections[DEFAULT_DB_ALIAS].vendor == "sqlite"
    return SQLiteSnapshot() if is_sqlite else PostgreSQLSnapshot()


@contextmanager
def real_commits(folder: Path) -> Iterator[None]:
    """Use a database that other connections see: a file instead of SQLite in memory.

    The test database on PostgreSQL is restored afterwards.
    """
    before = connections[DEFAULT_DB_ALIAS]
    if before.vendor != "sqlite":
        snapshot = take_snapshot()
        try:
            yield
        finally:
            snapshot.restore()
        return
    before.ensure_connection()
    connections[DEFAULT_DB_ALIAS] = own = _in_file(before, folder / "proof.sqlite3")
    try:
        own.ensure_connection()
        before.connection.backup(own.connection)
        yield
    finally:
        own.close()
        connections[DEFAULT_DB_ALIAS] = before


def _in_file(like: BaseDatabaseWrapper, file: Path) -> BaseDatabaseWrapper:
    settings = {**like.settings_dict, "NAME": str(file)}
    options = settings["OPTIONS"]
    quick = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    settings["OPTIONS"] = {**options, "init_command": quick}
    with closing(sqlite3.connect(file)) as new:
        new.execute("PRAGMA journal_mode=WAL")
    return type(like)(settings, DEFAULT_DB_ALIAS)


def _sqlite() -> sqlite3.Connection:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    found: sqlite3.Connection = connection.connection
    return found
