"""Security headers: the same for every type of response, whichever component sends it."""

import io
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
from tests.pagecache.visitors import Visitor

HERE = {"HTTP_HOST": "testserver"}
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


def case(path: str, status: int, **environ: Any) -> Any:
    """Return a parameter: the path of a request, and the expected status code."""
    return pytest.param(path, status, HERE | environ, id=f"{status} {path} {environ or ''}")


REQUESTS = [
    case("/", 200),
    case("/first", 200),
    case("/rss.xml", 200),
    case("/robots.txt", 200),
    case("/theme.css", 200),
    case("/share/{post}.png", 404),
    case("/static/studio/studio.js", 200),
    case("/static/nothing.css", 404),
    case("/media/{image}", 200),
    case("/media/nothing.png", 404),
    case("/healthz", 200),
    case("/healthz", 200, HTTP_HOST="10.0.0.1"),
    case("/healthz", 405, REQUEST_METHOD="POST"),
    case("/readyz", 200),
    case("/metrics", 404),
    case("/metrics", 200, HTTP_AUTHORIZATION="Bearer token"),
    case("/api/v1", 200),
    case("/api/v1/posts", 200),
    case("/api/v1/openapi.json", 200),
    case("/api/v1/docs", 200),
    case("/api/v1/me", 401),
    case("/api/v1/nothing", 404),
    case("/api/v1/posts", 401, REQUEST_METHOD="POST"),
    case("/login", 200),
    case("/login", 403, REQUEST_METHOD="POST"),
    case("/studio", 302),
    case("/admin/", 302),
    case("/first/", 301),
    case("/nothing", 404),
    case("/healthz", 405, REQUEST_METHOD="PUT"),
    case("/", 400, HTTP_HOST="foreign.example"),
]


def check(headers: dict[str, str]) -> None:
    """Assert that a response has every header of the table, and allows no other origin."""
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
    """Return the site without the page cache; only once, because it scans all static files."""
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


@pytest.mark.parametrize(("path", "status", "environ"), REQUESTS)
def test_every_type_of_response_has_the_headers(
    path: str, status: int, environ: dict[str, str], visitor: Visitor, names: dict[str, str]
) -> None:
    reply = visitor.get(path.format(**names), **environ)
    assert reply.status == status
    check(reply.headers)
    sent = [name.lower() for name, _value in reply.pairs]
    assert all(sent.count(name.lower()) == 1 for name in DEFAULT_HEADERS)


@pytest.mark.parametrize("path", ["/", "/first", "/api/v1/posts", "/media/{image}"])
def test_cache_hits_and_304_responses_have_the_headers(
    path: str, visitor: Visitor, names: dict[str, str]
) -> None:
    path = path.format(**names)
    first = visitor.get(path, **HERE)
    again = visitor.get(path, **HERE)
    check(again.headers)
    unchanged = visitor.get(path, HTTP_IF_NONE_MATCH=first.headers["etag"], **HERE)
    assert unchanged.status == 304
    check(unchanged.headers)


def test_error_responses_of_the_page_cache_have_the_headers() -> None:
    for response in (OVERLOADED, DATABASE_UNAVAILABLE, TOO_MANY_REQUESTS):
        check({name.lower(): value for name, value in response.headers})


def test_redirects_to_https_have_the_headers(db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/login")
    assert response.status_code == 301
    check({name.lower(): value for name, value in response.headers.items()})


def test_server_errors_have_the_headers(
    names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LogInView, "get_context_data", fail)
    response = Client(raise_request_exception=False).get("/login")
    assert response.status_code == 500
    check({name.lower(): value for name, value in response.headers.items()})


def test_nginx_sends_the_headers_with_files(names: dict[str, str], settings: Settings) -> None:
    settings.PROXIES = 1
    text = nginx.configuration("", "")
    assert "Access-Control-Allow-Origin" not in text
    for name in DEFAULT_HEADERS:
        assert text.count(f"add_header {name} ") >= 2
