"""Public pages are identical for all visitors, cacheable and revalidated."""

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from tests.public.writing import publish, publish_many

PATHS = [
    "/", "/a-post", "/unlisted", "/@ada", "/tag/food", "/series/kitchen", "/archive",
    "/archive/2026", "/search", "/search?q=post", "/rss.xml", "/atom.xml", "/feed.json",
    "/@ada/rss.xml", "/tag/food/atom.xml", "/sitemap.xml", "/sitemap-pages.xml",
    "/sitemap-posts-2026-06.xml", "/robots.txt", "/favicon.ico", "/favicon.svg",
    "/apple-touch-icon.png", "/theme.css", "/speculation-rules.json",
    "/nothing-here",
]  # fmt: skip


@pytest.fixture
def posts(author: User) -> None:
    publish(author, tags=["Food"], series="Kitchen", content="Text")
    publish(author, title="Unlisted", status="unlisted")
    publish_many(author, 2, tags=["Food"])


@pytest.mark.parametrize("path", PATHS)
def test_all_visitors_get_the_same_bytes_and_no_cookie(
    posts: None, author: User, owner: User, reader: User, path: str
) -> None:
    pages = []
    for user in (None, reader, author, owner):
        client = Client()
        if user is not None:
            client.force_login(user)
        session = client.cookies.get("sessionid")
        response = client.get(path)
        assert response.status_code in {200, 404}
        assert not response.cookies, path
        assert "cookie" not in response.get("Vary", "").lower(), path
        assert client.cookies.get("sessionid") == session
        pages.append((response.content, response.get("ETag")))
    assert len(set(pages)) == 1


@pytest.mark.parametrize("path", [p for p in PATHS if p != "/nothing-here"])
def test_pages_are_cacheable_and_revalidated_by_etag(
    client: Client, posts: None, path: str
) -> None:
    response = client.get(path)
    assert "public" in response["Cache-Control"]
    assert "private" not in response["Cache-Control"]
    again = client.get(path, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", PATHS)
def test_head_responds_like_get_without_a_body(client: Client, posts: None, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head["Content-Type"] == get["Content-Type"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_unknown_query_parameters_are_ignored(client: Client, posts: None, path: str) -> None:
    separator = "&" if "?" in path else "?"
    assert client.get(path).content == client.get(f"{path}{separator}utm_source=x&fbclid=y").content


def test_public_pages_reject_post_requests(client: Client, posts: None) -> None:
    assert client.post("/").status_code == 405
    assert client.post("/a-post").status_code == 405


def test_the_reader_fragment_is_sent_with_no_store(client: Client, author: User) -> None:
    anonymous = client.get("/fragments/reader")
    assert anonymous["Cache-Control"] == "private, no-store"
    assert b"/login" in anonymous.content
    client.force_login(author)
    personal = client.get("/fragments/reader")
    assert personal["Cache-Control"] == "private, no-store"
    assert b"Ada" in personal.content
    assert b"csrfmiddlewaretoken" in personal.content
    assert "csrftoken" in personal.cookies
    assert "cookie" in personal["Vary"].lower()


def test_logging_out_works_with_the_csrf_token_of_the_personal_fragment(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    client.get("/fragments/reader")
    token = client.cookies["csrftoken"].value
    assert client.post("/logout", {"csrfmiddlewaretoken": token}).status_code == 302
    assert b"Ada" not in client.get("/fragments/reader").content
