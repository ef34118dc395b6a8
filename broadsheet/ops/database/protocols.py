"""What the two databases of a move can do, whichever they are."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from broadsheet.ops.database.normalize import Row
from broadsheet.ops.database.tables import Table


class Side(Protocol):
    """A database with a connection of its own."""

    @property
    def vendor(self) -> str:
        """`sqlite` or `postgresql`."""

    @property
    def place(self) -> str:
        """Where it is, without secrets."""

    def close(self) -> None:
        """Hang up."""

    def names(self) -> set[str]:
        """Return the names of all tables."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL with `%s` for values; return its rows."""


class Source(Side, Protocol):
    """The database that is read, and that stays as it is."""

    def look(self) -> None:
        """See the database as it is now, whatever is written later."""

    def rows(self, table: Table, after: Any = None) -> Iterator[Row]:
        """Yield canonical rows in the order of their keys, from after a key."""


class Target(Source, Protocol):
    """The database that is written."""

    #: What says of a row that it cannot be stored.
    unstorable: tuple[type[Exception], ...]

    def lock(self) -> bool:
        """Return False where another move is under way into this database."""

    def is_same(self, other: Side) -> bool:
        """Whether the other side is this very database."""

    def transaction(self) -> AbstractContextManager[object]:
        """Commit what the block does, or nothing of it; blocks may be nested."""

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows."""

    def aside(self, tables: list[Table]) -> tuple[list[str], list[str]]:
        """Return SQL that takes away what slows copying down, and all rows; and SQL that mends."""

    def finish(self, tables: list[Table]) -> None:
        """Let counters go on after the highest key, look for loose ends, learn for the planner."""
