"""What is kept is answered without Django; what is not the same for everyone is not kept."""

import io
import itertools
import threading
import time

import pytest
from django.db import DatabaseError, InterfaceError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from broadsheet.pagecache.stamps import EVERYTHING, HEADER, NOTHING
from tests.pagecache.visitors import FRESH, HTML, Behind, Visitor, together


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    return Visitor(behind)


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
    visitor.clock.stamp("post:1")
    assert visitor.get(HTTP_IF_NONE_MATCH=etag).status == 304


@pytest.mark.parametrize("names", ['"x"', 'W/"x"', '""', "x", "W/", ",,", '"*"', "* x"])
def test_who_has_another_gets_it(visitor: Visitor, names: str) -> None:
    visitor.get()
    assert visitor.get(HTTP_IF_NONE_MATCH=names).status == 200


def test_another_body_has_another_etag(visitor: Visitor, behind: Behind) -> None:
    before = visitor.get()
    behind.body = b"Another."
    assert visitor.get() == before
    visitor.clock.stamp("post:1")
    after = visitor.get()
    assert after.body == b"Another."
    assert after.headers["etag"] != before.headers["etag"]
    assert visitor.get(HTTP_IF_NONE_MATCH=before.headers["etag"]).status == 200


@pytest.mark.parametrize("stamp", ["post:1", "site", EVERYTHING])
def test_a_page_is_dropped_with_anything_that_it_was_made_from(
    visitor: Visitor, behind: Behind, stamp: str
) -> None:
    visitor.get()
    visitor.clock.stamp(stamp)
    visitor.get()
    assert len(behind.asked) == 2
    assert visitor.counts()["dropped"] == 1


def test_what_it_was_not_made_from_leaves_it_alone(visitor: Visitor, behind: Behind) -> None:
    visitor.get()
    visitor.clock.stamp("post:2", "post", "sites")
    visitor.get()
    assert len(behind.asked) == 1


def test_unknown_parameters_share_a_page_and_known_ones_do_not(
    visitor: Visitor, behind: Behind
) -> None:
    visitor.get("/", "utm_source=x")
    visitor.get("/", "fbclid=1&utm_source=y")
    visitor.get("/")
    assert len(behind.asked) == 1
    visitor.get("/", "after=a")
    visitor.get("/", "x=1&after=a")
    assert len(behind.asked) == 2
    visitor.get("/", "after=b")
    assert len(behind.asked) == 3


def test_the_api_depends_on_its_whole_query(visitor: Visitor, behind: Behind) -> None:
    for query in ("tag=a", "tag=a&page_size=5", "tag=b", ""):
        visitor.get("/api/v1/posts", query)
        visitor.get("/api/v1/posts", query)
    assert len(behind.asked) == 4


QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["after", "AFTER", "x", "after[]", "%61fter", "aft\xe9r"]),
        st.sampled_from(["", "=", "=a", "=b", "=%61", "=a+b", "=%C3%A9", "=\xc3\xa9", "=%00"]),
    ).map("".join),
    max_size=4,
).map("&".join)


@given(one=QUERIES, other=QUERIES)
def test_two_queries_that_django_reads_differently_never_share_a_page(one: str, other: str) -> None:
    from django.core.handlers.wsgi import WSGIRequest  # noqa: PLC0415

    from broadsheet.pagecache.cache import known_parameters  # noqa: PLC0415

    def after(query: str) -> str | None:
        environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "QUERY_STRING": query}
        return WSGIRequest(environ).GET.get("after")

    if known_parameters("/", one) == known_parameters("/", other):
        assert after(one) == after(other)


def test_no_path_passes_for_a_query(visitor: Visitor, behind: Behind) -> None:
    addresses = [
        ("/", "after=a"),
        ("/?after=a", ""),
        ("/api/x", "y"),
        ("/api/x?y", ""),
        ("/api/", "a=http://example.org/api/b"),
        ("/api/b", "a=http://example.org/api/"),
    ]
    for path, query in addresses:
        behind.body = f"{path} {query}".encode()
        assert visitor.get(path, query).body == behind.body
    for path, query in addresses:
        assert visitor.get(path, query).body == f"{path} {query}".encode()


