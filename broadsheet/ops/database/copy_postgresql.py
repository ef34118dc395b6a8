"""PostgreSQL as source or target of a copy."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg import sql as pg

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.normalize import FROM_DRIVER, TO_DRIVER, Row, convert_rows
from broadsheet.ops.database.protocols import CopyDatabase
from broadsheet.ops.database.tables import CopyTable

_AT_A_TIME = 500  # rows per fetch
_COPY_LOCK = 0x6D6F7665  # advisory lock; any number that all copies share
_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    " AND tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%' ORDER BY indexname"
)
_REFERENCES = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid)"
    " FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid WHERE contype = 'f'"
    " AND connamespace = current_schema()::regnamespace AND relname = ANY(%s) ORDER BY conname"
)


class PostgreSQLDatabase:
    """A PostgreSQL database."""

    vendor = "postgresql"
    data_errors: tuple[type[Exception], ...] = (
        psycopg.DataError,
        psycopg.IntegrityError,
        psycopg.errors.ProgramLimitExceeded,
        UnicodeEncodeError,
    )

    def __init__(self, database_url: str) -> None:
        """Connect. Raises CopyError."""
        try:
            params = psycopg.conninfo.conninfo_to_dict(database_url)
            params.setdefault("connect_timeout", 10)
            host = f"{params.get('host', '')}:{params.get('port', 5432)}"
            self.location = f"postgresql://{host}/{params.get('dbname', '')}"
            self._connection = psycopg.connect(**params, autocommit=True)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise CopyError(f"PostgreSQL cannot be reached: {_first_line(error)}.") from error
        self._instance_id = secrets.randbits(31)
        self.execute("SET TIME ZONE 'UTC'")
        self.execute("SET maintenance_work_mem = '256MB'")
        self.execute("SELECT pg_advisory_lock(%s, %s)", (_COPY_LOCK, self._instance_id))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def table_names(self) -> set[str]:
        """Return the names of all tables."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        return {name for (name,) in self.execute(query)}

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` placeholders; return its rows."""
        cursor = self._connection.execute(pg.SQL(sql), values or None)
        return cursor.fetchall() if cursor.description else []

    def has_other_connections(self) -> bool:
        """Return whether the same role has other connections."""
        others = self.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid()"
        )
        return bool(others[0][0])

    def begin_snapshot(self) -> None:
        """Begin a transaction that sees the current state, regardless of later writes."""
        self.execute("ROLLBACK")
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.execute("SELECT 1")  # the snapshot begins with the first query

    def rows(self, table: CopyTable, after: Any = None) -> Iterator[Row]:
        """Yield normalized rows in the order of their keys, starting after a key, in a snapshot."""
        columns = ", ".join(map(_read, table.columns, table.kinds))
        key = f'"{table.columns[0]}"' + (' COLLATE "C"' if table.has_text_key else "")
        where = f"WHERE {key} > %s" if after is not None else ""
        sql = f'SELECT {columns} FROM "{table.name}" {where} ORDER BY {key}'  # noqa: S608 - names
        normalize = convert_rows(table.kinds, FROM_DRIVER[self.vendor])
        with self._connection.cursor(name="copy") as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(pg.SQL(sql), None if after is None else [after])
            for row in cursor:
                try:
                    yield normalize(row)
                except (ValueError, TypeError, ArithmeticError) as error:
                    raise CopyError(f"{table.name}, row {row[0]}: {error}.") from error

    def lock(self) -> bool:
        """Take the copy lock; return False if another copy into this database is running."""
        # Wait: a server notices late that the client of a long statement was killed.
        self.execute("SET lock_timeout = '20s'")
        try:
            self.execute("SELECT pg_advisory_lock(%s)", (_COPY_LOCK,))
        except psycopg.errors.LockNotAvailable:
            return False
        self.execute("RESET lock_timeout")
        return True

    def is_same(self, other: CopyDatabase) -> bool:
        """Return whether `other` is the same database, which then holds the other's lock."""
        if not isinstance(other, PostgreSQLDatabase):
            return False
        key = (_COPY_LOCK, other._instance_id)  # noqa: SLF001 - same class
        if self.execute("SELECT pg_try_advisory_lock(%s, %s)", key)[0][0]:
            self.execute("SELECT pg_advisory_unlock(%s, %s)", key)
            return False
        return True

    def transaction(self) -> AbstractContextManager[object]:
        """Commit the block, or roll it back on an error; may be nested."""
        return self._connection.transaction()

    def insert(self, table: CopyTable, rows: Iterable[Row]) -> None:
        """Insert rows."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        convert = convert_rows(table.kinds, TO_DRIVER[self.vendor])
        with self._connection.cursor() as cursor:
            sql = pg.SQL(f'COPY "{table.name}" ({columns}) FROM STDIN')
            with cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(convert(row))

    def indexes_sql(self, tables: list[CopyTable]) -> tuple[list[str], list[str]]:
        """Return SQL that drops rows, indexes and foreign keys, and SQL that recreates these."""
        names = [table.name for table in tables]
        indexes, references = self.execute(_INDEXES, (names,)), self.execute(_REFERENCES, (names,))
        drop = [
            *(f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in names),
            *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _sql in references),
            *(f'DROP INDEX "{name}"' for name, _sql in indexes),
            "TRUNCATE {}".format(", ".join(f'"{name}"' for name in names)),
        ]
        recreate = [
            *(sql for _name, sql in indexes),
            *(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {sql}"
                for table, name, sql in references
            ),
            *(f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in names),
        ]
        return drop, recreate

    def finish(self, tables: list[CopyTable]) -> None:
        """Reset sequences and update the planner's statistics."""
        for table in tables:
            if column := table.auto_column:
                self.execute(
                    f'SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max("{column}"), 1),'  # noqa: S608
                    f' max("{column}") IS NOT NULL) FROM "{table.name}"',
                    (f'"{table.name}"', column),
                )
        self.execute("ANALYZE")


def _read(column: str, kind: str) -> str:
    return f'"{column}"::text' if kind == "JSONField" else f'"{column}"'


def _first_line(error: Exception) -> str:
    """Return the first line of an error message, without the full stop."""
    return str(error).strip().partition("\n")[0].rstrip(".")
