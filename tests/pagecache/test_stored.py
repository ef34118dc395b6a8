"""What is the same for everyone is kept, until anything that it was made from changes."""

import pytest
from django.db import DatabaseError, InterfaceError

from broadsheet.pagecache.tags import EVERYTHING, HEADER, NOTHING
from tests.pagecache.visitors import Behind, Visitor


@pytest.mark.parametrize("tag", ["post:1", "site", EVERYTHING])
def test_a_page_is_dropped_with_anything_that_it_was_made_from(
    visitor: Visitor, behind: Behind, tag: str
) -> None:
    visitor.get()
    visitor.tracker.invalidate(tag)
    visitor.get()
    assert len(behind.asked) == 2
    assert visitor.counts()["dropped"] == 1


def test_what_it_was_not_made_from_leaves_it_alone(visitor: Visitor, behind: Behind) -> None:
    visitor.get()
    visitor.tracker.invalidate("post:2", "post", "sites")
    visitor.get()
    assert len(behind.asked) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved", "500 Oops", "206 Partial"])
def test_only_a_200_is_kept(visitor: Visitor, behind: Behind, status: str) -> None:
    behind.status = status
    for _ in range(2):
        reply = visitor.get()
        assert reply.status == int(status[:3])
        assert HEADER.lower() not in reply.headers
    assert len(behind.asked) == 2


def test_what_sets_a_cookie_is_not_kept(visitor: Visitor, behind: Behind) -> None:
    behind.headers.append(("Set-Cookie", "a=b"))
    replies = [visitor.get(), visitor.get()]
    assert len(behind.asked) == 2
    assert all(HEADER.lower() not in reply.headers for reply in replies)


def test_what_does_not_say_what_it_was_made_from_is_not_kept(
    visitor: Visitor, behind: Behind
) -> None:
    behind.tags = ""
    for _ in range(2):
        assert visitor.get().body == behind.body
    assert len(behind.asked) == 2
    assert visitor.counts()["uncacheable"] == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "DELETE", "PROPFIND", "get"])
def test_other_methods_go_to_django(visitor: Visitor, behind: Behind, method: str) -> None:
    visitor.get()
    visitor.get(REQUEST_METHOD=method)
    visitor.get(REQUEST_METHOD=method)
    assert len(behind.asked) == 3


@pytest.mark.parametrize("vary", ["Cookie", "authorization, cookie", "Authorization"])
def test_what_varies_by_who_asks_is_kept_for_strangers_only(
    visitor: Visitor, behind: Behind, vary: str
) -> None:
    behind.headers.append(("Vary", vary))
    for known in ({"HTTP_COOKIE": "a=b"}, {"HTTP_AUTHORIZATION": "Bearer x"}):
        behind.body = b"private"
        assert visitor.get(**known).body == b"private"
        behind.body = b"public"
        assert visitor.get().body == b"public"
        behind.body = b"private"
        assert visitor.get(**known).body == b"private"
        assert visitor.get().body == b"public"
    assert len(behind.asked) == 5
    assert visitor.get().headers["vary"] == f"{vary}, Accept-Encoding"


def test_what_is_the_same_for_everyone_is_given_to_those_who_logged_in(
    visitor: Visitor, behind: Behind
) -> None:
    visitor.get()
    assert visitor.get(HTTP_COOKIE="session=1").status == 200
    assert visitor.get(HTTP_AUTHORIZATION="Bearer x").status == 200
    assert len(behind.asked) == 1


def test_a_page_that_changes_while_it_is_rendered_is_not_kept(
    visitor: Visitor, behind: Behind
) -> None:
    visitor.get("/other")  # the clock is looked at

    def change() -> None:
        visitor.tracker.invalidate("post:1")
        visitor.get("/other")  # somebody else looks at the clock meanwhile

    behind.meanwhile = change if len(behind.asked) < 2 else bool

    def once() -> None:
        behind.meanwhile = bool
        change()

    behind.meanwhile = once
    visitor.get()
    asked = len(behind.asked)
    visitor.get()
    assert len(behind.asked) == asked + 1


def test_a_change_that_nobody_saw_while_a_page_was_rendered_drops_it_later(
    visitor: Visitor, behind: Behind
) -> None:
    visitor.get("/other")
    behind.meanwhile = lambda: visitor.tracker.invalidate("post:1")
    visitor.get()
    behind.meanwhile = bool
    visitor.get()
    assert len(behind.asked) == 3


def test_while_the_triggers_are_away_nothing_is_kept(visitor: Visitor, behind: Behind) -> None:
    visitor.get()
    visitor.tracker.invalidate(NOTHING)
    for _ in range(3):
        visitor.get()
    assert len(behind.asked) == 4
    visitor.tracker.invalidate(EVERYTHING)
    for _ in range(3):
        visitor.get()
    assert len(behind.asked) == 5


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_a_database_that_does_not_answer_leaves_it_to_django(
    visitor: Visitor, behind: Behind, error: type[Exception]
) -> None:
    visitor.get()
    visitor.tracker.failing = error("gone")
    behind.body, behind.status = b"Sorry.", "503 Service Unavailable"
    assert visitor.get().body == b"Sorry."
    assert visitor.counts()["not_validated"] > 0
    behind.body, behind.status, visitor.tracker.failing = b"Back.", "200 OK", None
    assert visitor.get().body == b"Back.", "what was kept before counts for nothing"
