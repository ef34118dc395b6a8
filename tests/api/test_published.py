"""What strangers get in the list of posts is what everyone gets, less what is not for them."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.api.serializers.posts import PRIVATE
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post

NOW = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)


@pytest.fixture
def posts(author: User, another_author: User) -> list[Post]:
    image = Image.objects.create(
        owner=author, file="ab/abc/10x20.jpg", digest="abc", mime="image/jpeg", width=10, height=20,
        bytes=1,
    )  # fmt: skip
    plain: dict[str, Any] = {"status": "published", "pub_date": NOW}
    fields: list[dict[str, Any]] = [
        {"title": "Plain"},
        {"title": "Ünï \u2028 “code” </script>", "slug": "ünï", "content": "Some *words*."},
        {"title": "Covered", "cover": image, "cover_alt": "A view", "tags": ["Food", "Wine"]},
        {"title": "Elsewhere", "cover_url": "https://example.org/ä.png", "series": "Kitchen"},
        {"title": "Two", "authors": [author, another_author], "language": "de"},
        {"title": "Told", "seo_title": "T", "canonical_url": "https://example.org/told",
         "allows_comments": False, "shows_contents": False,
         "pub_date": NOW + dt.timedelta(microseconds=5)},
    ]  # fmt: skip
    made = [actions.create(by=author, **{**plain, **given}) for given in fields]
    return [*made, actions.create(by=author, title="Draft")]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_the_list_shows_strangers_what_writers_see_less_what_is_theirs(
    client: Client, posts: list[Post], editor: User, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    strangers = client.get("/api/v1/posts").json()["results"]
    client.force_login(editor)
    writers = client.get("/api/v1/posts?status=published").json()["results"]
    assert [list(post) for post in strangers] == [
        [name for name in post if name not in PRIVATE] for post in writers
    ]
    assert strangers == [{k: v for k, v in p.items() if k not in PRIVATE} for p in writers]
    assert len(strangers) == len(posts) - 1


def test_a_list_and_its_pages_are_one(client: Client, posts: list[Post]) -> None:
    whole = client.get("/api/v1/posts").json()
    assert whole["next"] is None
    found, address = [], "/api/v1/posts?limit=2"
    while address:
        answer = client.get(address)
        page = answer.json()
        found += page["results"]
        assert len(page["results"]) == 2
        address = page["next"]
        assert answer.get("Link") == (f'<{address}>; rel="next"' if address else None)
    assert found == whole["results"]


def test_the_whole_list_takes_three_queries(
    client: Client, posts: list[Post], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        client.get("/api/v1/posts")


def test_no_client_decides_how_an_answer_is_written(client: Client, posts: list[Post]) -> None:
    for path in ("/api/v1", "/api/v1/posts", "/api/v1/tags", f"/api/v1/posts/{posts[0].pk}"):
        plain = client.get(path)
        asked = client.get(path, headers={"Accept": "application/json; indent=4"})
        assert asked.content == plain.content, path
