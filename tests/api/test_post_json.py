"""Posts as JSON: the value of each field, in lists and alone, for all who can see it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.api.serializers.posts import PRIVATE, TEXTS
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

NOW = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


@pytest.fixture
def image(author: User) -> Image:
    return Image.objects.create(
        owner=author, file="ab/abc/10x20.jpg", digest="abc", mime="image/jpeg", width=10, height=20,
        bytes=1,
    )  # fmt: skip


@pytest.fixture
def posts(author: User, another_author: User, image: Image) -> list[Post]:
    common: dict[str, Any] = {"status": "published", "pub_date": NOW}
    variants: list[dict[str, Any]] = [
        {"title": "Plain"},
        {"title": "Ünï \u2028 “code” </script>", "slug": "ünï", "content": "Some *words*."},
        {"title": "Covered", "cover": image, "cover_alt": "A view", "tags": ["Food", "Wine"]},
        {"title": "Elsewhere", "cover_url": "https://example.org/ä.png", "series": "Kitchen"},
        {"title": "Two", "authors": [author, another_author], "language": "de"},
        {"title": "Dated", "seo_title": "T", "canonical_url": "https://example.org/dated",
         "allows_comments": False, "shows_contents": False,
         "pub_date": NOW + dt.timedelta(microseconds=5)},
    ]  # fmt: skip
    published = [actions.create(by=author, **{**common, **fields}) for fields in variants]
    return [*published, actions.create(by=author, title="Draft")]


def test_every_field_has_the_expected_value(
    author: User,
    another_author: User,
    editor: User,
    image: Image,
    api_client: ApiClientFactory,
    settings: Any,
) -> None:
    settings.TIME_ZONE = "America/St_Johns"
    texts = {"title": "Ünï", "subtitle": "S", "content": "Some *words*.", "cover_alt": "A view"}
    post = actions.create(
        by=editor, status="published", pub_date=NOW, slug="ünï", cover=image, tags=["Food", "Wine"],
        series="Kitchen", authors=[author, another_author], **texts,  # type: ignore[arg-type]
    )  # fmt: skip
    [shown] = api_client(editor).get("/api/v1/posts").json()["results"]
    assert dt.datetime.fromisoformat(shown.pop("created_at")) == post.created_at
    assert dt.datetime.fromisoformat(shown.pop("updated_at")) == post.updated_at
    assert shown == {
        "id": str(post.pk),
        "url": "http://testserver/%C3%BCn%C3%AF",
        "status": "published",
        "title": "Ünï",
        "subtitle": "S",
        "slug": "ünï",
        "excerpt": "",
        "description": "Some words.",
        "word_count": 2,
        "minutes": 1,
        "cover": str(image.pk),
        "cover_url": "",
        "cover_alt": "A view",
        "cover_src": "http://testserver/media/ab/abc/10x20.jpg",
        "authors": [
            {"username": "ada", "name": author.name, "url": "http://testserver/@ada"},
            {"username": "bob", "name": another_author.name, "url": "http://testserver/@bob"},
        ],
        "tags": ["Food", "Wine"],
        "series": "Kitchen",
        "pub_date": "2026-05-03T09:30:00-02:30",
        "series_position": 1000,
        "canonical_url": "",
        "seo_title": "",
        "seo_description": "",
        "share_image_url": "",
        "language": "",
        "kind": "post",
        "page_layout": "default",
        "is_featured": False,
        "allows_comments": True,
        "shows_contents": True,
        "version": 1,
        "source_id": None,
        "is_date_estimated": False,
    }


def test_anonymous_lists_lack_only_the_private_fields(
    client: Client, posts: list[Post], editor: User
) -> None:
    anonymous = client.get("/api/v1/posts").json()["results"]
    client.force_login(editor)
    complete = client.get("/api/v1/posts?status=published").json()["results"]
    assert anonymous == [{k: v for k, v in p.items() if k not in PRIVATE} for p in complete]
    assert all(set(PRIVATE) <= set(post) for post in complete)
    assert len(anonymous) == len(posts) - 1


@pytest.mark.parametrize("is_editor", [False, True])
def test_a_single_post_equals_its_list_entry_with_content_and_html(
    is_editor: bool, client: Client, posts: list[Post], editor: User
) -> None:
    if is_editor:
        client.force_login(editor)
    for listed in client.get("/api/v1/posts?include=content,html").json()["results"]:
        assert set(TEXTS) <= set(listed)
        assert client.get(f"/api/v1/posts/{listed['id']}").json() == listed


def test_an_author_sees_the_private_fields_of_their_own_posts(
    posts: list[Post], another_author: User, api_client: ApiClientFactory
) -> None:
    listed = api_client(another_author).get("/api/v1/posts").json()["results"]
    assert {post["title"] for post in listed if "version" in post} == {"Two"}
    assert len(listed) == len(posts) - 1


def test_a_list_equals_its_pages_together(client: Client, posts: list[Post]) -> None:
    complete = client.get("/api/v1/posts").json()
    assert complete["next"] is None
    rows, url = [], "/api/v1/posts?limit=2"
    while url:
        response = client.get(url)
        page = response.json()
        rows += page["results"]
        assert len(page["results"]) == 2
        url = page["next"]
        assert response.get("Link") == (f'<{url}>; rel="next"' if url else None)
    assert rows == complete["results"]


@pytest.mark.parametrize(("query", "count"), [("", 3), ("?limit=2", 4), ("?include=html", 4)])
def test_a_list_takes_a_fixed_number_of_queries(
    client: Client,
    posts: list[Post],
    query: str,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(count):
        client.get(f"/api/v1/posts{query}")


def test_clients_cannot_indent_json(client: Client, posts: list[Post]) -> None:
    for path in ("/api/v1", "/api/v1/posts", "/api/v1/tags", f"/api/v1/posts/{posts[0].pk}"):
        plain = client.get(path)
        indented = client.get(path, headers={"Accept": "application/json; indent=4"})
        assert indented.content == plain.content, path
