"""The list of the files that were made, from what, and of how far the log was read for them."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    path TEXT PRIMARY KEY, number INTEGER NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_number ON page (number);
CREATE TABLE IF NOT EXISTS made_from (
    stamp TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (stamp, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS made_from_path ON made_from (path);
CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE moved (stamp TEXT PRIMARY KEY) WITHOUT ROWID;
"""

#: What is counted: a name, whether it only grows, and what it says.
COUNTED = {
    "": (False, "Pages stored as front files"),
    "_bytes": (False, "Size of the front files, with their gzip variants, in bytes"),
    "_written": (True, "Front files written"),
    "_removed": (True, "Front files deleted, mostly because of changes"),
}
_COUNTS = """
SELECT count(*), coalesce(sum(bytes), 0),
    coalesce((SELECT value FROM said WHERE name = 'written'), 0),
    coalesce((SELECT value FROM said WHERE name = 'removed'), 0)
FROM page
"""


def index_in(folder: Path) -> Path:
    """Return where the index of the front in `folder` lies."""
    return folder / "index" / "index.sqlite3"


def counts(folder: Path) -> dict[str, int] | None:
    """Return what all processes have counted; None where there is no index that can be read."""
    try:
        with closing(sqlite3.connect(f"{index_in(folder).as_uri()}?mode=ro", uri=True)) as db:
            return dict(zip(COUNTED, map(int, db.execute(_COUNTS).fetchone()), strict=True))
    except sqlite3.Error:
        return None


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
        found = self._db.execute("SELECT 1 FROM page WHERE path = ?", [path]).fetchone()
        return found is not None

    def add(self, path: str, number: int, size: int, stamps: Iterable[str]) -> None:
        """List a file that, with its gzip, takes `size` bytes."""
        with self._at_once():
            self._db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?)", [path, number, size])
            self._count("written", 1)
            self._db.executemany(
                "INSERT OR IGNORE INTO made_from VALUES (?, ?)", [(stamp, path) for stamp in stamps]
            )

    def paths(self) -> list[str]:
        """Return all files."""
        return [path for (path,) in self._db.execute("SELECT path FROM page")]

    def oldest(self, most: int) -> list[str]:
        """Return the files that are too many where there are to be `most`, the oldest."""
        too_many = "SELECT max(0, count(*) - ?) FROM page"
        order = f"SELECT path FROM page ORDER BY number LIMIT ({too_many})"
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
            gone = self._db.executemany("DELETE FROM page WHERE path = ?", some)
            self._count("removed", gone.rowcount)
            self._db.executemany("DELETE FROM made_from WHERE path = ?", some)

    def clear(self) -> None:
        """List no file any more."""
        with self._at_once():
            gone = self._db.execute("DELETE FROM page")
            self._count("removed", gone.rowcount)
            self._db.execute("DELETE FROM made_from")

    def _count(self, name: str, more: int) -> None:
        if more > 0:
            add = "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
            self._db.execute(f"INSERT INTO said VALUES (?, ?) {add}", [name, more])

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
