"""Front files: added only while they hold, removed when they do not."""

from pathlib import Path

import pytest

from broadsheet.pagecache.front import files
from broadsheet.pagecache.front.files import Front
from broadsheet.pagecache.front.index import counts
from broadsheet.pagecache.tags import EVERYTHING
from tests.pagecache.fronts import Log, always, begun, page, there


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


def test_it_is_counted_what_was_written_and_removed(front: Front, log: Log) -> None:
    assert counts(front.folder / "elsewhere") is None
    for path in "abc":
        front.put(page(path, f"post:{path}", "site"), always)
    log.stamps.append("post:a")
    front.catch_up()
    size = len(b"a as it is" + b"gzipped")
    assert counts(front.folder) == {"": 2, "_bytes": 2 * size, "_written": 3, "_removed": 1}
    log.stamps.append(EVERYTHING)
    front.catch_up()
    assert counts(front.folder) == {"": 0, "_bytes": 0, "_written": 3, "_removed": 3}
