"""Progress of a copy, stored in the target in the same transactions as the rows.

So however a copy ends, even by kill -9, the journal matches the rows, and the next run resumes.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from broadsheet.ops.database.protocols import CopyTarget
from broadsheet.ops.database.tables import CopyTable

JOURNAL_TABLE = "broadsheet_copy_progress"


@dataclass
class TableProgress:
    """Progress of one table: the last copied key, the number of rows, and their checksum."""

    after: Any = None
    rows: int = 0
    checksum: str = ""
    is_whole: bool = False


class CopyJournal:
    """Values by name, in a separate table of the target."""

    def __init__(self, target: CopyTarget) -> None:
        self._target = target

    @staticmethod
    def begin(target: CopyTarget, source: str) -> "CopyJournal":
        """Create the journal in an empty database that will hold the copy of `source`."""
        journal = CopyJournal(target)
        with target.transaction():
            target.execute(
                f"CREATE TABLE {JOURNAL_TABLE} (name text PRIMARY KEY, value text NOT NULL)"
            )
            journal.set("source", source)
        return journal

    def drop(self) -> None:
        """Drop the journal's table."""
        self._target.execute(f"DROP TABLE {JOURNAL_TABLE}")

    def get(self, name: str) -> Any:
        """Return a value, None if there is none."""
        sql = f"SELECT value FROM {JOURNAL_TABLE} WHERE name = %s"  # noqa: S608 - a constant
        rows = self._target.execute(sql, (name,))
        return json.loads(rows[0][0]) if rows else None

    def set(self, name: str, value: Any) -> None:
        """Set a value, in the caller's transaction."""
        self._target.execute(
            f"INSERT INTO {JOURNAL_TABLE} (name, value) VALUES (%s, %s)"  # noqa: S608 - a constant
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def progress(self, table: CopyTable) -> TableProgress:
        """Return the progress of a table."""
        return TableProgress(**self.get(f"table {table.name}") or {})

    def set_progress(self, table: CopyTable, progress: TableProgress) -> None:
        """Set the progress of a table, in the transaction that copies its rows."""
        self.set(f"table {table.name}", asdict(progress))
