"""The database at one moment, in a file of its own, while the site goes on writing."""

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

#: Tables whose rows no archive has: mails on their way may hold links that let somebody in, and
#: a site that is restored must not send them once more.
LEFT_OUT = frozenset({OutgoingMessage._meta.db_table})  # noqa: SLF001 - Django's own word for it

type Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database held: `rows` by table, migrations as (app, name), files it `names`."""

    engine: str
    file: Path
    rows: dict[str, int] = field(default_factory=dict)
    migrations: list[list[str]] = field(default_factory=list)
    names: frozenset[str] = frozenset()


def take(folder: Path) -> Snapshot:
    """Write the database as it is now into `folder`. Raises Failure or sqlite3.Error."""
    if connection.vendor == "postgresql":
        return _of_postgresql(folder / "database.dump")
    return _of_sqlite(folder / "database.sqlite3")


def tables_of_sqlite(ask: Ask) -> list[str]:
    """Return the names of the tables; those made of others are left out, and Litestream's."""
    found = ask(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' "
        "ESCAPE '~' AND name NOT LIKE '~_litestream~_%' ESCAPE '~' "
        "AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
    )
    return [str(name) for (name,) in found]


def _of_sqlite(file: Path) -> Snapshot:
    """Copy it by SQLite's online backup in one step: one state, and nobody waits to write."""
    file.unlink(missing_ok=True)
    source = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)
    with closing(source), closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file is all of it

        def ask(sql: str) -> list[tuple[Any, ...]]:
            return copy.execute(sql).fetchall()

        tables = tables_of_sqlite(ask)
        copy.execute("PRAGMA secure_delete=ON")  # their bytes go, too
        for table in LEFT_OUT.intersection(tables):  # a site that is not migrated yet has fewer
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608
        copy.commit()
        return Snapshot("sqlite", file, *_seen(ask, tables))


def _of_postgresql(file: Path) -> Snapshot:
    """Dump it by pg_dump, which sees what the transaction here sees that counts."""
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
            moment = ask("SELECT pg_export_snapshot()")[0][0]
            postgresql.dump(file, moment, without=LEFT_OUT)
            rows, migrations, names = _seen(ask, postgresql.tables(ask))
            rows |= dict.fromkeys(LEFT_OUT.intersection(rows), 0)
            return Snapshot("postgresql", file, rows, migrations, names)
    finally:
        other.close()


def _seen(ask: Ask, tables: list[str]) -> tuple[dict[str, int], list[list[str]], frozenset[str]]:
    rows = {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}  # noqa: S608
    applied = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    names: set[str] = set()
    for model in apps.get_models():
        meta = model._meta  # noqa: SLF001 - Django's own word for it
        table = meta.db_table
        for kept in meta.concrete_fields:
            if isinstance(kept, FileField) and table in rows:
                named = ask(f'SELECT DISTINCT "{kept.column}" FROM "{table}"')  # noqa: S608
                names.update(str(name) for (name,) in named if name)
    return rows, [list(row) for row in applied], frozenset(names)
