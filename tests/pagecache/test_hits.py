"""Cached pages are served without Django, in full or as a 304."""

import pytest

from broadsheet.pagecache.tags import HEADER
from tests.pagecache.visitors import FRESH, HTML, FakeApplication, Visitor


def test_the_second_request_is_served_without_django(
    visitor: Visitor, application: FakeApplication
) -> None:
    first, second = visitor.get("/hello"), visitor.get("/hello")
    assert (first.status, first.body) == (200, application.body)
    assert second == first
    assert len(application.requests) == 1
    assert first.headers["cache-control"] == FRESH
    assert first.headers["vary"] == "Accept-Encoding"
    assert HEADER.lower() not in first.headers
    assert visitor.counts()["hits"] == visitor.counts()["misses"] == visitor.counts()["pages"] == 1


def test_head_has_the_headers_of_get_and_no_body(
    visitor: Visitor, application: FakeApplication
) -> None:
    missed, hit = (visitor.get(REQUEST_METHOD="HEAD") for _ in range(2))
    full = visitor.get()
    assert missed.body == hit.body == b""
    assert missed.headers == hit.headers == full.headers
    assert hit.headers["content-length"] == str(len(application.body))
    assert len(application.requests) == 1


@pytest.mark.parametrize(
    "etags",
    ["{}", "W/{}", '"x", {}', '"x",W/{} , "y"', "*", '"x", *'],
)
def test_a_matching_etag_gets_a_304(visitor: Visitor, etags: str) -> None:
    etag = visitor.get().headers["etag"]
    assert not etag.startswith("W/")
    for method in ("GET", "HEAD"):
        reply = visitor.get(REQUEST_METHOD=method, HTTP_IF_NONE_MATCH=etags.format(etag))
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["etag"] == etag
        assert reply.headers["cache-control"] == FRESH
        assert reply.headers["vary"] == "Accept-Encoding"
        assert "content-length" not in reply.headers


def test_a_matching_etag_gets_a_304_even_after_an_invalidation(visitor: Visitor) -> None:
    etag = visitor.get().headers["etag"]
    visitor.tracker.invalidate("post:1")
    assert visitor.get(HTTP_IF_NONE_MATCH=etag).status == 304


@pytest.mark.parametrize("etags", ['"x"', 'W/"x"', '""', "x", "W/", ",,", '"*"', "* x"])
def test_another_etag_gets_the_page(visitor: Visitor, etags: str) -> None:
    visitor.get()
    assert visitor.get(HTTP_IF_NONE_MATCH=etags).status == 200


def test_another_body_has_another_etag(visitor: Visitor, application: FakeApplication) -> None:
    before = visitor.get()
    application.body = b"Another."
    assert visitor.get() == before
    visitor.tracker.invalidate("post:1")
    after = visitor.get()
    assert after.body == b"Another."
    assert after.headers["etag"] != before.headers["etag"]
    assert visitor.get(HTTP_IF_NONE_MATCH=before.headers["etag"]).status == 200


def test_the_charset_of_a_get_request_is_hidden_from_django(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get(CONTENT_TYPE="text/plain; charset=cp037")
    assert "CONTENT_TYPE" not in application.requests[0], (
        "Django would decode the query string with it"
    )


def test_a_server_may_modify_the_headers_that_it_receives(visitor: Visitor) -> None:
    first = visitor.get()
    for _ in range(2):
        reply = visitor.get()
        assert reply == first
        reply.pairs.append(("Date", "today"))  # PEP 3333 allows it
        unchanged = visitor.get(HTTP_IF_NONE_MATCH=first.headers["etag"])
        assert "content-length" not in unchanged.headers
        unchanged.pairs.append(("Content-Length", "0"))


def test_a_response_without_content_type_is_cached_unchanged(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.headers = []
    assert visitor.get(HTTP_ACCEPT_ENCODING="br").body == application.body
    assert visitor.get(HTTP_ACCEPT_ENCODING="br").body == application.body
    assert HTML not in visitor.get().headers.values()
