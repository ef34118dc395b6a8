"""Threads are kept free for those who read what is kept, whatever else is asked for."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from broadsheet.lib.process_pool import ProcessPool
from broadsheet.pagecache.render_pool import PoolFullError, RenderPool, Slots
from tests.ops.processes import wait_for
from tests.pagecache.visitors import Behind, Visitor


class Slow(Behind):
    """An application that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()
        self.meanwhile = self._wait

    def _wait(self) -> None:
        self.begun.release()
        assert self.let.wait(60)


def _is_full(places: AbstractContextManager[None]) -> bool:
    """Look, for who took a place to see would keep another out."""
    assert isinstance(places, Slots)
    return places._free._value == 0


def test_who_reads_what_is_kept_is_answered_while_others_wait_and_more_are_refused() -> None:
    behind = Behind()
    visitor = Visitor(behind)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)
    assert visitor.get("/kept").status == 200
    slow = Slow()
    behind.meanwhile = slow.meanwhile
    with ThreadPoolExecutor(2) as readers:
        first, second = (readers.submit(visitor.get, path) for path in ("/first", "/second"))
        wait_for(lambda: _is_full(visitor.wsgi.render_pool.slots), "no place to be left")
        assert visitor.get("/kept").status == 200
        refused = visitor.get("/third")
        slow.let.set()
        assert first.result().status == second.result().status == 200
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert refused.headers["cache-control"] == "no-store"
    assert visitor.get("/third").status == 200


def test_files_are_sent_even_where_no_place_is_left() -> None:
    behind = Behind(tags="")
    visitor = Visitor(behind)
    visitor.wsgi.render_pool = pool = RenderPool(1, slots=1)
    with pool.slots:
        assert visitor.get("/static/public/read.css").status == 200
        assert visitor.get("/media/4d/4d/1x1.jpg").status == 200
        assert visitor.get("/page").status == 503


def test_who_sends_slowly_takes_nobodys_place() -> None:
    behind = Behind()
    visitor = Visitor(behind)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)  # of which one for those who send
    begun, come = threading.Event(), threading.Event()

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            begun.set()
            assert come.wait(60)
            return super().read(size)

    def send() -> int:
        sent: dict[str, Any] = {"CONTENT_LENGTH": "3", "wsgi.input": Dripping(b"abc")}
        return visitor.get("/send", REQUEST_METHOD="POST", **sent).status

    with ThreadPoolExecutor(1) as senders:
        slow = senders.submit(send)
        assert begun.wait(60)
        assert visitor.get("/send", REQUEST_METHOD="POST").status == 200
        assert visitor.get("/other").status == 200
        come.set()
        assert slow.result() == 200
    assert behind.asked[-1]["wsgi.input"].read() == b"abc"


def test_what_takes_long_lets_the_next_begin() -> None:
    pool = RenderPool(2, slots=4)
    both = threading.Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as readers:
        list(readers.map(pool.run, [both.wait, both.wait]))


def test_what_is_short_is_made_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "broadsheet.pagecache.render_pool.EXCLUSIVE_SECONDS", 60
    )  # long on a busy machine, too
    pool = RenderPool(4, slots=8)
    inside = 0

    def short() -> int:
        nonlocal inside
        inside += 1
        time.sleep(0.000_1)
        seen, inside = inside, inside - 1
        return seen

    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(lambda _: pool.run(short), range(40))) == {1}


def test_a_maker_raises_what_its_work_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        RenderPool(1, slots=1).run(lambda: 1 // 0)


def test_a_place_is_free_again_whatever_happened() -> None:
    places = Slots(1)
    with pytest.raises(ZeroDivisionError), places:
        _ = 1 // 0
    with places, pytest.raises(PoolFullError), places:
        pytest.fail("there was no place")
    with places:
        pass


def test_who_writes_and_waits_for_other_writers_holds_up_no_reader() -> None:
    """As while another process has SQLite locked: six writers wait, and two threads read."""
    behind = Behind(tags="")
    visitor = Visitor(behind)
    visitor.wsgi.render_pool = RenderPool(2, slots=20)
    slow = Slow()
    behind.meanwhile = slow.meanwhile
    with ThreadPoolExecutor(6) as writers:
        waiting = [
            writers.submit(lambda: visitor.get("/save", REQUEST_METHOD="POST").status)
            for _ in range(6)
        ]
        assert slow.begun.acquire(timeout=60)
        assert slow.begun.acquire(timeout=60)
        behind.meanwhile = bool
        assert [visitor.get(path).status for path in ("/search?q=a", "/login", "/none")] == [
            200
        ] * 3
        slow.let.set()
        assert {writer.result() for writer in waiting} == {200}


def test_while_a_thread_waits_for_a_child_process_another_goes_on(tmp_path: Path) -> None:
    pool = RenderPool(1, slots=8)
    processes = ProcessPool("tests.lib.process_pool_jobs", processes=1, waiting=8)
    here, until = tmp_path / "here", tmp_path / "until"
    values = {"here": str(here), "until": str(until)}
    before = threading.active_count()
    with ThreadPoolExecutor(3) as readers:
        jobs = [readers.submit(pool.run, lambda: processes.run("wait", values)) for _ in range(3)]
        wait_for(here.exists, "the first one's child to begin")
        assert pool.run(lambda: "made") == "made"
        until.touch()
        for job in jobs:
            job.result()
    processes.close()
    wait_for(lambda: threading.active_count() <= before, "the spare threads to end")
    assert pool.run(lambda: "made") == "made"
