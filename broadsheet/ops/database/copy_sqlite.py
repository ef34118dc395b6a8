"""SQLite as source or target of a copy."""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.normalize import FROM_DRIVER, TO_DRIVER, Row, convert_rows
from broadsheet.ops.database.protocols import CopyDatabase
from broadsheet.ops.database.tables import CopyTable

_INDEXES_AND_TRIGGERS = (
    "SELECT type, name, sql, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger')"
    " AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%' ORDER BY type, name"
)


class SQLiteDatabase:
    """An SQLite file, opened read-only (`ro`) or for writing (`rwc`)."""

    vendor = "sqlite"
    data_errors: tuple[type[Exception], ...] = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        OverflowError,
        UnicodeEncodeError,
    )

    def __init__(self, path: str, mode: str) -> None:
        """Open. Raises CopyError."""
        self.path = Path(path).absolute()
        self.location = f"sqlite:///{self.path}"
        # Opened before SQLite and closed after it: closing it earlier would drop SQLite's locks.
        self._file: int | None = None
        url = f"file:{quote(str(self.path))}?mode={mode}"
        try:
            if mode == "rwc":
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            self._connection = sqlite3.connect(url, uri=True, isolation_level=None, timeout=20)
            self.table_names()
        except (OSError, sqlite3.Error) as error:
            self.close()
            reason = error.strerror if isinstance(error, OSError) else error
            raise CopyError(f"{self.path} cannot be opened: {reason}.") from error
        # Invalid UTF-8 is reported with its row; the driver would raise without it.
        self._connection.text_factory = lambda text: text.decode(errors="surrogateescape")

    def close(self) -> None:
        """Close the connection."""
        if connection := getattr(self, "_connection", None):
            connection.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def table_names(self) -> set[str]:
        """Return the names of all tables except SQLite's internal ones."""
        return {
            name
            for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        }

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` placeholders; return its rows."""
        return self._connection.execute(
            sql.replace("%s", "?") if values else sql, values
        ).fetchall()

    def begin_snapshot(self) -> None:
        """Begin a transaction that sees the current state, regardless of later writes."""
        if self._connection.in_transaction:
            self.execute("ROLLBACK")
        self.execute("BEGIN")
        self.table_names()  # the snapshot begins with the first query

    def rows(self, table: CopyTable, after: Any = None) -> Iterator[Row]:
        """Yield normalized rows in the order of their keys, starting after a key."""
        columns, key = ", ".join(f'"{name}"' for name in table.columns), table.columns[0]
        where = f'WHERE "{key}" > ?' if after is not None else ""
        rows = self._connection.execute(
            f'SELECT {columns} FROM "{table.name}" {where} ORDER BY "{key}"',  # noqa: S608 - names
            [] if after is None else [after],
        )
        normalize = convert_rows(table.kinds, FROM_DRIVER[self.vendor])
        for row in rows:
            try:
                yield normalize(row)
            except (ValueError, TypeError, ArithmeticError) as error:
                raise CopyError(f"{table.name}, row {row[0]}: {error}.") from error

    def lock(self) -> bool:
        """Take the copy lock; return False if another copy into this file is running."""
        try:
            fcntl.flock(self._file or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA foreign_keys=OFF")
        return True

    def is_same(self, other: CopyDatabase) -> bool:
        """Return whether `other` is the same file."""
        return isinstance(other, SQLiteDatabase) and other.path.samefile(self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the block, or roll it back on an error; may be nested."""
        if self._connection.in_transaction:
            begin, commit, rollback = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part"
        else:
            begin, commit, rollback = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
        self.execute(begin)
        try:
            yield
        except BaseException:
            self.execute(rollback)
            raise
        self.execute(commit)

    def insert(self, table: CopyTable, rows: Iterable[Row]) -> None:
        """Insert rows."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        placeholders = ", ".join("?" * len(table.columns))
        self._connection.executemany(
            f'INSERT INTO "{table.name}" ({columns}) VALUES ({placeholders})',  # noqa: S608 - names
            map(convert_rows(table.kinds, TO_DRIVER[self.vendor]), rows),
        )

    def indexes_sql(self, tables: list[CopyTable]) -> tuple[list[str], list[str]]:
        """Return SQL that drops all rows, indexes and triggers, and SQL that recreates these."""
        names = {table.name for table in tables}
        objects = [row for row in self.execute(_INDEXES_AND_TRIGGERS) if row[3] in names]
        drop = [f'DROP {kind} "{name}"' for kind, name, _sql, _table in objects]
        clear = [f'DELETE FROM "{name}"' for name in sorted(names)]  # noqa: S608 - names
        return drop + clear, [sql for _kind, _name, sql, _table in objects]

    def finish(self, _tables: list[CopyTable]) -> None:
        """Check foreign keys and update the planner's statistics."""
        for name, row, parent, _key in self.execute("PRAGMA foreign_key_check"):
            raise CopyError(
                f"{name}, row number {row}, refers to a row of {parent} that does not exist."
            )
        self.execute("ANALYZE")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
