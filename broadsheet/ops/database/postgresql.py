"""PostgreSQL as one side of a move."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg import sql as pg

from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.normalize import READ, WRITE, Row, changed
from broadsheet.ops.database.protocols import Side
from broadsheet.ops.database.tables import Table

_AT_A_TIME = 500  # rows to an answer
_MOVING = 0x6D6F7665  # any number; every move must take the same
_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    " AND tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%' ORDER BY indexname"
)
_REFERENCES = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid)"
    " FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid WHERE contype = 'f'"
    " AND connamespace = current_schema()::regnamespace AND relname = ANY(%s) ORDER BY conname"
)


class PostgreSQL:
    """A database on a server."""

    vendor = "postgresql"
    unstorable: tuple[type[Exception], ...] = (
        psycopg.DataError,
        psycopg.IntegrityError,
        psycopg.errors.ProgramLimitExceeded,
        UnicodeEncodeError,
    )

    def __init__(self, address: str) -> None:
        """Connect. Raises CopyError."""
        try:
            known = psycopg.conninfo.conninfo_to_dict(address)
            known.setdefault("connect_timeout", 10)
            host = f"{known.get('host', '')}:{known.get('port', 5432)}"
            self.place = f"postgresql://{host}/{known.get('dbname', '')}"
            self._connection = psycopg.connect(**known, autocommit=True)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise CopyError(f"PostgreSQL cannot be reached: {_line(error)}.") from error
        self._own = secrets.randbits(31)
        self.execute("SET TIME ZONE 'UTC'")
        self.execute("SET maintenance_work_mem = '256MB'")
        self.execute("SELECT pg_advisory_lock(%s, %s)", (_MOVING, self._own))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def names(self) -> set[str]:
        """Return the names of all tables."""
        found = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        return {name for (name,) in self.execute(found)}

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` for values; return its rows."""
        cursor = self._connection.execute(pg.SQL(sql), values or None)
        return cursor.fetchall() if cursor.description else []

    def has_other_connections(self) -> bool:
        """Whether somebody else is connected in the same role."""
        others = self.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid()"
        )
        return bool(others[0][0])

    def look(self) -> None:
        """See the database as it is now, whatever is written later."""
        self.execute("ROLLBACK")
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.execute("SELECT 1")  # it begins with the first reading

    def rows(self, table: Table, after: Any = None) -> Iterator[Row]:
        """Yield canonical rows in the order of their keys, from after a key, once it looked."""
        columns = ", ".join(map(_read, table.columns, table.kinds))
        key = f'"{table.columns[0]}"' + (' COLLATE "C"' if table.has_text_key else "")
        where = f"WHERE {key} > %s" if after is not None else ""
        sql = f'SELECT {columns} FROM "{table.name}" {where} ORDER BY {key}'  # noqa: S608 - names
        change = changed(table.kinds, READ[self.vendor])
        with self._connection.cursor(name="moved") as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(pg.SQL(sql), None if after is None else [after])
            for row in cursor:
                try:
                    yield change(row)
                except (ValueError, TypeError, ArithmeticError) as error:
                    raise CopyError(f"{table.name}, row {row[0]}: {error}.") from error

    def lock(self) -> bool:
        """Return False where another move is under way into this database."""
        # A while, for a server notices late that the client of a long statement was killed.
        self.execute("SET lock_timeout = '20s'")
        try:
            self.execute("SELECT pg_advisory_lock(%s)", (_MOVING,))
        except psycopg.errors.LockNotAvailable:
            return False
        self.execute("RESET lock_timeout")
        return True

    def is_same(self, other: Side) -> bool:
        """Whether the other side is this very database: it then sees the other's own lock."""
        if not isinstance(other, PostgreSQL):
            return False
        key = (_MOVING, other._own)  # noqa: SLF001 - of its own kind
        if self.execute("SELECT pg_try_advisory_lock(%s, %s)", key)[0][0]:
            self.execute("SELECT pg_advisory_unlock(%s, %s)", key)
            return False
        return True

    def transaction(self) -> AbstractContextManager[object]:
        """Commit what the block does, or nothing of it; blocks may be nested."""
        return self._connection.transaction()

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        change = changed(table.kinds, WRITE[self.vendor])
        with self._connection.cursor() as cursor:
            sql = pg.SQL(f'COPY "{table.name}" ({columns}) FROM STDIN')
            with cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(change(row))

    def aside(self, tables: list[Table]) -> tuple[list[str], list[str]]:
        """Return SQL that takes away indexes, references and all rows, and SQL that mends."""
        known = [table.name for table in tables]
        indexes, references = self.execute(_INDEXES, (known,)), self.execute(_REFERENCES, (known,))
        drop = [
            *(f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in known),
            *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _sql in references),
            *(f'DROP INDEX "{name}"' for name, _sql in indexes),
            "TRUNCATE {}".format(", ".join(f'"{name}"' for name in known)),
        ]
        mend = [
            *(sql for _name, sql in indexes),
            *(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {sql}"
                for table, name, sql in references
            ),
            *(f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in known),
        ]
        return drop, mend

    def finish(self, tables: list[Table]) -> None:
        """Let counters go on after the highest key, and learn for the planner."""
        for table in tables:
            if column := table.counter:
                self.execute(
                    f'SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max("{column}"), 1),'  # noqa: S608
                    f' max("{column}") IS NOT NULL) FROM "{table.name}"',
                    (f'"{table.name}"', column),
                )
        self.execute("ANALYZE")


def _read(column: str, kind: str) -> str:
    return f'"{column}"::text' if kind == "JSONField" else f'"{column}"'


def _line(error: Exception) -> str:
    """Return the first line of what a server said, without a stop at the end."""
    return str(error).strip().partition("\n")[0].rstrip(".")
