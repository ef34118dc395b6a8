"""Pagination: every post is listed once, and all pages cost the same."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import User
from broadsheet.lib.keyset import Cursor
from broadsheet.posts.models import SERIES_END, Authorship, Post, PostTag, Tag
from tests.public.shown import get_context
from tests.public.writing import LATEST, publish, publish_many

LISTS = ["/", "/@ada", "/tag/food", "/series/kitchen", "/archive", "/archive/2026"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("position", [0, SERIES_END])
def test_the_links_to_older_posts_list_every_post_once(
    client: Client, author: User, path: str, position: int
) -> None:
    count = 130
    publish_many(author, count, tags=["Food"], series="Kitchen")
    # Equal times and positions: ordered by id.
    Post.objects.update(pub_date=LATEST, series_position=position)
    Authorship.objects.update(listed_at=LATEST)
    PostTag.objects.update(listed_at=LATEST)
    seen: list[str] = []
    url = path
    while url:
        context = get_context(client.get(url))
        if lead := context.get("lead"):
            seen.append(lead.title)
        seen += [post.title for post in context["posts"]]
        url = context["older_url"]
    assert len(seen) == count
    assert len(set(seen)) == count


def test_the_second_page_is_a_plain_list_with_a_link_to_the_first(
    client: Client, author: User
) -> None:
    publish_many(author, 21)
    first = get_context(client.get("/"))
    second = get_context(client.get(first["older_url"]))
    assert (first["is_first"], first["first_url"]) == (True, "")
    assert (second["lead"], second["is_first"], second["first_url"]) == (None, False, "/")
    assert [post.title for post in second["posts"]] == ["Story 20"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("cursor", ["x", "%00", "é", "A" * 32, "A" * 5000, "AAAA====", "-1"])
def test_an_invalid_cursor_is_not_found(
    client: Client, author: User, path: str, cursor: str
) -> None:
    publish(author, tags=["Food"], series="Kitchen")
    response = client.get(f"{path}?after={cursor}")
    is_healthy_formed = cursor == "A" * 32  # the year 1970: nothing, or all, comes after it
    assert response.status_code == (200 if is_healthy_formed else 404)


@pytest.fixture
def count_steps(author: User) -> Callable[[Client, str], int]:
    """Count the steps of SQLite's virtual machine for a request, in hundreds."""
    if connection.vendor != "sqlite":
        pytest.skip("counts the steps of SQLite")

    def count(client: Client, url: str) -> int:
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        raw: Any = connection.connection
        raw.set_progress_handler(step, 100)
        try:
            assert client.get(url).status_code == 200
        finally:
            raw.set_progress_handler(None, 0)
        return steps

    return count


def _bulk_publish(author: User, count: int) -> None:
    """Publish many posts under one tag and one author, without rendering each."""
    tag = Tag.objects.create(name="Food", slug="food")
    posts = Post.objects.bulk_create(
        Post(
            title=f"Story {n}",
            slug=f"story-{n}",
            status=Post.Status.PUBLISHED,
            pub_date=LATEST - dt.timedelta(minutes=n),
        )
        for n in range(count)
    )
    Authorship.objects.bulk_create(
        Authorship(post=post, user=author, position=0, listed_at=post.pub_date) for post in posts
    )
    PostTag.objects.bulk_create(
        PostTag(post=post, tag=tag, position=0, listed_at=post.pub_date) for post in posts
    )


@pytest.mark.slow
def test_the_last_page_costs_as_much_as_the_first(
    client: Client, author: User, count_steps: Callable[[Client, str], int]
) -> None:
    count = 4_000
    _bulk_publish(author, count)
    deep = Post.objects.get(title=f"Story {count - 80}")
    for path in ("/", "/@ada", "/tag/food", "/archive"):
        first = count_steps(client, path)
        last = count_steps(client, f"{path}?after={deep.cursor}")
        assert last <= first * 1.3 + 5, (path, first, last)
    assert count_steps(client, f"/{deep.slug}") < 40  # adjacent and related posts use indexes
    publish(author, title="Long ago", pub_date=dt.datetime(2001, 5, 1, tzinfo=dt.UTC))
    assert count_steps(client, "/archive/2001") < 40  # newer posts are not read


def _plan(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    lines: list[str] = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            lines += [row[3] for row in cursor.fetchall()]
    return lines


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/", "posts_post_listed"),
        ("/archive", "posts_post_listed"),
        ("/tag/food", "posts_posttag_listed"),
        ("/@ada", "posts_authorship_listed"),
        ("/series/kitchen", "posts_post_series_order"),
        ("/sitemap.xml", "posts_post_listed"),
        ("/story-1", "sqlite_autoindex_posts_related_1"),
        ("/story-1", "posts_post_listed"),
        ("/@ada", "accounts_user_username_unique"),
    ],
)
def test_lists_use_an_index(client: Client, author: User, path: str, index: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads the plans of SQLite")
    publish_many(author, 3, tags=["Food"], series="Kitchen")
    cursor = Cursor(at=LATEST, id=author.pk)
    for url in (path, f"{path}?after={cursor}"):
        plan = _plan(client, url)
        assert any(f"INDEX {index}" in line for line in plan), plan
        assert not [
            line for line in plan if line.startswith("SCAN posts") and "INDEX" not in line
        ], plan
