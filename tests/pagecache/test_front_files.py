"""Front files: added only while they hold, removed when they do not, whatever goes wrong."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError

from broadsheet.pagecache.clocks import Moved
from broadsheet.pagecache.front import files, places
from broadsheet.pagecache.front.files import File, Front
from broadsheet.pagecache.front.index import Index
from broadsheet.pagecache.stamps import EVERYTHING, NOTHING


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


_begun: list[Front] = []


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    log = Log()
    monkeypatch.setattr(files, "clock", log.clock)
    yield log
    while _begun:
        _begun.pop().rest()


@pytest.fixture
def front(log: Log, tmp_path: Path) -> Front:
    return begun(tmp_path)


def begun(folder: Path, release: str = "1") -> Front:
    front = Front(folder / "front", lambda: release)
    _begun.append(front)
    front.reconcile()
    return front


def page(path: str, *stamps: str) -> File:
    return File(f"kind/{path}.page", f"{path} as it is".encode(), b"gzipped", frozenset(stamps))


def always() -> bool:
    return True


def there(front: Front) -> set[str]:
    return set(places.pages_in(front.pages))


def test_a_page_that_holds_becomes_a_file_and_its_gzip(front: Front) -> None:
    assert front.put(page("a/b", "post:1"), always)
    assert (front.pages / "kind/a/b.page").read_bytes() == b"a/b as it is"
    assert (front.pages / "kind/a/b.page.gz").read_bytes() == b"gzipped"
    assert (front.pages / "kind/a/b.page").stat().st_mode & 0o777 == 0o644, "nginx may read it"


def test_what_was_made_from_a_stamp_goes_and_the_rest_stays(front: Front, log: Log) -> None:
    front.put(page("a", "post:1", "site"), always)
    front.put(page("b", "post:2", "site"), always)
    log.stamps.append("post:1")
    front.catch_up()
    assert there(front) == {"kind/b.page"}
    log.stamps.append(EVERYTHING)
    front.catch_up()
    assert there(front) == set()


def test_a_change_that_another_process_made_is_removed_by_either(
    front: Front, log: Log, tmp_path: Path
) -> None:
    other = begun(tmp_path)
    front.put(page("a", "post:1"), always)
    log.stamps.append("post:1")
    other.catch_up()
    assert there(front) == set()
    front.put(page("a", "post:1"), always)
    front.catch_up()
    assert there(front) == {"kind/a.page"}, "it was made after the change"


def test_a_late_rendering_does_not_put_an_old_page_back(front: Front, log: Log) -> None:
    """The change comes between the rendering and the file; the page does not hold any more."""
    log.stamps.append("post:1")
    assert not front.put(page("a", "post:1"), lambda: False)
    assert there(front) == set()
    assert list((front.folder / "new").iterdir()) == []


def test_a_change_while_the_page_is_proven_waits_and_then_finds_the_file(
    front: Front, log: Log, tmp_path: Path
) -> None:
    """The log is written after the writer looked: the remover, who waits for the lock, removes."""

    def holds() -> bool:
        log.stamps.append("post:1")  # committed just after the look
        return True

    assert front.put(page("a", "post:1"), holds)
    begun(tmp_path).catch_up()
    assert there(front) == set()


def test_a_page_that_is_a_file_is_not_written_again(front: Front) -> None:
    assert front.put(page("a"), always)
    assert not front.put(page("a"), always)
    (front.pages / "kind/a.page").unlink()
    assert front.put(page("a"), always), "somebody removed it by hand"


def test_no_two_files_have_the_same_time_of_which_nginx_makes_their_etags(
    front: Front, log: Log
) -> None:
    times = set()
    for _ in range(5):
        front.put(page("a", "post:1"), always)
        for file in ("kind/a.page", "kind/a.page.gz"):
            times.add(int((front.pages / file).stat().st_mtime))
        log.stamps.append("post:1")
        front.catch_up()
    assert len(times) == 10


def test_where_many_do_not_hold_all_are_taken_away_at_once(
    front: Front, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MANY", 1)
    for path in "abc":
        front.put(page(path, "site" if path != "c" else "post:1"), always)
    log.stamps.append("site")
    front.catch_up()
    assert there(front) == set()
    front.tidy()
    assert not list(front.folder.glob("gone-*"))
    assert front.put(page("a"), always)


def test_the_oldest_make_room(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST", 2)
    for path in "abc":
        front.put(page(path), always)
    assert there(front) == {"kind/b.page", "kind/c.page"}


def test_a_start_keeps_what_holds(front: Front, tmp_path: Path) -> None:
    front.put(page("a", "post:1"), always)
    assert there(begun(tmp_path)) == {"kind/a.page"}


def test_a_start_removes_what_changed_while_nobody_looked(
    front: Front, log: Log, tmp_path: Path
) -> None:
    front.put(page("a", "post:1"), always)
    log.stamps.append("post:1")
    assert there(begun(tmp_path)) == set()


def test_a_start_with_other_code_theme_or_settings_removes_all(
    front: Front, tmp_path: Path
) -> None:
    front.put(page("a"), always)
    newer = begun(tmp_path, release="2")
    assert there(newer) == set()
    assert not front.put(page("a"), always), "who is older writes no more"
    assert newer.put(page("a"), always)


@pytest.mark.parametrize("name", ["kind/x.page", "kind/x.page.gz"])
def test_a_start_removes_files_that_the_index_does_not_know(
    front: Front, tmp_path: Path, name: str
) -> None:
    front.put(page("a"), always)
    (front.pages / name).write_text("left by a crash")
    (front.folder / "gone-1-1").mkdir()
    assert there(begun(tmp_path)) == {"kind/a.page"}
    assert not (front.pages / name).exists()
    assert not (front.folder / "gone-1-1").exists()


def test_no_file_stays_when_the_database_cannot_say_which_hold(front: Front, log: Log) -> None:
    front.put(page("a"), always)
    log.stamps.append("session")
    log.is_down = True
    front.catch_up()
    assert there(front) == set()


def test_no_file_is_there_while_the_triggers_are_not(front: Front, log: Log) -> None:
    front.put(page("a"), always)
    log.stamps.append(NOTHING)
    front.catch_up()
    assert there(front) == set()
    assert not front.put(page("a"), always)
    log.stamps.append(EVERYTHING)
    front.catch_up()
    assert front.put(page("a"), always)


def test_no_file_is_there_while_another_node_is_on_the_database(front: Front, log: Log) -> None:
    front.put(page("a"), always)
    log.has_company = True
    log.stamps.append("session")
    front.catch_up()
    assert there(front) == set()
    assert not front.put(page("a"), always)


def test_where_a_file_cannot_be_removed_all_are_taken_away(
    front: Front, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(page("a", "post:1"), always)
    front.put(page("b"), always)

    def refuse(_file: Path, **_how: bool) -> None:
        raise PermissionError(13, "no")

    log.stamps.append("post:1")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        front.catch_up()
    assert there(front) == set()


def test_where_nothing_can_be_taken_away_the_change_is_not_acknowledged(
    front: Front, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.put(page("a", "post:1"), always)

    def refuse(*_what: object, **_how: object) -> None:
        raise PermissionError(13, "no")

    log.stamps.append("post:1")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(PermissionError):
            front.catch_up()
    assert there(front) == {"kind/a.page"}
    front.catch_up()
    assert there(front) == set(), "and the next one tries again"


@pytest.mark.parametrize("is_open", [True, False])
def test_a_broken_index_is_begun_anew_without_files(
    front: Front, log: Log, tmp_path: Path, is_open: bool
) -> None:
    front.put(page("a", "post:1"), always)
    front.rest()
    for file in (front.folder / "index").glob("*-wal"):
        file.unlink()
    (front.folder / "index" / "index.sqlite3").write_bytes(b"no database" * 1000)
    log.stamps.append("post:2")
    (front if is_open else begun(tmp_path)).catch_up()
    assert there(front) == set()
    begun(tmp_path)
    assert front.put(page("a"), always)


def test_an_index_that_another_process_has_begun_anew_is_noticed(
    front: Front, log: Log, tmp_path: Path
) -> None:
    other = begun(tmp_path)
    places.take_away(front.folder / "index")
    begun(tmp_path)
    assert front.put(page("a", "post:1"), always)
    log.stamps.append("post:1")
    other.catch_up()
    assert there(front) == set()


@pytest.mark.parametrize("step", ["add", "move_in"])
def test_what_a_crash_in_the_middle_leaves_is_known_to_the_index(
    front: Front, log: Log, monkeypatch: pytest.MonkeyPatch, step: str, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def after(original: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            original(*arguments)
            raise Killed

        return run

    place = {"add": Index, "move_in": places}[step]
    with monkeypatch.context() as patch:
        patch.setattr(place, step, after(getattr(place, step)))
        with pytest.raises(Killed):
            front.put(page("a", "post:1"), always)
    log.stamps.append("post:1")
    begun(tmp_path).catch_up()
    assert there(front) == set()


def test_after_a_fork_nothing_of_the_parent_is_used(front: Front, log: Log) -> None:
    front.put(page("a", "post:1"), always)
    child = os.fork()
    if child == 0:
        try:
            log.stamps.append("post:1")
            front.catch_up()
            os._exit(int(there(front) != set()))
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert there(front) == set()
    front.catch_up()
    with sqlite3.connect(front.folder / "index" / "index.sqlite3") as index:
        assert index.execute("SELECT count(*) FROM file").fetchone() == (0,)
    index.close()
