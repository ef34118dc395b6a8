"""The front: the folder of pages that a web server serves by itself, and the proof that they hold.

A change is committed, then the files made from what it changed are removed, then it is answered.
Both removing and adding hold one lock that all processes share. Who adds a file makes certain,
under the lock, that nothing it was made from has changed up to then; what changes later finds the
file in the index and removes it.
"""

import errno
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import Error

from broadsheet.lib.file_storage import make_public
from broadsheet.pagecache.clocks import Clock, Moved, clock
from broadsheet.pagecache.front import places
from broadsheet.pagecache.front.index import Index, index_in
from broadsheet.pagecache.tags import EVERYTHING
from broadsheet.pagecache.turns import Together

logger = logging.getLogger(__name__)

#: So many pages are files at most; the oldest make room.
MOST = 10_000
#: More than so many are not removed one by one: renaming the folder of all takes no time.
MANY = 300


@dataclass(frozen=True, slots=True)
class File:
    """A page as a file: its name below `pages`, its bytes as they are and compressed by gzip."""

    path: str
    body: bytes
    gzipped: bytes | None
    stamps: frozenset[str]

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return len(self.body) + len(self.gzipped or b"")


class Front:
    """The files, for all threads of this process. `release` is what its pages are made with."""

    def __init__(self, folder: Path, release: Callable[[], str]) -> None:
        self.folder = folder
        self.pages = folder / "pages"
        self.has_company = False  # whether another node was on the same database at the last look
        self._release = release
        self._made_by: str | None = None
        self._clock: Clock | None = None
        self._index: Index | None = None
        self._identity: tuple[int, int] | None = None
        self._together = Together(self._catch_up)
        self._turn = threading.RLock()
        os.register_at_fork(before=self.rest)

    def check(self) -> None:
        """Raise OSError where files could not be taken away: a disk that takes nothing, say."""
        try:
            os.utime(self.folder)
        except FileNotFoundError:  # and so are they
            return
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.folder))

    def catch_up(self) -> None:
        """Return once all files are gone that anything committed by now has made wrong.

        Raises OSError where neither they nor the whole folder can be taken away.
        """
        known = self._clock
        if known is None or not (known.is_quick and known.is_current()):
            self._together()

    def reconcile(self) -> None:
        """Bring the folder in order at a start: what a crash left, or another release, goes."""
        with self._alone() as index:
            if index.said("release") != self._own_release():
                self._remove_all(index)
                index.say("release", self._own_release())
            self._read_log(index)
            listed = set(index.paths())
            found = set(places.pages_in(self.pages))
            places.remove(self.pages, found - listed)
            index.remove(listed - found)
        self.tidy()

    def put(self, file: File, holds: Callable[[], bool]) -> bool:
        """Add a page if `holds()`, asked under the lock, says that it does; return whether."""
        new = places.write_aside(self.folder, file.body, file.gzipped)
        try:
            with self._alone() as index:
                self._read_log(index)
                if not self._takes(index, file.path) or not holds():
                    return False
                number = index.next_number()
                self._remove(index, [file.path, *index.oldest(MOST - 1)])
                index.add(
                    file.path, number, file.size, file.stamps
                )  # first, so that no file is unknown
                places.move_in(new, self.pages / file.path, number)
                return True
            return False  # the index broke
        finally:
            places.drop(new)

    def tidy(self) -> None:
        """Remove for good what was taken away, which takes its time."""
        places.tidy(self.folder)

    def rest(self) -> None:
        """Close what must not be carried through a fork; it is opened again when it is needed."""
        with self._turn:
            self._forget_clock()
            index, self._index, self._identity = self._index, None, None
            if index is not None:
                index.close()

    def take_away(self) -> None:
        """Take all files away."""
        if self.pages.exists():
            with self._alone() as index:
                self._remove_all(index)

    def _own_release(self) -> str:
        if self._made_by is None:
            self._made_by = self._release()
        return self._made_by

    def _may_keep(self, index: Index) -> bool:
        return bool(index.said("may_keep")) and not self.has_company

    def _takes(self, index: Index, path: str) -> bool:
        return (
            self._may_keep(index)
            and index.said("release") == self._own_release()
            and not (index.has(path) and (self.pages / path).exists())
        )

    def _catch_up(self) -> None:
        with self._alone() as index:
            self._read_log(index)

    def _read_log(self, index: Index) -> None:
        """Remove what was made from what was stamped since anybody read the log for the files."""
        try:
            position = index.said("position")
            reading = self._clock = self._clock or clock()
            if position is None:
                reading.forget()
            else:
                # A version of SQLite's file is known to one process only.
                reading.settle((None, *position) if reading.is_quick else position)
            moved = reading.look()
            self._note(has_company=reading.has_company())
        except Error:
            self._forget_clock()
            self._remove_all(index)  # nobody can say which of them hold
            return
        self._remove_moved(index, moved)
        reached = list(moved.now)[reading.is_quick :]
        if reached != position:
            index.say("position", reached)
        reading.settle(moved.now)

    def _note(self, *, has_company: bool) -> None:
        if has_company and not self.has_company:
            logger.error("Front files are disabled while another node uses the same database.")
        self.has_company = has_company

    def _remove_moved(self, index: Index, moved: Moved) -> None:
        if moved.may_keep is not None:
            index.say("may_keep", moved.may_keep)
        if EVERYTHING in moved.tags or not self._may_keep(index):
            self._remove_all(index)
        elif moved.tags:
            wrong = index.made_from(moved.tags)
            if len(wrong) > MANY:
                self._remove_all(index)
            else:
                self._remove(index, wrong)

    def _remove(self, index: Index, paths: Iterable[str]) -> None:
        some = list(paths)
        try:
            places.remove(self.pages, some)
        except OSError:
            logger.exception("Some front files cannot be deleted, so all of them are moved away.")
            places.take_away(self.pages)
        index.remove(some)

    def _remove_all(self, index: Index) -> None:
        places.take_away(self.pages)
        index.clear()

    def _forget_clock(self) -> None:
        known, self._clock = self._clock, None
        if known is not None:
            known.forget()

    @contextmanager
    def _alone(self) -> Iterator[Index]:
        """Hold the lock that all processes share; an index that is broken is begun anew."""
        make_public(self.folder)
        with self._turn, (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                index = self._current_index()
            except sqlite3.Error:
                self._begin_anew()
                index = self._current_index()
            try:
                yield index
            except sqlite3.Error:
                self._begin_anew()

    def _begin_anew(self) -> None:
        """Give up an index that does not work, and with it all that it lists."""
        logger.error("The index of front files is damaged; starting a new one.")
        self.rest()
        places.take_away(self.pages)
        places.take_away(self.folder / "index")

    def _current_index(self) -> Index:
        """Return the index that lies there now."""
        file = index_in(self.folder)
        if self._index is None or self._identity != places.identity(file):
            if self._index is not None:
                self._index.close()
            file.parent.mkdir(exist_ok=True)
            self._index = Index(file)
            self._identity = places.identity(file)
        return self._index
