"""Requests share a cached page only if Django parses them alike."""

import io
import itertools

from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tests.pagecache.visitors import FakeApplication, Visitor


def test_unknown_query_parameters_share_a_page_and_known_ones_do_not(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get("/", "utm_source=x")
    visitor.get("/", "fbclid=1&utm_source=y")
    visitor.get("/")
    assert len(application.requests) == 1
    visitor.get("/", "after=a")
    visitor.get("/", "x=1&after=a")
    assert len(application.requests) == 2
    visitor.get("/", "after=b")
    assert len(application.requests) == 3


def test_api_responses_depend_on_the_whole_query_string(
    visitor: Visitor, application: FakeApplication
) -> None:
    for query in ("tag=a", "tag=a&page_size=5", "tag=b", ""):
        visitor.get("/api/v1/posts", query)
        visitor.get("/api/v1/posts", query)
    assert len(application.requests) == 4


QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["after", "AFTER", "x", "after[]", "%61fter", "aft\xe9r"]),
        st.sampled_from(["", "=", "=a", "=b", "=%61", "=a+b", "=%C3%A9", "=\xc3\xa9", "=%00"]),
    ).map("".join),
    max_size=4,
).map("&".join)


@given(one=QUERIES, other=QUERIES)
def test_query_strings_that_django_parses_differently_never_share_a_page(
    one: str, other: str
) -> None:
    from django.core.handlers.wsgi import WSGIRequest  # noqa: PLC0415

    from broadsheet.pagecache.request_key import relevant_query  # noqa: PLC0415

    def after(query: str) -> str | None:
        environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "QUERY_STRING": query}
        return WSGIRequest(environ).GET.get("after")

    if relevant_query("/", one) == relevant_query("/", other):
        assert after(one) == after(other)


def test_a_path_is_never_confused_with_a_query_string(
    visitor: Visitor, application: FakeApplication
) -> None:
    urls = [
        ("/", "after=a"),
        ("/?after=a", ""),
        ("/api/x", "y"),
        ("/api/x?y", ""),
        ("/api/", "a=http://example.org/api/b"),
        ("/api/b", "a=http://example.org/api/"),
    ]
    for path, query in urls:
        application.body = f"{path} {query}".encode()
        assert visitor.get(path, query).body == application.body
    for path, query in urls:
        assert visitor.get(path, query).body == f"{path} {query}".encode()


def test_scheme_host_and_path_are_part_of_the_cache_key(
    visitor: Visitor, application: FakeApplication
) -> None:
    requests = [
        {"path": path, "HTTP_HOST": host, "wsgi.url_scheme": scheme}
        for path, host, scheme in itertools.product(
            ["/", "/a"], ["example.org", "www.example.org"], ["http", "https"]
        )
    ]
    for request in requests * 2:
        visitor.get(**request)
    assert len(application.requests) == len(requests)


def test_x_forwarded_proto_is_used_behind_a_proxy(
    application: FakeApplication, settings: Settings
) -> None:
    settings.PROXIES = 1
    visitor = Visitor(application)
    for proto in ("https", "http", "https", "http, https", "anything", ""):
        visitor.get(HTTP_X_FORWARDED_PROTO=proto)
    assert len(application.requests) == 2, "one page for https, one for everything else"


def test_x_forwarded_proto_is_ignored_without_a_proxy(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.get(HTTP_X_FORWARDED_PROTO="https")
    visitor.get()
    assert len(application.requests) == 1
