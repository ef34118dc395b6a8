"""What members' lists hold: what is published, and what they may work on."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from tests.api.conftest import Program

POSTS = "/api/v1/posts"
STATUSES = ("draft", "published", "unlisted", "archived")


@pytest.fixture
def _posts(author: User, another_author: User) -> None:
    """Make two posts of each author in each standing, one of them deleted."""
    for by in (author, another_author):
        for status in STATUSES:
            for title in ("kept", "deleted"):
                said = {"title": f"{by.username} {status} {title}", "tags": ["All"]}
                now = timezone.now()
                post = actions.create(by=by, status=status, pub_date=now, **said)  # type: ignore[arg-type]
                if title == "deleted":
                    actions.delete(post, by=by)


def _titles(client: Client, query: str) -> set[str]:
    return {post["title"] for post in client.get(f"{POSTS}?{query}").json()["results"]}


@pytest.mark.usefixtures("_posts")
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tag", ["", "&tag=all"])
def test_members_see_their_own_in_any_standing_and_editors_everybodys(
    status: str, tag: str, author: User, editor: User, program: Program
) -> None:
    all_ = {f"{name} {status} kept" for name in ("ada", "bob")}
    query = f"status={status}{tag}"
    assert _titles(program(editor), query) == all_
    expected = all_ if status == "published" else {f"ada {status} kept"}
    assert _titles(program(author), query) == expected
    assert _titles(Client(), query) == (all_ if status == "published" else set())


@pytest.mark.usefixtures("_posts")
def test_the_deleted_are_listed_by_standing_too(author: User, program: Program) -> None:
    for also in ("", "&mine=true", "&tag=all"):
        query = f"deleted=true&status=published{also}"
        assert _titles(program(author), query) == {"ada published deleted"}


@pytest.mark.usefixtures("_posts")
def test_an_editors_list_is_asked_for_so_that_an_index_is_found(
    editor: User, program: Program
) -> None:
    with CaptureQueriesContext(connection) as asked:
        program(editor).get(f"{POSTS}?status=draft")
    [listed] = [q["sql"] for q in asked if 'FROM "posts_post"' in q["sql"] and "LIMIT" in q["sql"]]
    assert " OR " not in listed
