"""Bulk inserts at full speed: without triggers, and with indexes created at the end."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

type Row = Sequence[Any]


def serialize(value: dt.datetime | uuid.UUID) -> str:
    """Return a time or an id as text that both databases accept."""
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")


class Table:
    """A model's table; fields not in `names` get their defaults."""

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
        """Insert rows, with their values in the order of `names`."""
        columns = ", ".join(f'"{column}"' for column in self.columns)
        complete = ((*row, *self.constants) for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
                    for row in complete:
                        copy.write_row(row)
                return
            placeholders = ", ".join(["%s"] * len(self.columns))
            sql = f'INSERT INTO "{self.name}" ({columns}) VALUES ({placeholders})'
            cursor.executemany(sql, list(complete))


@contextmanager
def unhindered() -> Iterator[None]:
    """Disable triggers, foreign keys, non-unique indexes and the journal within the block."""
    prepare, select_dropped, restore = _STEPS[connection.vendor]
    with connection.cursor() as cursor:
        for statement in prepare:
            cursor.execute(statement)
        cursor.execute(select_dropped)
        dropped = cursor.fetchall()
        for kind, name, _sql in dropped:
            cursor.execute(f'DROP {kind} "{name}"')
    yield
    with connection.cursor() as cursor:
        for _kind, _name, sql in dropped:
            cursor.execute(sql)
        for statement in restore:
            cursor.execute(statement)


# PostgreSQL skips triggers and foreign keys in sessions with the role `replica`.
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
