"""How far a move has come, written in the target in the transactions that bring it there.

So whatever ends a move, kill -9 too, the journal says what is there, and the next run goes on.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from broadsheet.ops.database.protocols import Target
from broadsheet.ops.database.tables import Table

NAME = "broadsheet_move"


@dataclass
class Progress:
    """What of one table is there: up to which key, how many rows, and their checksum."""

    after: Any = None
    rows: int = 0
    checksum: str = ""
    is_whole: bool = False


class Journal:
    """Notes by name, in a table of their own."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @staticmethod
    def begin(target: Target, source: str) -> "Journal":
        """Note in an empty database that it is to hold what is in `source`."""
        journal = Journal(target)
        with target.transaction():
            target.execute(f"CREATE TABLE {NAME} (name text PRIMARY KEY, said text NOT NULL)")
            journal.note("source", source)
        return journal

    def end(self) -> None:
        """Leave no trace."""
        self._target.execute(f"DROP TABLE {NAME}")

    def said(self, name: str) -> Any:
        """Return a note, None where there is none."""
        sql = f"SELECT said FROM {NAME} WHERE name = %s"  # noqa: S608 - a constant
        rows = self._target.execute(sql, (name,))
        return json.loads(rows[0][0]) if rows else None

    def note(self, name: str, said: Any) -> None:
        """Write a note over what it said, in the caller's transaction."""
        self._target.execute(
            f"INSERT INTO {NAME} (name, said) VALUES (%s, %s)"  # noqa: S608 - a constant
            " ON CONFLICT (name) DO UPDATE SET said = excluded.said",
            (name, json.dumps(said)),
        )

    def progress(self, table: Table) -> Progress:
        """Return what of a table is there."""
        return Progress(**self.said(f"table {table.name}") or {})

    def note_progress(self, table: Table, progress: Progress) -> None:
        """Note what of a table is there, in the transaction that brings it there."""
        self.note(f"table {table.name}", asdict(progress))
