"""What is kept is answered without Django, whole or as a 304."""

import pytest

from broadsheet.pagecache.tags import HEADER
from tests.pagecache.visitors import FRESH, HTML, Behind, Visitor


def test_the_second_reader_is_answered_without_django(visitor: Visitor, behind: Behind) -> None:
    first, second = visitor.get("/hello"), visitor.get("/hello")
    assert (first.status, first.body) == (200, behind.body)
    assert second == first
    assert len(behind.asked) == 1
    assert first.headers["cache-control"] == FRESH
    assert first.headers["vary"] == "Accept-Encoding"
    assert HEADER.lower() not in first.headers
    assert visitor.counts()["hits"] == visitor.counts()["misses"] == visitor.counts()["pages"] == 1


def test_head_says_what_get_would_and_sends_no_body(visitor: Visitor, behind: Behind) -> None:
    missed, hit = (visitor.get(REQUEST_METHOD="HEAD") for _ in range(2))
    whole = visitor.get()
    assert missed.body == hit.body == b""
    assert missed.headers == hit.headers == whole.headers
    assert hit.headers["content-length"] == str(len(behind.body))
    assert len(behind.asked) == 1


@pytest.mark.parametrize(
    "names",
    ["{}", "W/{}", '"x", {}', '"x",W/{} , "y"', "*", '"x", *'],
)
def test_who_has_it_already_is_told_so(visitor: Visitor, names: str) -> None:
    etag = visitor.get().headers["etag"]
    assert not etag.startswith("W/")
    for method in ("GET", "HEAD"):
        reply = visitor.get(REQUEST_METHOD=method, HTTP_IF_NONE_MATCH=names.format(etag))
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["etag"] == etag
        assert reply.headers["cache-control"] == FRESH
        assert reply.headers["vary"] == "Accept-Encoding"
        assert "content-length" not in reply.headers


def test_a_304_is_also_the_answer_when_the_page_was_not_kept_any_more(visitor: Visitor) -> None:
    etag = visitor.get().headers["etag"]
    visitor.tracker.invalidate("post:1")
    assert visitor.get(HTTP_IF_NONE_MATCH=etag).status == 304


@pytest.mark.parametrize("names", ['"x"', 'W/"x"', '""', "x", "W/", ",,", '"*"', "* x"])
def test_who_has_another_gets_it(visitor: Visitor, names: str) -> None:
    visitor.get()
    assert visitor.get(HTTP_IF_NONE_MATCH=names).status == 200


def test_another_body_has_another_etag(visitor: Visitor, behind: Behind) -> None:
    before = visitor.get()
    behind.body = b"Another."
    assert visitor.get() == before
    visitor.tracker.invalidate("post:1")
    after = visitor.get()
    assert after.body == b"Another."
    assert after.headers["etag"] != before.headers["etag"]
    assert visitor.get(HTTP_IF_NONE_MATCH=before.headers["etag"]).status == 200


def test_django_sees_no_charset_that_a_stranger_made_up(visitor: Visitor, behind: Behind) -> None:
    visitor.get(CONTENT_TYPE="text/plain; charset=cp037")
    assert "CONTENT_TYPE" not in behind.asked[0], "it would read the query by it"


def test_a_server_may_change_the_headers_that_it_was_given(visitor: Visitor) -> None:
    first = visitor.get()
    for _ in range(2):
        reply = visitor.get()
        assert reply == first
        reply.pairs.append(("Date", "today"))  # PEP 3333 allows it
        unchanged = visitor.get(HTTP_IF_NONE_MATCH=first.headers["etag"])
        assert "content-length" not in unchanged.headers
        unchanged.pairs.append(("Content-Length", "0"))


def test_an_answer_without_content_type_is_kept_as_it_is(visitor: Visitor, behind: Behind) -> None:
    behind.headers = []
    assert visitor.get(HTTP_ACCEPT_ENCODING="br").body == behind.body
    assert visitor.get(HTTP_ACCEPT_ENCODING="br").body == behind.body
    assert HTML not in visitor.get().headers.values()
