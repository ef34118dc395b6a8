"""Revisions: the list, the page of one, and restoring it."""

import pytest
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.studio import revisions
from tests.studio.conftest import At, Write


@pytest.fixture
def post(write: Write, author: User) -> Post:
    post = write("First title", content="First text", tags=["Tea"], series="Walks", slug="one")
    return actions.edit(
        post, by=author, version=1, title="Second title", content="Second text", tags=[], slug="two"
    )


def test_all_revisions_are_listed_and_can_be_viewed(author: User, at: At, post: Post) -> None:
    page = at(author).get(reverse("studio:revision-list", args=[post.pk]))
    assert [r.number for r in page.context["revisions"]] == [2, 1]
    assert "Ada" in page.text
    page = at(author).get(reverse("studio:revision-detail", args=[post.pk, 1]))
    assert "First text" in page.text
    assert page.context["changes"] is None  # it is the first one


def test_restoring_a_revision_creates_a_version_and_keeps_the_slug(
    author: User, at: At, post: Post
) -> None:
    url = reverse("studio:revision-restore", args=[post.pk, 1])
    at(author).post(url, {"version": 2})
    post.refresh_from_db()
    assert (post.title, post.content, post.slug, post.version) == (
        "First title",
        "First text",
        "two",
        3,
    )
    assert [tag.name for tag in post.tags.all()] == ["Tea"]
    assert post.revisions.count() == 3


@pytest.mark.parametrize("version", ["1", "", "x", "9" * 30])
def test_a_revision_is_not_restored_over_a_newer_version(
    author: User, at: At, post: Post, version: str
) -> None:
    url = reverse("studio:revision-restore", args=[post.pk, 1])
    page = at(author).post(url, {"version": version}, follow=True)
    assert "changed in the meantime" in page.text
    post.refresh_from_db()
    assert post.title == "Second title"


def test_an_unknown_revision_is_not_found(author: User, at: At, post: Post) -> None:
    for number in (0, 9, 10**30):
        url = reverse("studio:revision-detail", args=[post.pk, number])
        assert at(author).get(url).status_code == 404


def test_other_users_cannot_view_or_restore_revisions(
    another_author: User, at: At, post: Post
) -> None:
    assert (
        at(another_author).get(reverse("studio:revision-detail", args=[post.pk, 1])).status_code
        == 404
    )
    response = at(another_author).post(
        reverse("studio:revision-restore", args=[post.pk, 1]), {"version": 2}
    )
    assert response.status_code == 404


def test_the_list_of_revisions_is_paginated(
    author: User, at: At, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "PAGE_SIZE", 1)
    url = reverse("studio:revision-list", args=[post.pk])
    page = at(author).get(url)
    assert ([r.number for r in page.context["revisions"]], page.context["more"]) == ([2], 2)
    page = at(author).get(f"{url}?before=2")
    assert ([r.number for r in page.context["revisions"]], page.context["more"]) == ([1], None)
