"""Many who ask at once wait for one rendering."""

import threading
import time

from tests.pagecache.visitors import Behind, Visitor, together


def test_many_who_ask_for_one_page_at_once_wait_for_one_rendering(
    visitor: Visitor, behind: Behind
) -> None:
    behind.meanwhile = lambda: time.sleep(0.1)
    bodies: list[bytes] = []
    together(*[lambda: bodies.append(visitor.get().body)] * 8)
    assert bodies == [behind.body] * 8
    assert len(behind.asked) == 1


def test_different_pages_are_rendered_side_by_side(visitor: Visitor, behind: Behind) -> None:
    both = threading.Barrier(2, timeout=60)
    behind.meanwhile = both.wait
    together(lambda: visitor.get("/a"), lambda: visitor.get("/b"))
    assert len(behind.asked) == 2


def test_what_is_never_kept_is_not_waited_for(visitor: Visitor, behind: Behind) -> None:
    behind.tags = ""
    visitor.get()
    both = threading.Barrier(2, timeout=60)
    behind.meanwhile = both.wait
    together(visitor.get, visitor.get)
    assert len(behind.asked) == 3


def test_a_rendering_that_fails_gives_its_turn_to_the_next(
    visitor: Visitor, behind: Behind
) -> None:
    def fail() -> None:
        time.sleep(0.05)
        raise RuntimeError("boom")

    behind.meanwhile = fail
    failures: list[Exception] = []

    def ask() -> None:
        try:
            visitor.get()
        except RuntimeError as error:
            failures.append(error)

    together(ask, ask, ask)
    assert len(failures) == 3
    behind.meanwhile = bool
    assert visitor.get().status == 200
    assert not visitor.cache._renderings
