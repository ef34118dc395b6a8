"""A consistent copy of the database in a file, while the site keeps writing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.db.models import FileField

from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.backup import postgresql

#: Tables whose rows are left out: outgoing mails may hold login links, and a restored site must not
#: send them again.
EXCLUDED_TABLES = frozenset({OutgoingMessage._meta.db_table})  # noqa: SLF001 - documented by Django

type Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the database: row counts by table, migrations as (app, name), names of media."""

    engine: str
    file: Path
    rows: dict[str, int] = field(default_factory=dict)
    migrations: list[list[str]] = field(default_factory=list)
    names: frozenset[str] = frozenset()


def take(folder: Path) -> Snapshot:
    """Write the database as it is now into `folder`. Raises Failure or sqlite3.Error."""
    if connection.vendor == "postgresql":
        return _dump_postgresql(folder / "database.dump")
    return _copy_sqlite(folder / "database.sqlite3")


def sqlite_tables(ask: Ask) -> list[str]:
    """Return the names of all tables except virtual ones, SQLite's and Litestream's."""
    rows = ask(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' "
        "ESCAPE '~' AND name NOT LIKE '~_litestream~_%' ESCAPE '~' "
        "AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def _copy_sqlite(file: Path) -> Snapshot:
    """Copy by SQLite's online backup in one step: a consistent state that blocks no writer."""
    file.unlink(missing_ok=True)
    source = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)
    with closing(source), closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # no separate WAL file

        def ask(sql: str) -> list[tuple[Any, ...]]:
            return copy.execute(sql).fetchall()

        tables = sqlite_tables(ask)
        copy.execute("PRAGMA secure_delete=ON")  # overwrite their bytes, too
        for table in EXCLUDED_TABLES.intersection(tables):  # an unmigrated site may lack some
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608
        copy.commit()
        return Snapshot("sqlite", file, *_inspect(ask, tables))


def _dump_postgresql(file: Path) -> Snapshot:
    """Dump by pg_dump with the snapshot of the transaction that counts the rows."""
    other = connections["default"].copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:

            def ask(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                return list(cursor.fetchall())

            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            exported = ask("SELECT pg_export_snapshot()")[0][0]
            postgresql.dump(file, exported, without=EXCLUDED_TABLES)
            rows, migrations, names = _inspect(ask, postgresql.tables(ask))
            rows |= dict.fromkeys(EXCLUDED_TABLES.intersection(rows), 0)
            return Snapshot("postgresql", file, rows, migrations, names)
    finally:
        other.close()


def _inspect(ask: Ask, tables: list[str]) -> tuple[dict[str, int], list[list[str]], frozenset[str]]:
    rows = {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}  # noqa: S608
    applied = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    names: set[str] = set()
    for model in apps.get_models():
        meta = model._meta  # noqa: SLF001 - documented by Django
        table = meta.db_table
        for field_ in meta.concrete_fields:
            if isinstance(field_, FileField) and table in rows:
                values = ask(f'SELECT DISTINCT "{field_.column}" FROM "{table}"')  # noqa: S608
                names.update(str(name) for (name,) in values if name)
    return rows, [list(row) for row in applied], frozenset(names)
