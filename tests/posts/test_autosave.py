"""Saving while someone writes: drafts, working copies, sessions."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Revision
from broadsheet.posts.queries import other_writers

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(author: User) -> Post:
    post = actions.create(by=author, title="Tea", content="Hot.", status="published")
    return Post.objects.for_reading().get(pk=post.pk)


def read(post: Post) -> Post:
    return Post.objects.for_reading().get(pk=post.pk)


def test_a_draft_is_saved_itself(author: User, draft: Post) -> None:
    result = actions.autosave(draft, by=author, version=1, content="Lemons", excerpt="Short")
    post = read(draft)
    assert (post.content, post.excerpt, post.version) == ("Lemons", "Short", 2)
    assert "Lemons" in post.html
    assert (result.version, result.copy, result.is_outdated) == (2, 0, False)
    assert not post.working_copies.exists()


def test_autosaves_of_a_session_share_one_revision(author: User, draft: Post) -> None:
    for version, text in enumerate(["One", "Two", "Three"], start=1):
        actions.autosave(draft, by=author, version=version, content=text)
    numbers = draft.revisions.values_list("number", "kind", "content")
    assert list(numbers) == [(4, "autosave", "Three"), (1, "saved", "Oranges")]


def test_a_pause_ends_a_session(author: User, draft: Post) -> None:
    actions.autosave(draft, by=author, version=1, content="One")
    earlier = dt.timedelta(minutes=31)
    revision = draft.revisions.get(number=2)
    Revision.objects.filter(pk=revision.pk).update(saved_at=revision.saved_at - earlier)
    actions.autosave(draft, by=author, version=2, content="Two")
    assert [r.content for r in draft.revisions.all()] == ["Two", "One", "Oranges"]


def test_autosaves_of_others_and_after_saving_begin_a_new_revision(
    author: User, editor: User, draft: Post
) -> None:
    actions.autosave(draft, by=author, version=1, content="One")
    actions.autosave(draft, by=editor, version=2, content="Two")
    actions.edit(draft, by=editor, version=3, content="Two")
    actions.autosave(draft, by=editor, version=3, content="Three")
    kinds = [(r.content, r.kind) for r in draft.revisions.all()]
    assert kinds == [
        ("Three", "autosave"),
        ("Two", "saved"),
        ("One", "autosave"),
        ("Oranges", "saved"),
    ]


def test_changes_of_a_published_post_stay_in_the_working_copy_until_the_update(
    author: User, published: Post, sent: list[str]
) -> None:
    result = actions.autosave(published, by=author, version=1, content="Cold.")
    assert (read(published).content, read(published).version) == ("Hot.", 1)
    assert sent == []
    working = published.working_copies.get()
    assert (working.title, working.content, working.number) == ("Tea", "Cold.", result.copy)
    actions.update(published, by=author, version=1, content="Cold.")
    assert read(published).content == "Cold."
    assert sent == ["post_updated"]
    assert not published.working_copies.exists()
    assert published.revisions.first().kind == "published"  # type: ignore[union-attr]


def test_each_user_has_a_working_copy_and_sees_who_else_is_writing(
    author: User, editor: User, published: Post
) -> None:
    Revision.objects.update(saved_at=published.created_at - dt.timedelta(days=1))
    actions.autosave(published, by=author, version=1, content="Cold.")
    assert other_writers(published, author) == []
    actions.autosave(published, by=editor, version=1, content="Iced.")
    assert other_writers(published, author) == [editor.name]
    assert published.working_copies.count() == 2
    actions.discard(published, by=author)
    assert [copy.content for copy in published.working_copies.all()] == ["Iced."]


def test_a_window_does_not_overwrite_the_working_copy_of_another_window(
    author: User, published: Post
) -> None:
    actions.autosave(published, by=author, version=1, content="First window")
    with pytest.raises(actions.EditConflictError):
        actions.autosave(published, by=author, version=1, content="Second window")
    actions.autosave(published, by=author, version=1, copy=1, content="First window again")
    assert published.working_copies.get().content == "First window again"


def test_texts_for_an_outdated_draft_are_saved_next_to_it(
    author: User, editor: User, draft: Post
) -> None:
    actions.edit(draft, by=editor, version=1, content="Theirs")
    result = actions.autosave(draft, by=author, version=1, content="Mine")
    assert result.is_outdated
    assert read(draft).content == "Theirs"
    assert draft.working_copies.get().content == "Mine"


def test_a_published_revision_is_marked(author: User, draft: Post) -> None:
    actions.autosave(draft, by=author, version=1, content="One")
    actions.publish(draft, by=author)
    assert draft.revisions.get(number=2).kind == "published"


@pytest.mark.parametrize(
    "wrong", [{"content": "\0"}, {"title": "x" * 301}, {"content": "x", "version": 9}]
)
def test_invalid_texts_and_versions_are_rejected(
    author: User, published: Post, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        actions.autosave(published, by=author, **({"version": 1} | wrong))  # type: ignore[arg-type]
    assert not published.working_copies.exists()
