"""Public pages are cached until anything that they were rendered from changes."""

import pytest
from django.db import DatabaseError, InterfaceError

from broadsheet.pagecache.tags import EVERYTHING, HEADER, NOTHING
from tests.pagecache.visitors import FakeApplication, Visitor


@pytest.mark.parametrize("tag", ["post:1", "site", EVERYTHING])
def test_a_page_is_invalidated_by_each_of_its_tags(
    visitor: Visitor, application: FakeApplication, tag: str
) -> None:
    visitor.get()
    visitor.tracker.invalidate(tag)
    visitor.get()
    assert len(application.requests) == 2
    assert visitor.counts()["dropped"] == 1


def test_other_tags_do_not_invalidate_a_page(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get()
    visitor.tracker.invalidate("post:2", "post", "sites")
    visitor.get()
    assert len(application.requests) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved", "500 Oops", "206 Partial"])
def test_only_a_200_is_cached(visitor: Visitor, application: FakeApplication, status: str) -> None:
    application.status = status
    for _ in range(2):
        reply = visitor.get()
        assert reply.status == int(status[:3])
        assert HEADER.lower() not in reply.headers
    assert len(application.requests) == 2


def test_a_response_that_sets_a_cookie_is_not_cached(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.headers.append(("Set-Cookie", "a=b"))
    replies = [visitor.get(), visitor.get()]
    assert len(application.requests) == 2
    assert all(HEADER.lower() not in reply.headers for reply in replies)


def test_a_response_without_tags_is_not_cached(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.tags = ""
    for _ in range(2):
        assert visitor.get().body == application.body
    assert len(application.requests) == 2
    assert visitor.counts()["uncacheable"] == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "DELETE", "PROPFIND", "get"])
def test_other_methods_go_to_django(
    visitor: Visitor, application: FakeApplication, method: str
) -> None:
    visitor.get()
    visitor.get(REQUEST_METHOD=method)
    visitor.get(REQUEST_METHOD=method)
    assert len(application.requests) == 3


@pytest.mark.parametrize("vary", ["Cookie", "authorization, cookie", "Authorization"])
def test_a_response_that_varies_by_user_is_cached_for_anonymous_users_only(
    visitor: Visitor, application: FakeApplication, vary: str
) -> None:
    application.headers.append(("Vary", vary))
    for credentials in ({"HTTP_COOKIE": "a=b"}, {"HTTP_AUTHORIZATION": "Bearer x"}):
        application.body = b"private"
        assert visitor.get(**credentials).body == b"private"
        application.body = b"public"
        assert visitor.get().body == b"public"
        application.body = b"private"
        assert visitor.get(**credentials).body == b"private"
        assert visitor.get().body == b"public"
    assert len(application.requests) == 5
    assert visitor.get().headers["vary"] == f"{vary}, Accept-Encoding"


def test_cached_public_pages_are_also_served_to_logged_in_users(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get()
    assert visitor.get(HTTP_COOKIE="session=1").status == 200
    assert visitor.get(HTTP_AUTHORIZATION="Bearer x").status == 200
    assert len(application.requests) == 1


def test_a_page_that_changes_while_it_is_rendered_is_not_cached(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get("/other")  # polls the change tracker

    def change() -> None:
        visitor.tracker.invalidate("post:1")
        visitor.get("/other")  # another request polls meanwhile

    application.on_request = change if len(application.requests) < 2 else bool

    def once() -> None:
        application.on_request = bool
        change()

    application.on_request = once
    visitor.get()
    before = len(application.requests)
    visitor.get()
    assert len(application.requests) == before + 1


def test_a_change_during_rendering_without_a_poll_invalidates_the_page_later(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get("/other")
    application.on_request = lambda: visitor.tracker.invalidate("post:1")
    visitor.get()
    application.on_request = bool
    visitor.get()
    assert len(application.requests) == 3


def test_nothing_is_cached_while_the_triggers_are_missing(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get()
    visitor.tracker.invalidate(NOTHING)
    for _ in range(3):
        visitor.get()
    assert len(application.requests) == 4
    visitor.tracker.invalidate(EVERYTHING)
    for _ in range(3):
        visitor.get()
    assert len(application.requests) == 5


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_requests_go_to_django_if_the_database_does_not_respond(
    visitor: Visitor, application: FakeApplication, error: type[Exception]
) -> None:
    visitor.get()
    visitor.tracker.failing = error("gone")
    application.body, application.status = b"Sorry.", "503 Service Unavailable"
    assert visitor.get().body == b"Sorry."
    assert visitor.counts()["not_validated"] > 0
    application.body, application.status, visitor.tracker.failing = b"Back.", "200 OK", None
    assert visitor.get().body == b"Back.", "earlier entries are not used"
