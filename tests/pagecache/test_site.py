"""The page cache in front of the real application."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.pagecache.tags import EVERYTHING
from broadsheet.posts import actions
from tests.ops.processes import environment
from tests.pagecache.visitors import Visitor

HOST = {"HTTP_HOST": "testserver"}


@pytest.fixture
def visitor(author: User) -> Visitor:
    post = actions.create(by=author, title="First", content="Hello.")
    actions.publish(post, by=author)
    return Visitor(WSGIHandler())


def hits(visitor: Visitor) -> int:
    return visitor.counts()["hits"]


@pytest.mark.parametrize("path", ["/", "/first", "/archive", "/rss.xml", "/sitemap.xml", "/@ada"])
def test_head_before_get_caches_the_full_page(visitor: Visitor, path: str) -> None:
    head = visitor.get(path, REQUEST_METHOD="HEAD", **HOST)
    page = visitor.get(path, **HOST)
    assert hits(visitor) == 1
    assert head.headers == page.headers
    assert page.headers["content-length"] == str(len(page.body))
    visitor.tracker.invalidate(EVERYTHING)
    assert visitor.get(path, **HOST).body == page.body
    assert hits(visitor) == 1


def test_cached_pages_contain_nothing_specific_to_a_client(visitor: Visitor) -> None:
    page = visitor.get(HTTP_COOKIE=f"sessionid={'a' * 32}; csrftoken={'b' * 32}", **HOST)
    assert "nonce" not in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert b"csrf" not in page.body
    assert visitor.get(**HOST).body == page.body
    assert hits(visitor) == 1


@pytest.mark.parametrize("path", ["/search", "/login", "/healthz", "/nowhere"])
def test_dynamic_pages_are_never_cached(visitor: Visitor, path: str) -> None:
    for _ in range(3):
        visitor.get(path, **HOST)
    assert hits(visitor) == 0
    assert visitor.counts()["pages"] == 0


def test_the_reader_fragment_is_cached_for_anonymous_users_only(visitor: Visitor) -> None:
    first = visitor.get("/fragments/reader", **HOST)
    assert visitor.get("/fragments/reader", **HOST).body == first.body
    assert hits(visitor) == 1
    assert first.headers["cache-control"] == "private, no-store"
    visitor.get("/fragments/reader", HTTP_COOKIE="a=b", **HOST)
    assert hits(visitor) == 1


def test_a_charset_in_the_request_does_not_mix_up_pages(visitor: Visitor) -> None:
    for charset in ("cp037", "utf-16", "utf-7", "nonsense"):
        response = visitor.get("/", "after=abc", CONTENT_TYPE=f"a/b; charset={charset}", **HOST)
        assert response.status == visitor.get("/", "after=abc", **HOST).status
    assert visitor.get("/", "after=abc&after=", **HOST).body == visitor.get(**HOST).body


def test_http_is_redirected_to_https_even_if_the_page_is_cached(
    visitor: Visitor, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    visitor = Visitor(WSGIHandler())
    for proto in ("https", "http", "https", "HTTPS", "http,https"):
        reply = visitor.get(HTTP_X_FORWARDED_PROTO=proto, **HOST)
        assert reply.status == (200 if proto == "https" else 301)
    assert hits(visitor) == 1


@pytest.mark.parametrize("host", ["evil.example", "testserver/", "testserver@evil.example", ""])
def test_an_unknown_host_gets_400_and_no_page(visitor: Visitor, host: str) -> None:
    visitor.get(**HOST)
    assert visitor.get(HTTP_HOST=host, SERVER_NAME="evil.example").status == 400
    assert visitor.counts()["pages"] == 1


def test_each_allowed_host_has_its_own_pages(visitor: Visitor) -> None:
    for host in ("testserver", "localhost", "testserver", "localhost"):
        assert visitor.get(HTTP_HOST=host).status == 200
    assert hits(visitor) == 2


PATHS = [
    "",
    "*",
    "//",
    "/%00",
    "/\x00",
    "/\xff",
    "/../etc",
    "/" + "a/" * 30_000,
    "/\xed\xa0\x80",
    "/ ?",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path)[:16])
@pytest.mark.parametrize("query", ["", "after=\xff%ff%zz\x00", "&" * 2_000, "a=" + "b" * 64_000])
def test_hostile_urls_get_a_response_and_are_not_cached(
    visitor: Visitor, path: str, query: str
) -> None:
    reply = visitor.get(path, query, **HOST)
    assert reply.status in {200, 301, 400, 404}
    assert visitor.counts()["pages"] <= 1


def test_nothing_is_cached_in_debug_mode(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from broadsheet import settings; print(settings.PAGE_CACHE_BYTES)"],
        env=environment(tmp_path / "data", DEBUG="yes"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["0"]
