"""Writing rows as fast as the database takes them: no triggers, and indexes when all is there."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

type Row = Sequence[Any]


def shown(value: dt.datetime | uuid.UUID) -> str:
    """Return a time or an id as both databases read it."""
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")


class Table:
    """A model's table; fields that are not named get their defaults."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        fields = {f.attname: f for f in model._meta.concrete_fields}  # noqa: SLF001 - Django's API
        unnamed = [
            field
            for name, field in fields.items()
            if name not in names and not isinstance(field, models.AutoField)
        ]
        self.constants = tuple(
            field.get_db_prep_save(field.get_default(), connection) for field in unnamed
        )
        self.columns = [*(fields[n].column for n in names), *(f.column for f in unnamed)]
        self.name = model._meta.db_table  # noqa: SLF001

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows, whose values stand in the order of the names."""
        columns = ", ".join(f'"{column}"' for column in self.columns)
        whole = ((*row, *self.constants) for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
                    for row in whole:
                        copy.write_row(row)
                return
            places = ", ".join(["%s"] * len(self.columns))
            sql = f'INSERT INTO "{self.name}" ({columns}) VALUES ({places})'
            cursor.executemany(sql, list(whole))


@contextmanager
def unhindered() -> Iterator[None]:
    """Leave out triggers, foreign keys, plain indexes and the journal until the block ends."""
    prepare, find, restore = _STEPS[connection.vendor]
    with connection.cursor() as cursor:
        for statement in prepare:
            cursor.execute(statement)
        cursor.execute(find)
        set_aside = cursor.fetchall()
        for kind, name, _sql in set_aside:
            cursor.execute(f'DROP {kind} "{name}"')
    yield
    with connection.cursor() as cursor:
        for _kind, _name, sql in set_aside:
            cursor.execute(sql)
        for statement in restore:
            cursor.execute(statement)


# PostgreSQL passes over triggers and foreign keys in a replica's sessions.
_STEPS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "sqlite": (
        (
            "PRAGMA foreign_keys=OFF",
            "PRAGMA journal_mode=OFF",
            "PRAGMA synchronous=OFF",
            "PRAGMA cache_size=-800000",
        ),
        """SELECT type, name, sql FROM sqlite_master WHERE type = 'trigger'
        OR type = 'index' AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%'""",
        ("PRAGMA journal_mode=WAL",),
    ),
    "postgresql": (
        (
            "SET session_replication_role = replica",
            "SET TIME ZONE 'UTC'",
            "SET synchronous_commit = off",
            "SET maintenance_work_mem = '512MB'",
        ),
        """SELECT 'INDEX', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        AND indexdef NOT LIKE 'CREATE UNIQUE%'""",
        ("VACUUM ANALYZE", "SET session_replication_role = DEFAULT"),
    ),
}
