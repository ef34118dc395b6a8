"""Threads stay free for cached pages, whatever else is requested."""

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
from tests.pagecache.visitors import FakeApplication, Visitor


class SlowApplication(FakeApplication):
    """An application that responds once `resume` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.started = threading.Semaphore(0)
        self.resume = threading.Event()
        self.on_request = self._wait

    def _wait(self) -> None:
        self.started.release()
        assert self.resume.wait(60)


def _is_full(slots: AbstractContextManager[None]) -> bool:
    """Look at the semaphore, because acquiring a slot would block another request."""
    assert isinstance(slots, Slots)
    return slots._free._value == 0


def test_cached_pages_are_served_while_all_slots_are_in_use_and_others_get_503() -> None:
    application = FakeApplication()
    visitor = Visitor(application)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)
    assert visitor.get("/kept").status == 200
    slow = SlowApplication()
    application.on_request = slow.on_request
    with ThreadPoolExecutor(2) as readers:
        first, second = (readers.submit(visitor.get, path) for path in ("/first", "/second"))
        wait_for(lambda: _is_full(visitor.wsgi.render_pool.slots), "all slots to be in use")
        assert visitor.get("/kept").status == 200
        response = visitor.get("/third")
        slow.resume.set()
        assert first.result().status == second.result().status == 200
    assert (response.status, response.headers["retry-after"]) == (503, "5")
    assert response.headers["cache-control"] == "no-store"
    assert visitor.get("/third").status == 200


def test_files_are_served_even_if_no_slot_is_free() -> None:
    application = FakeApplication(tags="")
    visitor = Visitor(application)
    visitor.wsgi.render_pool = pool = RenderPool(1, slots=1)
    with pool.slots:
        assert visitor.get("/static/public/read.css").status == 200
        assert visitor.get("/media/4d/4d/1x1.jpg").status == 200
        assert visitor.get("/page").status == 503


def test_a_slow_upload_does_not_block_other_requests() -> None:
    application = FakeApplication()
    visitor = Visitor(application)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)  # one of them for uploads
    started, continue_upload = threading.Event(), threading.Event()

    class SlowBody(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            started.set()
            assert continue_upload.wait(60)
            return super().read(size)

    def send() -> int:
        sent: dict[str, Any] = {"CONTENT_LENGTH": "3", "wsgi.input": SlowBody(b"abc")}
        return visitor.get("/send", REQUEST_METHOD="POST", **sent).status

    with ThreadPoolExecutor(1) as clients:
        slow = clients.submit(send)
        assert started.wait(60)
        assert visitor.get("/send", REQUEST_METHOD="POST").status == 200
        assert visitor.get("/other").status == 200
        continue_upload.set()
        assert slow.result() == 200
    assert application.requests[-1]["wsgi.input"].read() == b"abc"


def test_a_long_rendering_lets_the_next_one_start() -> None:
    pool = RenderPool(2, slots=4)
    both = threading.Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as readers:
        list(readers.map(pool.run, [both.wait, both.wait]))


def test_short_renderings_run_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough on a busy machine.
    monkeypatch.setattr("broadsheet.pagecache.render_pool.EXCLUSIVE_SECONDS", 60)
    pool = RenderPool(4, slots=8)
    running = 0

    def short() -> int:
        nonlocal running
        running += 1
        time.sleep(0.000_1)
        seen, running = running, running - 1
        return seen

    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(lambda _: pool.run(short), range(40))) == {1}


def test_exceptions_of_the_rendering_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        RenderPool(1, slots=1).run(lambda: 1 // 0)


def test_a_slot_is_released_after_an_exception() -> None:
    slots = Slots(1)
    with pytest.raises(ZeroDivisionError), slots:
        _ = 1 // 0
    with slots, pytest.raises(PoolFullError), slots:
        pytest.fail("no slot was free")
    with slots:
        pass


def test_writers_that_wait_do_not_block_readers() -> None:
    """As while another process holds the lock of SQLite: six writers wait, and two threads read."""
    application = FakeApplication(tags="")
    visitor = Visitor(application)
    visitor.wsgi.render_pool = RenderPool(2, slots=20)
    slow = SlowApplication()
    application.on_request = slow.on_request
    with ThreadPoolExecutor(6) as writers:
        waiting = [
            writers.submit(lambda: visitor.get("/save", REQUEST_METHOD="POST").status)
            for _ in range(6)
        ]
        assert slow.started.acquire(timeout=60)
        assert slow.started.acquire(timeout=60)
        application.on_request = bool
        assert [visitor.get(path).status for path in ("/search?q=a", "/login", "/none")] == [
            200
        ] * 3
        slow.resume.set()
        assert {writer.result() for writer in waiting} == {200}


@pytest.mark.slow
def test_another_thread_continues_while_one_waits_for_a_child_process(tmp_path: Path) -> None:
    pool = RenderPool(1, slots=8)
    processes = ProcessPool("tests.lib.process_pool_jobs", processes=1, waiting=8)
    started_file, end_file = tmp_path / "here", tmp_path / "until"
    values = {"here": str(started_file), "until": str(end_file)}
    before = threading.active_count()
    with ThreadPoolExecutor(3) as readers:
        jobs = [readers.submit(pool.run, lambda: processes.run("wait", values)) for _ in range(3)]
        wait_for(started_file.exists, "the child of the first one to start")
        assert pool.run(lambda: "made") == "made"
        end_file.touch()
        for job in jobs:
            job.result()
    processes.close()
    wait_for(lambda: threading.active_count() <= before, "the extra threads to end")
    assert pool.run(lambda: "made") == "made"
