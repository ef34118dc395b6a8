"""Earlier versions and the way back to one."""

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


def test_every_version_is_listed_and_can_be_looked_at(author: User, at: At, post: Post) -> None:
    page = at(author).get(reverse("studio:revision-list", args=[post.pk]))
    assert [r.number for r in page.context["revisions"]] == [2, 1]
    assert "Ada" in page.text
    page = at(author).get(reverse("studio:revision-detail", args=[post.pk, 1]))
    assert "First text" in page.text
    assert [(line.kind, line.text) for line in page.context["lines"]][1:] == [
        ("-", "Second text"),
        ("+", "First text"),
    ]


def test_an_earlier_version_becomes_the_newest_and_the_address_stays(
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
def test_nothing_is_restored_over_what_one_has_not_seen(
    author: User, at: At, post: Post, version: str
) -> None:
    url = reverse("studio:revision-restore", args=[post.pk, 1])
    page = at(author).post(url, {"version": version}, follow=True)
    assert "changed in the meantime" in page.text
    post.refresh_from_db()
    assert post.title == "Second title"


def test_a_version_that_never_was_is_not_found(author: User, at: At, post: Post) -> None:
    for number in (0, 9, 10**30):
        url = reverse("studio:revision-detail", args=[post.pk, number])
        assert at(author).get(url).status_code == 404


def test_others_do_not_read_or_restore_versions(another_author: User, at: At, post: Post) -> None:
    assert (
        at(another_author).get(reverse("studio:revision-detail", args=[post.pk, 1])).status_code
        == 404
    )
    answer = at(another_author).post(
        reverse("studio:revision-restore", args=[post.pk, 1]), {"version": 2}
    )
    assert answer.status_code == 404


def test_many_versions_have_several_pages(
    author: User, at: At, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "PAGE_SIZE", 1)
    url = reverse("studio:revision-list", args=[post.pk])
    page = at(author).get(url)
    assert ([r.number for r in page.context["revisions"]], page.context["more"]) == ([2], 2)
    page = at(author).get(f"{url}?before=2")
    assert ([r.number for r in page.context["revisions"]], page.context["more"]) == ([1], None)
