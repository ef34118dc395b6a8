"""Protocols of the source and the target database of a copy."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from broadsheet.ops.database.normalize import Row
from broadsheet.ops.database.tables import CopyTable


class CopyDatabase(Protocol):
    """A database with its own connection."""

    @property
    def vendor(self) -> str:
        """`sqlite` or `postgresql`."""

    @property
    def location(self) -> str:
        """URL without secrets."""

    def close(self) -> None:
        """Close the connection."""

    def table_names(self) -> set[str]:
        """Return the names of all tables."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` placeholders; return its rows."""


class CopySource(CopyDatabase, Protocol):
    """The database that is read and not changed."""

    def begin_snapshot(self) -> None:
        """Begin a transaction that sees the current state, regardless of later writes."""

    def rows(self, table: CopyTable, after: Any = None) -> Iterator[Row]:
        """Yield normalized rows in the order of their keys, starting after a key."""


class CopyTarget(CopySource, Protocol):
    """The database that is written."""

    #: Exceptions that mean that a row cannot be stored.
    data_errors: tuple[type[Exception], ...]

    def lock(self) -> bool:
        """Take the copy lock; return False if another copy into this database is running."""

    def is_same(self, other: CopyDatabase) -> bool:
        """Return whether `other` is the same database."""

    def transaction(self) -> AbstractContextManager[object]:
        """Commit the block, or roll it back on an error; may be nested."""

    def insert(self, table: CopyTable, rows: Iterable[Row]) -> None:
        """Insert rows."""

    def indexes_sql(self, tables: list[CopyTable]) -> tuple[list[str], list[str]]:
        """Return SQL that drops all rows, indexes and constraints, and SQL that recreates these."""

    def finish(self, tables: list[CopyTable]) -> None:
        """Reset sequences, check references and update the planner's statistics."""
