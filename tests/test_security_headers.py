"""The security headers: the same table for every kind of answer, whoever gives it."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.accounts.views.auth import LogInView
from broadsheet.lib.security_headers import DEFAULT_HEADERS
from broadsheet.media import actions as media
from broadsheet.ops.deploy import nginx
from broadsheet.pagecache.error_responses import DATABASE_UNAVAILABLE, OVERLOADED, TOO_MANY_REQUESTS
from broadsheet.posts import actions
from tests.pagecache.visitors import Reply, Visitor

HERE = {"HTTP_HOST": "testserver"}
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")

type Ask = Callable[[Visitor], Reply]


def ask(path: str, status: int, **environ: Any) -> Any:
    """Return a case: what is asked, and with what status it is answered."""
    return pytest.param(path, status, HERE | environ, id=f"{status} {path} {environ or ''}")


KINDS = [
    ask("/", 200),
    ask("/first", 200),
    ask("/rss.xml", 200),
    ask("/robots.txt", 200),
    ask("/theme.css", 200),
    ask("/share/{post}.png", 404),
    ask("/static/studio/studio.js", 200),
    ask("/static/nothing.css", 404),
    ask("/media/{image}", 200),
    ask("/media/nothing.png", 404),
    ask("/healthz", 200),
    ask("/healthz", 200, HTTP_HOST="10.0.0.1"),
    ask("/healthz", 405, REQUEST_METHOD="POST"),
    ask("/readyz", 200),
    ask("/metrics", 404),
    ask("/metrics", 200, HTTP_AUTHORIZATION="Bearer token"),
    ask("/api/v1", 200),
    ask("/api/v1/posts", 200),
    ask("/api/v1/openapi.json", 200),
    ask("/api/v1/docs", 200),
    ask("/api/v1/me", 401),
    ask("/api/v1/nothing", 404),
    ask("/api/v1/posts", 401, REQUEST_METHOD="POST"),
    ask("/login", 200),
    ask("/login", 403, REQUEST_METHOD="POST"),
    ask("/studio", 302),
    ask("/admin/", 302),
    ask("/first/", 301),
    ask("/nothing", 404),
    ask("/healthz", 405, REQUEST_METHOD="PUT"),
    ask("/", 400, HTTP_HOST="foreign.example"),
]


def check(headers: dict[str, str]) -> None:
    """See to it that an answer has every header of the table, once, and opens itself to no one."""
    for name, value in DEFAULT_HEADERS.items():
        sent = headers[name.lower()]
        if name in {"Content-Security-Policy", "Referrer-Policy"}:  # some have a stricter one
            assert sent
        else:
            assert sent == value
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert headers["referrer-policy"] in {DEFAULT_HEADERS["Referrer-Policy"], "same-origin"}
    assert "access-control-allow-origin" not in headers


@cache
def site() -> WSGIHandler:
    """Return the site without the page cache; once, since it looks through all static files."""
    return WSGIHandler()


@pytest.fixture
def names(author: User, settings: Settings) -> dict[str, str]:
    settings.METRICS_TOKEN = "token"
    post = actions.create(by=author, title="First", content="Hello.", status="published")
    image = media.upload(io.BytesIO(GIF), name="dot.gif", by=author)
    return {"post": post.pk.hex, "image": str(image.file.name)}


@pytest.fixture
def visitor(names: dict[str, str]) -> Visitor:
    return Visitor(site())


@pytest.mark.parametrize(("path", "status", "environ"), KINDS)
def test_every_kind_of_answer_has_them(
    path: str, status: int, environ: dict[str, str], visitor: Visitor, names: dict[str, str]
) -> None:
    reply = visitor.get(path.format(**names), **environ)
    assert reply.status == status
    check(reply.headers)
    sent = [name.lower() for name, _value in reply.pairs]
    assert all(sent.count(name.lower()) == 1 for name in DEFAULT_HEADERS)


@pytest.mark.parametrize("path", ["/", "/first", "/api/v1/posts", "/media/{image}"])
def test_a_hit_and_an_answer_that_nothing_changed_have_them_too(
    path: str, visitor: Visitor, names: dict[str, str]
) -> None:
    path = path.format(**names)
    first = visitor.get(path, **HERE)
    again = visitor.get(path, **HERE)
    check(again.headers)
    unchanged = visitor.get(path, HTTP_IF_NONE_MATCH=first.headers["etag"], **HERE)
    assert unchanged.status == 304
    check(unchanged.headers)


def test_what_the_page_cache_refuses_has_them() -> None:
    for answer in (OVERLOADED, DATABASE_UNAVAILABLE, TOO_MANY_REQUESTS):
        check({name.lower(): value for name, value in answer.headers})


def test_what_is_sent_to_https_has_them(db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/login")
    assert response.status_code == 301
    check({name.lower(): value for name, value in response.headers.items()})


def test_what_fails_has_them(names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LogInView, "get_context_data", fail)
    response = Client(raise_request_exception=False).get("/login")
    assert response.status_code == 500
    check({name.lower(): value for name, value in response.headers.items()})


def test_nginx_sends_the_same_with_files(names: dict[str, str], settings: Settings) -> None:
    settings.PROXIES = 1
    text = nginx.configuration("", "")
    assert "Access-Control-Allow-Origin" not in text
    for name in DEFAULT_HEADERS:
        assert text.count(f"add_header {name} ") >= 2