def test_scheme_host_and_path_make_a_page_of_its_own(visitor: Visitor, behind: Behind) -> None:
    requests = [
        {"path": path, "HTTP_HOST": host, "wsgi.url_scheme": scheme}
        for path, host, scheme in itertools.product(
            ["/", "/a"], ["example.org", "www.example.org"], ["http", "https"]
        )
    ]
    for request in requests * 2:
        visitor.get(**request)
    assert len(behind.asked) == len(requests)


def test_a_proxys_word_about_the_scheme_counts_where_there_is_one(
    behind: Behind, settings: Settings
) -> None:
    settings.PROXIES = 1
    visitor = Visitor(behind)
    for proto in ("https", "http", "https", "http, https", "anything", ""):
        visitor.get(HTTP_X_FORWARDED_PROTO=proto)
    assert len(behind.asked) == 2, "https and everything else"


def test_without_a_proxy_nobody_is_believed(visitor: Visitor, behind: Behind) -> None:
    visitor.get(HTTP_X_FORWARDED_PROTO="https")
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
    behind.stamps = ""
    for _ in range(2):
        assert visitor.get().body == behind.body
    assert len(behind.asked) == 2
    assert visitor.counts()["passed"] == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "DELETE", "PROPFIND", "get"])
def test_other_methods_go_to_django(visitor: Visitor, behind: Behind, method: str) -> None:
    visitor.get()
    visitor.get(REQUEST_METHOD=method)
    visitor.get(REQUEST_METHOD=method)
    assert len(behind.asked) == 3


@pytest.mark.parametrize("vary", ["Cookie", "Accept, cookie", "Authorization"])
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
        visitor.clock.stamp("post:1")
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
    behind.meanwhile = lambda: visitor.clock.stamp("post:1")
    visitor.get()
    behind.meanwhile = bool
    visitor.get()
    assert len(behind.asked) == 3


def test_while_the_triggers_are_away_nothing_is_kept(visitor: Visitor, behind: Behind) -> None:
    visitor.get()
    visitor.clock.stamp(NOTHING)
    for _ in range(3):
        visitor.get()
    assert len(behind.asked) == 4
    visitor.clock.stamp(EVERYTHING)
    for _ in range(3):
        visitor.get()
    assert len(behind.asked) == 5


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_a_database_that_does_not_answer_leaves_it_to_django(
    visitor: Visitor, behind: Behind, error: type[Exception]
) -> None:
    visitor.get()
    visitor.clock.failing = error("gone")
    behind.body, behind.status = b"Sorry.", "503 Service Unavailable"
    assert visitor.get().body == b"Sorry."
    assert visitor.counts()["unproven"] > 0
    behind.body, behind.status, visitor.clock.failing = b"Back.", "200 OK", None
    assert visitor.get().body == b"Back.", "what was kept before counts for nothing"


def test_many_who_ask_for_one_page_at_once_wait_for_one_rendering(
    visitor: Visitor, behind: Behind
) -> None:
    behind.meanwhile = lambda: time.sleep(0.1)
    bodies: list[bytes] = []
    together(*[lambda: bodies.append(visitor.get().body)] * 8)
    assert bodies == [behind.body] * 8
    assert len(behind.asked) == 1


def test_different_pages_are_rendered_side_by_side(visitor: Visitor, behind: Behind) -> None:
    both = threading.Barrier(2, timeout=10)
    behind.meanwhile = both.wait
    together(lambda: visitor.get("/a"), lambda: visitor.get("/b"))
    assert len(behind.asked) == 2


def test_what_is_never_kept_is_not_waited_for(visitor: Visitor, behind: Behind) -> None:
    behind.stamps = ""
    visitor.get()
    both = threading.Barrier(2, timeout=10)
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
