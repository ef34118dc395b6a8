"""SQLite as one side of a move."""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.normalize import READ, WRITE, Row, changed
from broadsheet.ops.database.protocols import Side
from broadsheet.ops.database.tables import Table

_SET_ASIDE = (
    "SELECT type, name, sql, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger')"
    " AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%' ORDER BY type, name"
)


class SQLite:
    """A file, opened for reading only (`ro`) or for writing, too (`rwc`)."""

    vendor = "sqlite"
    unstorable: tuple[type[Exception], ...] = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        OverflowError,
        UnicodeEncodeError,
    )

    def __init__(self, path: str, mode: str) -> None:
        """Open. Raises CopyError."""
        self.path = Path(path).absolute()
        self.place = f"sqlite:///{self.path}"
        # Opened before SQLite does and closed after it: closing would end SQLite's own locks.
        self._file: int | None = None
        address = f"file:{quote(str(self.path))}?mode={mode}"
        try:
            if mode == "rwc":
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            self._connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=20)
            self.names()
        except (OSError, sqlite3.Error) as error:
            self.close()
            reason = error.strerror if isinstance(error, OSError) else error
            raise CopyError(f"{self.path} cannot be opened: {reason}.") from error
        # What is no UTF-8 is refused with its row, and not by the driver without it.
        self._connection.text_factory = lambda text: text.decode(errors="surrogateescape")

    def close(self) -> None:
        """Hang up."""
        if connection := getattr(self, "_connection", None):
            connection.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def names(self) -> set[str]:
        """Return the names of all tables but SQLite's own."""
        return {
            name
            for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        }

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` for values; return its rows."""
        return self._connection.execute(
            sql.replace("%s", "?") if values else sql, values
        ).fetchall()

    def look(self) -> None:
        """See the database as it is now, whatever is written later."""
        if self._connection.in_transaction:
            self.execute("ROLLBACK")
        self.execute("BEGIN")
        self.names()  # it begins with the first reading

    def rows(self, table: Table, after: Any = None) -> Iterator[Row]:
        """Yield canonical rows in the order of their keys, from after a key."""
        columns, key = ", ".join(f'"{name}"' for name in table.columns), table.columns[0]
        where = f'WHERE "{key}" > ?' if after is not None else ""
        rows = self._connection.execute(
            f'SELECT {columns} FROM "{table.name}" {where} ORDER BY "{key}"',  # noqa: S608 - names
            [] if after is None else [after],
        )
        change = changed(table.kinds, READ[self.vendor])
        for row in rows:
            try:
                yield change(row)
            except (ValueError, TypeError, ArithmeticError) as error:
                raise CopyError(f"{table.name}, row {row[0]}: {error}.") from error

    def lock(self) -> bool:
        """Return False where another move is under way into this file."""
        try:
            fcntl.flock(self._file or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA foreign_keys=OFF")
        return True

    def is_same(self, other: Side) -> bool:
        """Whether the other side is this very file."""
        return isinstance(other, SQLite) and other.path.samefile(self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or nothing of it; blocks may be nested."""
        if self._connection.in_transaction:
            begin, end, undo = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part"
        else:
            begin, end, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
        self.execute(begin)
        try:
            yield
        except BaseException:
            self.execute(undo)
            raise
        self.execute(end)

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        places = ", ".join("?" * len(table.columns))
        self._connection.executemany(
            f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})',  # noqa: S608 - names
            map(changed(table.kinds, WRITE[self.vendor]), rows),
        )

    def aside(self, tables: list[Table]) -> tuple[list[str], list[str]]:
        """Return SQL that takes away indexes, triggers and all rows, and SQL that mends."""
        known = {table.name for table in tables}
        found = [row for row in self.execute(_SET_ASIDE) if row[3] in known]
        drop = [f'DROP {kind} "{name}"' for kind, name, _sql, _table in found]
        clear = [f'DELETE FROM "{name}"' for name in sorted(known)]  # noqa: S608 - names
        return drop + clear, [sql for _kind, _name, sql, _table in found]

    def finish(self, _tables: list[Table]) -> None:
        """Look for rows that refer to nothing, and learn for the planner."""
        for name, row, parent, _key in self.execute("PRAGMA foreign_key_check"):
            raise CopyError(
                f"{name}, row number {row}, refers to a row of {parent} that is not there."
            )
        self.execute("ANALYZE")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
