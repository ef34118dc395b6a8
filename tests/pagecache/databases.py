"""Databases with only the log of changes, in which tests commit explicitly."""

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
    """A connection that executes statements unchanged."""

    def execute(self, sql: str, /) -> Any: ...

    def close(self) -> None: ...


class SQLite:
    """A SQLite file; one transaction at a time can write."""

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
    """A PostgreSQL database; several transactions can write at once."""

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
    rows = ", ".join(f"('{tag}', {database.epoch})" for tag in tags)
    return f"INSERT INTO pagecache_change (stamp, epoch) VALUES {rows}"


@contextmanager
def use_database(database: Database) -> Iterator[Database]:
    """Use `database`, with an empty log, as the default database until the block ends."""
    previous = connections[DEFAULT_DB_ALIAS]
    url: dict[str, Any] = Env.db_url_config(database.url)
    settings = {
        **previous.settings_dict,
        "HOST": "",
        "PORT": "",
        **url,
        "OPTIONS": database.options,
    }
    wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = wrapper
    try:
        wrapper.connect()
        with wrapper.schema_editor() as editor:
            editor.create_model(Change)
        yield database
    finally:
        wrapper.close()
        connections[DEFAULT_DB_ALIAS] = previous
