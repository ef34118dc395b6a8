"""The list of the files that were made, from what, and of how far the log was read for them."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_number ON file (number);
CREATE TABLE IF NOT EXISTS made_from (
    stamp TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (stamp, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS made_from_path ON made_from (path);
CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE moved (stamp TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Index:
    """An SQLite file. Whoever uses it holds the lock of the front. Raises sqlite3.Error.

    It need not survive a loss of power: a start compares it with the files that lie there.
    """

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=20)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        """Give the file up."""
        self._db.close()

    def said(self, name: str) -> Any:
        """Return what was said under `name`; None where nothing was."""
        row = self._db.execute("SELECT value FROM said WHERE name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else None

    def say(self, name: str, value: Any) -> None:
        """Write `value` down under `name`, as JSON."""
        self._db.execute("INSERT OR REPLACE INTO said VALUES (?, ?)", [name, json.dumps(value)])

    def next_number(self) -> int:
        """Return a number that no file has had: seconds since 1970, or one that is later."""
        number = max(int(self.said("number") or 0) + 2, int(time.time()))
        self.say("number", number)
        return number

    def has(self, path: str) -> bool:
        """Return whether a file is listed."""
        found = self._db.execute("SELECT 1 FROM file WHERE path = ?", [path]).fetchone()
        return found is not None

    def add(self, path: str, number: int, stamps: Iterable[str]) -> None:
        """List a file."""
        with self._at_once():
            self._db.execute("INSERT OR REPLACE INTO file VALUES (?, ?)", [path, number])
            self._db.executemany(
                "INSERT OR IGNORE INTO made_from VALUES (?, ?)", [(stamp, path) for stamp in stamps]
            )

    def paths(self) -> list[str]:
        """Return all files."""
        return [path for (path,) in self._db.execute("SELECT path FROM file")]

    def oldest(self, most: int) -> list[str]:
        """Return the files that are too many where there are to be `most`, the oldest."""
        too_many = "SELECT max(0, count(*) - ?) FROM file"
        order = f"SELECT path FROM file ORDER BY number LIMIT ({too_many})"
        return [path for (path,) in self._db.execute(order, [most])]

    def made_from(self, stamps: Iterable[str]) -> list[str]:
        """Return the files that were made from any of `stamps`."""
        with self._at_once():
            self._db.execute("DELETE FROM moved")
            self._db.executemany("INSERT OR IGNORE INTO moved VALUES (?)", ([s] for s in stamps))
        rows = self._db.execute(
            "SELECT DISTINCT path FROM moved CROSS JOIN made_from USING (stamp)"
        )
        return [path for (path,) in rows]

    def remove(self, paths: Iterable[str]) -> None:
        """List some files no more."""
        some = [[path] for path in paths]
        with self._at_once():
            self._db.executemany("DELETE FROM file WHERE path = ?", some)
            self._db.executemany("DELETE FROM made_from WHERE path = ?", some)

    def clear(self) -> None:
        """List no file any more."""
        with self._at_once():
            self._db.execute("DELETE FROM file")
            self._db.execute("DELETE FROM made_from")

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
