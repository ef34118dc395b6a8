"""The API in a browser."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from tests.pagecache.visitors import Visitor

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def get_as_browser(path: str, **environ: Any) -> Any:
    return Client(headers={"accept": BROWSER}).get(path, **environ)


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_the_short_url_redirects_to_the_documentation(path: str, site: object) -> None:
    assert get_as_browser(path)["Location"] == "/api/v1/docs"
    assert Client().get(path, follow=True).status_code == 200


def test_browsers_get_a_page(author: User) -> None:
    actions.create(by=author, title="Tea & <b>cake</b>", status="published")
    response = get_as_browser("/api/v1/posts?limit=1")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response["Content-Security-Policy"]
    page = response.content.decode()
    assert "Tea &amp; &lt;b&gt;cake&lt;/b&gt;" in page
    assert 'href="/api/v1/docs"' in page
    assert 'href="http://testserver/tea-cake"' in page
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nothing", "/api/v1/posts?x=1"])
def test_browsers_get_errors_as_a_page_with_the_same_status(path: str, site: object) -> None:
    response = get_as_browser(path)
    assert response.status_code == Client().get(path).status_code >= 400
    assert response["Content-Type"].startswith("text/html")
    assert "/api/v1/problems/" in response.content.decode()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.9"])
def test_other_clients_get_json(accept: str, author: User) -> None:
    response = Client(headers={"accept": accept}).get("/api/v1/posts")
    assert response["Content-Type"] == "application/json"


def test_browsers_get_the_schema_as_json(site: object) -> None:
    assert "json" in get_as_browser("/api/v1/openapi.json")["Content-Type"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/posts", "/api/v1/tags", "/api/v1/users"])
def test_json_and_pages_are_cached_separately(path: str, author: User) -> None:
    actions.create(by=author, title="One", status="published")
    visitor = Visitor(WSGIHandler())
    host = {"HTTP_HOST": "testserver"}
    content_types = []
    for accept in ("*/*", BROWSER, "*/*", BROWSER):
        response = visitor.get(path, HTTP_ACCEPT=accept, **host)
        content_types.append(response.headers["content-type"].split(";")[0])
    assert content_types == ["application/json", "text/html"] * 2
    assert visitor.counts()["hits"] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "accept", ["text/*", "TEXT/HTML", "application/xhtml+xml", "image/png", "application/json;q=0"]
)
def test_the_response_does_not_depend_on_what_is_cached(accept: str, author: User) -> None:
    visitor = Visitor(WSGIHandler())
    host = {"HTTP_HOST": "testserver"}
    first = visitor.get("/api/v1/posts", HTTP_ACCEPT=accept, **host)
    visitor.get("/api/v1/posts", HTTP_ACCEPT="application/json", **host)
    second = visitor.get("/api/v1/posts", HTTP_ACCEPT=accept, **host)
    assert second.status == first.status
    assert second.headers["content-type"] == first.headers["content-type"]
