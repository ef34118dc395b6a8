"""Front files over a log of changes that a test writes by hand."""

from pathlib import Path

from django.db import DatabaseError

from broadsheet.pagecache.clocks import Moved
from broadsheet.pagecache.front import places
from broadsheet.pagecache.front.files import File, Front
from broadsheet.pagecache.tags import EVERYTHING, NOTHING


class Log:
    """Changes, as the database has them."""

    def __init__(self) -> None:
        self.stamps: list[str] = []
        self.is_down = self.has_company = False

    def clock(self) -> "LogClock":
        return LogClock(self)


class LogClock:
    """Reads a log, as SQLite's clock does its."""

    is_quick = True

    def __init__(self, log: Log) -> None:
        self._log = log
        self._seen = -1
        self.newest = -1

    def is_current(self) -> bool:
        return self._seen == len(self._log.stamps)

    def look(self) -> Moved:
        if self._log.is_down:
            raise DatabaseError("down")
        now = ("version", len(self._log.stamps))
        if self.newest < 0:
            return Moved(frozenset({EVERYTHING}), True, now)
        new = self._log.stamps[self.newest :]
        marks = [stamp for stamp in new if stamp in {EVERYTHING, NOTHING}]
        return Moved(frozenset(new), marks[-1] == EVERYTHING if marks else None, now)

    def settle(self, now: tuple[object, int]) -> None:
        version, self.newest = now
        self._seen = self.newest if version else -1

    def forget(self) -> None:
        self._seen = self.newest = -1

    def has_company(self) -> bool:
        return self._log.has_company


BEGUN: list[Front] = []


def begun(folder: Path, release: str = "1") -> Front:
    front = Front(folder / "front", lambda: release)
    BEGUN.append(front)
    front.reconcile()
    return front


def page(path: str, *stamps: str) -> File:
    return File(f"kind/{path}.page", f"{path} as it is".encode(), b"gzipped", frozenset(stamps))


def always() -> bool:
    return True


def there(front: Front) -> set[str]:
    return set(places.pages_in(front.pages))
