"""Redirects from URLs that are no longer in use."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import RESERVED_SLUGS
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Site
from tests.public.writing import publish


def get_redirect(client: Client, path: str) -> tuple[int, str]:
    response = client.get(path)
    return response.status_code, response.get("Location", "")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/a-post/", "/a-post"),
        ("/archive/?after=x&y=%20", "/archive?after=x&y=%20"),
        ("/tag/food/", "/tag/food"),
        ("/@ada/", "/@ada"),
        ("/nothing/at/all//", "/nothing/at/all"),
        ("/日本/", "/%E6%97%A5%E6%9C%AC"),
    ],
)
def test_a_trailing_slash_is_removed_and_the_query_is_kept(
    client: Client, author: User, path: str, to: str
) -> None:
    publish(author)
    assert get_redirect(client, path) == (301, to)


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "///evil.example//", "/%5Cevil.example/", "/\\evil.example/",
     "/%2F%2Fevil.example/", "//evil.example/%2e%2e/", "/%0d%0aSet-Cookie:x/",
     "/https://evil.example/", "/%09/evil.example/"],
)  # fmt: skip
def test_no_path_redirects_to_another_site(client: Client, site: Site, path: str) -> None:
    response = client.generic("GET", path)
    location = response.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\r" not in location
    assert "\t" not in location


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_has_the_status_that_was_set(client: Client, site: Site, status: int) -> None:
    add_redirect("/blog/2019/old", "/new", status=status)
    assert get_redirect(client, "/blog/2019/old?utm=1") == (status, "/new?utm=1")
    assert get_redirect(client, "/blog/2019/old/") == (status, "/new")


def test_a_redirect_to_another_site_is_possible_if_the_owner_adds_it(
    client: Client, site: Site
) -> None:
    add_redirect("/shop", "https://shop.example/?a=1")
    assert get_redirect(client, "/shop") == (301, "https://shop.example/?a=1")


def test_a_removed_page_gets_410(client: Client, site: Site) -> None:
    add_redirect("/old", "", status=410)
    response = client.get("/old")
    assert response.status_code == 410
    assert b"gone" in response.content


@pytest.mark.parametrize(
    "old",
    ["/@ghost", "/@ghost/atom.xml", "/tag/ghost", "/tag/ghost/rss.xml", "/series/ghost",
     "/über/uns", "/%C3%BCber/uns", "/feed", "/index.php"],
)  # fmt: skip
def test_any_unused_path_can_be_redirected(client: Client, site: Site, old: str) -> None:
    add_redirect(old, "/new")
    assert get_redirect(client, old) == (301, "/new")


def test_a_redirect_with_a_percent_encoded_path_is_found(client: Client, site: Site) -> None:
    add_redirect("/%C3%BCber", "/new")
    assert get_redirect(client, "/über") == (301, "/new")


def test_an_old_slug_redirects_to_the_new_one(client: Client, author: User) -> None:
    post = publish(author)
    actions.edit(post, by=author, version=1, slug="better")
    assert get_redirect(client, "/a-post") == (301, "/better")
    assert get_redirect(client, "/a-post/") == (301, "/better")


def test_old_slugs_do_not_redirect_to_posts_that_are_not_public(
    client: Client, author: User
) -> None:
    post = publish(author)
    post = actions.edit(post, by=author, version=1, slug="better")
    post = actions.unpublish(post, by=author)
    assert get_redirect(client, "/a-post") == (404, "")
    post = actions.edit(post, by=author, version=2, slug="best")
    assert [get_redirect(client, path) for path in ("/a-post", "/better", "/best")] == [
        (404, "")
    ] * 3
    post = actions.publish(post, by=author)
    assert [get_redirect(client, path) for path in ("/a-post", "/better")] == [(301, "/best")] * 2
    actions.delete(post, by=author)
    assert get_redirect(client, "/a-post") == (404, "")


@pytest.mark.parametrize("path", ["/feed", "/feed/", "/rss/", "/feed.xml"])
def test_feed_urls_of_other_software_redirect_to_the_feed(
    client: Client, site: Site, path: str
) -> None:
    assert get_redirect(client, path) == (301, "/rss.xml")


def test_the_admin_without_a_trailing_slash_redirects(client: Client, site: Site) -> None:
    assert get_redirect(client, "/admin") == (301, "/admin/")


def test_a_page_takes_precedence_over_a_redirect(client: Client, author: User) -> None:
    add_redirect("/a-post", "/elsewhere")
    publish(author)
    assert get_redirect(client, "/a-post") == (200, "")


def test_an_unknown_path_is_not_found(client: Client, site: Site) -> None:
    response = client.get("/never/there")
    assert response.status_code == 404
    assert response["Cache-Control"] == "max-age=0, must-revalidate"
    assert b"The Daily Test" in response.content


def all_patterns() -> list[URLPattern | URLResolver]:
    return list(get_resolver().url_patterns)


def first_segments() -> set[str]:
    """Return the first fixed part of every route of the site."""

    def routes(prefix: str, patterns: list[URLPattern | URLResolver]) -> list[str]:
        found = []
        for pattern in patterns:
            route = prefix + str(pattern.pattern).lstrip("^")
            if isinstance(pattern, URLResolver):
                found += routes(route, pattern.url_patterns)
            else:
                found.append(route)
        return found

    firsts = (re.match(r"[\w.-]+(?=$|[/(?])", route) for route in routes("", all_patterns()))
    return {first[0] for first in firsts if first}


def test_the_first_path_segments_of_all_routes_are_reserved_slugs() -> None:
    assert {segment for segment in first_segments() if segment not in RESERVED_SLUGS} == {
        *(f"sitemap-{of}.xml" for of in ("authors", "pages", "posts", "series", "tags")),
        "speculation-rules.json",  # a slug has no full stop
    }
