"""Concurrent requests for a page share one rendering."""

import threading
import time

from tests.pagecache.visitors import FakeApplication, Visitor, run_in_parallel


def test_concurrent_requests_for_a_page_share_one_rendering(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.on_request = lambda: time.sleep(0.1)
    bodies: list[bytes] = []
    run_in_parallel(*[lambda: bodies.append(visitor.get().body)] * 8)
    assert bodies == [application.body] * 8
    assert len(application.requests) == 1


def test_different_pages_are_rendered_in_parallel(
    visitor: Visitor, application: FakeApplication
) -> None:
    both = threading.Barrier(2, timeout=60)
    application.on_request = both.wait
    run_in_parallel(lambda: visitor.get("/a"), lambda: visitor.get("/b"))
    assert len(application.requests) == 2


def test_concurrent_requests_for_an_uncacheable_page_do_not_wait(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.tags = ""
    visitor.get()
    both = threading.Barrier(2, timeout=60)
    application.on_request = both.wait
    run_in_parallel(visitor.get, visitor.get)
    assert len(application.requests) == 3


def test_after_a_failed_rendering_the_next_request_renders(
    visitor: Visitor, application: FakeApplication
) -> None:
    def fail() -> None:
        time.sleep(0.05)
        raise RuntimeError("boom")

    application.on_request = fail
    failures: list[Exception] = []

    def request() -> None:
        try:
            visitor.get()
        except RuntimeError as error:
            failures.append(error)

    run_in_parallel(request, request, request)
    assert len(failures) == 3
    application.on_request = bool
    assert visitor.get().status == 200
    assert not visitor.cache._renderings
