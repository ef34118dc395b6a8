"""Which requests get the same page: those that Django reads alike."""

import io
import itertools

from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tests.pagecache.visitors import Behind, Visitor


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

    from broadsheet.pagecache.request_key import relevant_query  # noqa: PLC0415

    def after(query: str) -> str | None:
        environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "QUERY_STRING": query}
        return WSGIRequest(environ).GET.get("after")

    if relevant_query("/", one) == relevant_query("/", other):
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
