"""Checks before publishing: hints that can be skipped."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.publish_checks import MAX_HINTS, check
from broadsheet.publication.actions import add_redirect

pytestmark = pytest.mark.django_db

OK = {"excerpt": "In short."}


def hints(author: User, content: str = "", **fields: Any) -> list[tuple[str, str]]:
    """Return codes and details of the hints about a new post."""
    post = actions.create(by=author, title="New", content=content, **{**OK, **fields})
    return [(hint.code, hint.detail) for hint in check(post)]


def test_a_careful_post_has_no_hints(author: User) -> None:
    text = (
        "## One\n\n### Two\n\n![A view](/media/ab/a.png) and [home](/), [there](#two)\n\n## Three\n"
    )
    assert hints(author, text) == []


def test_an_image_without_alternative_text_is_named(author: User) -> None:
    assert hints(author, "![](/media/ab/a.png)") == [("alt_text", "/media/ab/a.png")]


def test_a_cover_without_alternative_text_is_named(author: User) -> None:
    url = "https://e.example/c.png"
    assert hints(author, cover_url=url) == [("alt_text", url), ("remote_image", url)]


def test_a_heading_that_skips_a_level_is_named(author: User) -> None:
    assert hints(author, "## One\n\n#### Two\n\n## Three") == [("heading_order", "Two")]


def test_an_image_of_another_site_is_named(author: User) -> None:
    url = "https://e.example/a.png"
    assert hints(author, f"![A view]({url})") == [("remote_image", url)]
    assert hints(author, f"![A view]({settings.SITE_URL}/media/ab/a.png)") == []


@pytest.mark.parametrize(
    "path", ["/nothing", "/a-draft", "/some/where", "/gone", f"{settings.SITE_URL}/nothing"]
)
def test_a_link_that_leads_to_nothing_is_named(author: User, path: str) -> None:
    actions.create(by=author, title="A draft")
    add_redirect("/gone", "", status=410)
    assert hints(author, f"[x]({path})") == [("dead_link", path)]


def test_a_link_to_an_anchor_that_is_missing_is_named(author: User) -> None:
    assert hints(author, "[x](#nowhere)") == [("dead_link", "#heading-nowhere")]


@pytest.mark.parametrize(
    "url",
    ["/public", "/public/", "/public?a=1#b", "/new", "/moved", "/", "/archive", "/@ada", "/studio",
     "/admin/", "https://e.example/nothing", "mailto:a@e.example"],
)  # fmt: skip
def test_a_link_that_leads_somewhere_is_not_named(author: User, url: str) -> None:
    actions.create(by=author, title="Public", status="unlisted")
    add_redirect("/moved", "/public")
    assert hints(author, f"[x]({url})") == []


def test_a_missing_excerpt_is_named_unless_search_engines_have_a_description(author: User) -> None:
    assert hints(author, excerpt="") == [("description", "")]
    assert hints(author, excerpt="", seo_description="For engines.") == []


def test_the_number_of_queries_and_hints_is_limited(
    author: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    links = " ".join(f"[x](/nothing-{n})" for n in range(100))
    post = actions.create(by=author, title="New", content=links, excerpt="In short.")
    with django_assert_max_num_queries(2):
        assert len(check(post)) == MAX_HINTS


def test_the_publish_page_shows_hints_and_publishes_nevertheless(
    author: User, client: Client
) -> None:
    post = actions.create(by=author, title="New", content="![](/media/ab/<a.png)\n\n[x](/nothing)")
    client.force_login(author)
    url = reverse("studio:post-publish", args=[post.pk])
    page = client.get(url).text
    assert "A link leads to nothing on this site." in page
    assert "/nothing" in page
    client.post(url)
    post.refresh_from_db()
    assert post.status == "published"


def test_the_api_returns_hints_to_those_who_can_edit(
    author: User, another_author: User, client: Client
) -> None:
    post = actions.create(by=author, title="New", content="[x](/nothing)", excerpt="In short.")
    url = f"/api/v1/posts/{post.pk}/checks"
    client.force_login(author)
    message = "A link leads to nothing on this site."
    hint = {"code": "dead_link", "message": message, "detail": "/nothing"}
    assert client.get(url).json() == {"hints": [hint]}
    client.force_login(another_author)
    assert client.get(url).status_code == 404
