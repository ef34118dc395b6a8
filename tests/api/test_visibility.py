"""Lists of logged-in users: published posts, and those that they can edit."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from tests.api.conftest import ApiClientFactory

POSTS = "/api/v1/posts"
STATUSES = ("draft", "published", "unlisted", "archived")


@pytest.fixture
def _posts(author: User, another_author: User) -> None:
    """Create two posts of each author with each status, one of them deleted."""
    for by in (author, another_author):
        for status in STATUSES:
            for title in ("kept", "deleted"):
                fields = {"title": f"{by.username} {status} {title}", "tags": ["All"]}
                now = timezone.now()
                post = actions.create(by=by, status=status, pub_date=now, **fields)  # type: ignore[arg-type]
                if title == "deleted":
                    actions.delete(post, by=by)


def _titles(client: Client, query: str) -> set[str]:
    return {post["title"] for post in client.get(f"{POSTS}?{query}").json()["results"]}


@pytest.mark.slow
@pytest.mark.usefixtures("_posts")
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tag", ["", "&tag=all"])
def test_authors_list_their_own_posts_with_any_status_and_editors_all_posts(
    status: str, tag: str, author: User, editor: User, api_client: ApiClientFactory
) -> None:
    all_ = {f"{name} {status} kept" for name in ("ada", "bob")}
    query = f"status={status}{tag}"
    assert _titles(api_client(editor), query) == all_
    expected = all_ if status == "published" else {f"ada {status} kept"}
    assert _titles(api_client(author), query) == expected
    assert _titles(Client(), query) == (all_ if status == "published" else set())


@pytest.mark.usefixtures("_posts")
def test_deleted_posts_can_be_filtered_by_status(
    author: User, api_client: ApiClientFactory
) -> None:
    for also in ("", "&mine=true", "&tag=all"):
        query = f"deleted=true&status=published{also}"
        assert _titles(api_client(author), query) == {"ada published deleted"}


@pytest.mark.usefixtures("_posts")
def test_the_query_for_an_editors_list_can_use_an_index(
    editor: User, api_client: ApiClientFactory
) -> None:
    with CaptureQueriesContext(connection) as queries:
        api_client(editor).get(f"{POSTS}?status=draft")
    [listed] = [
        q["sql"] for q in queries if 'FROM "posts_post"' in q["sql"] and "LIMIT" in q["sql"]
    ]
    assert " OR " not in listed
