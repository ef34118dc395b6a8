"""Filters of lists: results are complete and ordered, whichever index is used."""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.api.pagination import KeysetPagination
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

POSTS = "/api/v1/posts"
STATUSES = ("published", "published", "draft", "unlisted")


@pytest.fixture
def posts(author: User, another_author: User) -> list[Post]:
    """Return posts of every combination of author, tags and status, two at each time."""
    now = timezone.now()
    kinds = product([[author], [another_author], [author, another_author]], ["A", "B"], STATUSES)
    drafts: list[actions.NewPostInput] = [
        {
            "title": f"Post {n} is {'red' if n % 2 else 'blue'}",
            "authors": authors,
            "tags": [tag, *(["Both"] if n % 3 else [])],
            "status": status,
            "pub_date": now - dt.timedelta(days=(n * 7) % 12 // 2),
        }
        for n, (authors, tag, status) in enumerate(kinds)
    ]
    return actions.create_many(drafts, by=author)


def _fetch_all(client: Client, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    next_url: str | None = f"{POSTS}?{query}"
    while next_url:
        page = client.get(next_url).json()
        found += page["results"]
        next_url = page["next"]
    return found


def _is_expected(post: Post, filters: dict[str, str], user: User | None) -> bool:
    names = {author.username for author in post.authors.all()}
    is_mine = user is not None and user.username in names
    return (
        (post.is_listed or is_mine)
        and filters.get("author") in {None, *names}
        and filters.get("tag") in {None, *(tag.slug for tag in post.tags.all())}
        and filters.get("q", "") in post.title
        and filters.get("status") in {None, post.status}
        and filters.get("mine") in {None, str(is_mine).lower()}
    )


@pytest.mark.parametrize("max_scanned", [3, 1_000])
@pytest.mark.parametrize(
    "query",
    [
        "tag=both", "author=ada", "author=ada&tag=both", "tag=b&q=red", "q=blue",
        "author=bob&q=red",
        "status=published&author=ada&tag=a", "mine=false&tag=both", "mine=true&tag=a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_logged_in", [False, True])
def test_a_filtered_list_contains_each_post_once_and_in_order(
    query: str,
    max_scanned: int,
    posts: list[Post],
    author: User,
    api_client: ApiClientFactory,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_logged_in: bool,
) -> None:
    monkeypatch.setattr(KeysetPagination, "max_scanned", max_scanned)
    client = api_client(author) if is_logged_in else Client()
    found = _fetch_all(client, f"{query}&limit=2")
    by_date = not is_logged_in or "status=published" in query
    sort_keys = [((p["pub_date"] if by_date else ""), p["id"]) for p in found]
    assert sort_keys == sorted(sort_keys, reverse=True)
    assert len(sort_keys) == len(set(sort_keys))
    filters = dict(part.split("=") for part in query.split("&"))
    user = author if is_logged_in else None
    expected = {str(post.pk) for post in posts if _is_expected(post, filters, user)}
    assert {p["id"] for p in found} == expected
    assert expected or "mine=true" in query  # the filter matches something


def test_posts_with_a_tag_can_be_filtered_by_date(posts: list[Post]) -> None:
    day = (timezone.now() - dt.timedelta(days=2, hours=1)).isoformat().replace("+00:00", "Z")
    before = _fetch_all(Client(), f"tag=both&published_before={day}")
    since = _fetch_all(Client(), f"tag=both&published_after={day}")
    assert all(p["pub_date"] < day for p in before)
    assert all(p["pub_date"] >= day for p in since)
    assert before
    assert len(before) + len(since) == len(_fetch_all(Client(), "tag=both"))


def test_posts_with_a_tag_are_read_from_one_index_range(posts: list[Post]) -> None:
    with CaptureQueriesContext(connection) as queries:
        Client().get(f"{POSTS}?tag=both&limit=1")
    [listed] = [q["sql"] for q in queries if "listed_at" in q["sql"]]
    assert 'ORDER BY "posts_posttag"."listed_at" DESC' in listed
    assert listed.count('JOIN "posts_posttag"') == 1


def test_a_residual_filter_scans_a_limited_number_of_posts(
    posts: list[Post], author: User, api_client: ApiClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeysetPagination, "max_scanned", 4)
    page = api_client(author).get(f"{POSTS}?q=no-such-title").json()
    assert page["results"] == []
    assert page["next"]


def test_anonymous_searches_find_words_of_the_content_but_no_drafts(author: User) -> None:
    more: dict[str, Any] = {"content": "About kumquats", "pub_date": timezone.now()}
    actions.create(by=author, title="Found", status="published", **more)
    actions.create(by=author, title="Hidden", status="draft", **more)
    found = Client().get(f"{POSTS}?q=kumquat").json()
    assert [post["title"] for post in found["results"]] == ["Found"]
    assert found["next"] is None
