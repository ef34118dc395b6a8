"""Pages, such as About: readable at their URLs, in no list of posts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions, signals
from broadsheet.posts.models import Post

pytestmark = pytest.mark.django_db

LISTS = ("/", "/archive", "/rss.xml", "/feed.json", "/@ada", "/tag/tea", "/series/kitchen")


@pytest.fixture
def published() -> Iterator[list[str]]:
    """Return the titles of the posts that were announced as published."""
    titles: list[str] = []

    def add(post: Post, **_kwargs: Any) -> None:
        titles.append(post.title)

    signals.post_published.connect(add)
    yield titles
    signals.post_published.disconnect(add)


@pytest.fixture
def page(author: User) -> Post:
    """Return a published page beside a post."""
    relations = {"tags": ["Tea"], "series": "Kitchen"}
    actions.create(by=author, title="A post", status="published", **relations)  # type: ignore[arg-type]
    return actions.create(
        by=author,
        title="About us",
        slug="about",
        content="We grow marigolds.",
        kind="page",
        status="published",
        **relations,  # type: ignore[arg-type]
    )


def test_a_page_is_readable_at_its_url_without_byline_and_date(client: Client, page: Post) -> None:
    response = client.get("/about")
    assert response.status_code == 200
    assert "We grow marigolds." in response.text
    assert 'class="byline"' not in response.text
    assert 'name="robots"' not in response.text
    assert '"@type": "WebPage"' in response.text


@pytest.mark.parametrize("url", LISTS)
def test_no_list_of_posts_shows_a_page(client: Client, page: Post, url: str) -> None:
    text = client.get(url).text
    assert "A post" in text
    assert "About us" not in text


def test_a_post_names_no_page_as_its_neighbour(client: Client, page: Post) -> None:
    assert "About us" not in client.get("/a-post").text


def test_search_and_the_sitemap_of_pages_have_a_page(client: Client, page: Post) -> None:
    assert "/about" in client.get("/search?q=marigolds").text
    assert "/about</loc>" in client.get("/sitemap-pages.xml").text
    month = f"{timezone.now():%Y-%m}"
    assert "/about<" not in client.get(f"/sitemap-posts-{month}.xml").text
    actions.unpublish(page, by=page.authors.get())
    assert "/about" not in client.get("/search?q=marigolds").text
    assert "/about</loc>" not in client.get("/sitemap-pages.xml").text


def test_a_tag_that_only_pages_have_is_in_no_sitemap(client: Client, author: User) -> None:
    actions.create(by=author, title="Legal", kind="page", status="published", tags=["Law"])
    assert "/tag/law<" not in client.get("/sitemap-pages.xml").text


def test_a_page_that_becomes_a_post_is_listed_and_published_once(
    client: Client, page: Post, author: User, published: list[str]
) -> None:
    published.clear()
    post = actions.edit(page, by=author, version=page.version, kind="post")
    actions.edit(post, by=author, version=post.version, title="About all of us")
    assert published == ["About us"]
    assert "About all of us" in client.get("/").text
    post.refresh_from_db()
    actions.edit(post, by=author, version=post.version, kind="page")
    for url in LISTS:
        assert "About all of us" not in client.get(url).text
    assert "/about" in client.get("/search?q=marigolds").text


def test_publishing_a_page_announces_nothing(author: User, published: list[str]) -> None:
    page = actions.create(by=author, title="About us", kind="page")
    actions.publish(page, by=author)
    assert published == []


@pytest.mark.parametrize(("layout", "is_dated"), [("default", True), ("undated", False)])
def test_a_layout_without_dates_hides_them(
    client: Client, author: User, layout: str, is_dated: bool
) -> None:
    actions.create(by=author, title="A post", status="published", page_layout=layout)
    text = client.get("/a-post").text
    assert ("has-undated-layout" in text) is not is_dated
    assert ("<time" in text) is is_dated
