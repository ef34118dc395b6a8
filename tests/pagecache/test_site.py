"""The page cache in front of the site itself."""

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

HERE = {"HTTP_HOST": "testserver"}


@pytest.fixture
def visitor(author: User) -> Visitor:
    post = actions.create(by=author, title="First", content="Hello.")
    actions.publish(post, by=author)
    return Visitor(WSGIHandler())


def hits(visitor: Visitor) -> int:
    return visitor.counts()["hits"]


@pytest.mark.parametrize("path", ["/", "/first", "/archive", "/rss.xml", "/sitemap.xml", "/@ada"])
def test_head_before_get_leaves_a_whole_page(visitor: Visitor, path: str) -> None:
    head = visitor.get(path, REQUEST_METHOD="HEAD", **HERE)
    page = visitor.get(path, **HERE)
    assert hits(visitor) == 1
    assert head.headers == page.headers
    assert page.headers["content-length"] == str(len(page.body))
    visitor.tracker.invalidate(EVERYTHING)
    assert visitor.get(path, **HERE).body == page.body
    assert hits(visitor) == 1


def test_what_is_kept_carries_nothing_made_for_one_reader(visitor: Visitor) -> None:
    page = visitor.get(HTTP_COOKIE=f"sessionid={'a' * 32}; csrftoken={'b' * 32}", **HERE)
    assert "nonce" not in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert b"csrf" not in page.body
    assert visitor.get(**HERE).body == page.body
    assert hits(visitor) == 1


@pytest.mark.parametrize("path", ["/search", "/login", "/healthz", "/nowhere"])
def test_what_is_not_the_same_for_everyone_is_asked_for_each_time(
    visitor: Visitor, path: str
) -> None:
    for _ in range(3):
        visitor.get(path, **HERE)
    assert hits(visitor) == 0
    assert visitor.counts()["pages"] == 0


def test_what_strangers_are_greeted_with_is_kept_for_them_alone(visitor: Visitor) -> None:
    first = visitor.get("/fragments/reader", **HERE)
    assert visitor.get("/fragments/reader", **HERE).body == first.body
    assert hits(visitor) == 1
    assert first.headers["cache-control"] == "private, no-store"
    visitor.get("/fragments/reader", HTTP_COOKIE="a=b", **HERE)
    assert hits(visitor) == 1


def test_another_charset_does_not_put_one_page_in_anothers_place(visitor: Visitor) -> None:
    for charset in ("cp037", "utf-16", "utf-7", "nonsense"):
        made_up = visitor.get("/", "after=abc", CONTENT_TYPE=f"a/b; charset={charset}", **HERE)
        assert made_up.status == visitor.get("/", "after=abc", **HERE).status
    assert visitor.get("/", "after=abc&after=", **HERE).body == visitor.get(**HERE).body


def test_a_site_on_https_redirects_who_comes_by_http_also_when_the_page_is_kept(
    visitor: Visitor, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    visitor = Visitor(WSGIHandler())
    for proto in ("https", "http", "https", "HTTPS", "http,https"):
        reply = visitor.get(HTTP_X_FORWARDED_PROTO=proto, **HERE)
        assert reply.status == (200 if proto == "https" else 301)
    assert hits(visitor) == 1


@pytest.mark.parametrize("host", ["evil.example", "testserver/", "testserver@evil.example", ""])
def test_a_host_that_is_not_ours_gets_no_page(visitor: Visitor, host: str) -> None:
    visitor.get(**HERE)
    assert visitor.get(HTTP_HOST=host, SERVER_NAME="evil.example").status == 400
    assert visitor.counts()["pages"] == 1


def test_each_host_of_ours_has_pages_of_its_own(visitor: Visitor) -> None:
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
def test_hostile_addresses_end_in_an_answer_and_are_not_kept(
    visitor: Visitor, path: str, query: str
) -> None:
    reply = visitor.get(path, query, **HERE)
    assert reply.status in {200, 301, 400, 404}
    assert visitor.counts()["pages"] <= 1


def test_while_the_site_is_worked_on_nothing_is_kept(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from broadsheet import settings; print(settings.PAGE_CACHE_BYTES)"],
        env=environment(tmp_path / "data", DEBUG="yes"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["0"]
