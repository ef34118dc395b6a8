"""Front files stay right through starts, crashes, forks, and whatever cannot be done."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from broadsheet.pagecache.front import places
from broadsheet.pagecache.front.files import Front
from broadsheet.pagecache.front.index import Index
from broadsheet.pagecache.tags import EVERYTHING, NOTHING
from tests.pagecache.fronts import Log, always, begun, page, there


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
        assert index.execute("SELECT count(*) FROM page").fetchone() == (0,)
    index.close()
