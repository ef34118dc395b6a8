"""Databases with nothing but the log of changes, in which a test commits by hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend
from environ import Env

from broadsheet.pagecache.models import Change


class Writer(Protocol):
    """A connection on which statements are executed as they are."""

    def execute(self, sql: str, /) -> Any: ...

    def close(self) -> None: ...


class SQLite:
    """A file, where one transaction at a time writes."""

    name = "sqlite"
    begin = "BEGIN IMMEDIATE"
    epoch = "0"
    writers = 1

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = f"sqlite:///{file}"
        self.options = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"}

    def writer(self) -> Writer:
        return sqlite3.connect(self.file, isolation_level=None)


class PostgreSQL:
    """A database on a server, where several write at once."""

    name = "postgresql"
    begin = "BEGIN"
    epoch = "pg_current_xact_id()::text::bigint"
    writers = 3

    def __init__(self, url: str) -> None:
        self.url = url
        self.options: dict[str, str] = {}

    def writer(self) -> Writer:
        return psycopg.connect(self.url, autocommit=True)


type Database = SQLite | PostgreSQL


def invalidation(database: Database, *tags: str) -> str:
    """Return the SQL that writes `tags` to the log."""
    rows = ", ".join(f"('{text}', {database.epoch})" for text in tags)
    return f"INSERT INTO pagecache_change (stamp, epoch) VALUES {rows}"


@contextmanager
def site_on(database: Database) -> Iterator[Database]:
    """Let the site's database be `database`, which gets an empty log."""
    before = connections[DEFAULT_DB_ALIAS]
    url: dict[str, Any] = Env.db_url_config(database.url)
    said = {**before.settings_dict, "HOST": "", "PORT": "", **url, "OPTIONS": database.options}
    own = load_backend(said["ENGINE"]).DatabaseWrapper(said, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = own
    try:
        own.connect()
        with own.schema_editor() as editor:
            editor.create_model(Change)
        yield database
    finally:
        own.close()
        connections[DEFAULT_DB_ALIAS] = before
