"""Publishing, unpublishing, scheduling and deleting."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_ox.models import OxTask

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts import actions, signals, tasks
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect

HOUR = dt.timedelta(hours=1)


def is_listed(post: Post) -> bool:
    """Return whether the post is in all lists; it must be in all of them or in none."""
    shown = {
        Post.objects.published().filter(pk=post.pk).exists(),
        Authorship.objects.filter(post=post, listed_at=post.pub_date).exists()
        if post.pub_date
        else False,
        PostTag.objects.filter(post=post, listed_at__isnull=False).exists(),
        bool(search.find("oranges")),
    }
    assert len(shown) == 1
    return shown.pop()


def test_a_draft_is_not_listed_until_it_is_published(
    draft: Post, author: User, sent: list[str]
) -> None:
    assert not is_listed(draft)
    post = actions.publish(draft, by=author)
    assert is_listed(post)
    assert post.pub_date is not None
    assert timezone.now() - post.pub_date < HOUR
    assert sent == ["post_published"]


def test_publishing_again_keeps_the_first_date(draft: Post, author: User) -> None:
    first_date = timezone.now() - 1000 * HOUR
    post = actions.publish(draft, by=author, at=first_date)
    post = actions.unpublish(post, by=author)
    assert not is_listed(post)
    assert actions.publish(post, by=author).pub_date == first_date


def test_a_scheduled_post_is_published_by_a_task_when_it_is_due(
    draft: Post, author: User, sent: list[str]
) -> None:
    at = timezone.now() + HOUR
    post = actions.publish(draft, by=author, at=at)
    assert post.status == "scheduled"
    assert not is_listed(post)
    job = OxTask.objects.get(task_path="broadsheet.posts.tasks.publish_due")
    assert job.run_after == at
    tasks.publish_due.call(str(post.pk))
    post.refresh_from_db()
    assert post.status == "scheduled", "its time has not come"
    Post.objects.filter(pk=post.pk).update(pub_date=timezone.now() - HOUR)
    tasks.publish_due.call(str(post.pk))
    post.refresh_from_db()
    assert is_listed(post)
    assert sent == ["post_scheduled", "post_published"]


def test_a_scheduled_post_that_was_unpublished_stays_a_draft(draft: Post, author: User) -> None:
    post = actions.publish(draft, by=author, at=timezone.now() + HOUR)
    actions.unpublish(post, by=author)
    tasks.publish_due.call(str(post.pk))
    post.refresh_from_db()
    assert post.status == "draft"


@pytest.mark.parametrize("verb", [actions.unlist, actions.archive])
def test_unlisted_and_archived_posts_are_readable_but_not_listed(
    verb: object, draft: Post, author: User
) -> None:
    post = actions.publish(draft, by=author)
    post = verb(post, by=author)  # type: ignore[operator] # one of two actions
    assert not is_listed(post)
    assert post in Post.objects.visible_to(None)


@pytest.mark.parametrize("at", [None, timezone.now() + 1000 * HOUR])
def test_drafts_and_scheduled_posts_cannot_be_archived(
    draft: Post, author: User, at: dt.datetime | None, sent: list[str]
) -> None:
    if at is not None:
        draft = actions.publish(draft, by=author, at=at)
    with pytest.raises(ValidationError, match="Only published posts can be archived"):
        actions.archive(draft, by=author)
    assert Post.objects.get().status == ("draft" if at is None else "scheduled")
    assert "post_published" not in sent


def test_a_deleted_post_is_hidden_and_can_be_restored(
    draft: Post, author: User, sent: list[str]
) -> None:
    post = actions.publish(draft, by=author)
    actions.delete(post, by=author)
    assert post not in Post.objects.visible_to(author)
    assert not is_listed(post)
    actions.restore(post, by=author)
    assert is_listed(post)
    assert sent == [
        "post_published", "post_deleted", "post_withdrawn", "post_restored", "post_updated",
    ]  # fmt: skip


def test_a_post_without_a_title_cannot_be_published(author: User) -> None:
    post = actions.create(by=author, title="")
    with pytest.raises(ValidationError, match="Add a title"):
        actions.publish(post, by=author)


def test_publishing_a_post_removes_a_redirect_from_its_url(draft: Post, author: User) -> None:
    add_redirect("/marmalade", "/elsewhere")
    actions.publish(draft, by=author)
    assert not Redirect.objects.exists()


def test_an_exception_in_a_signal_receiver_rolls_the_change_back(draft: Post, author: User) -> None:
    def fail(**_kwargs: object) -> None:
        raise RuntimeError

    signals.post_published.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.publish(draft, by=author)
    finally:
        signals.post_published.disconnect(fail)
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "published", "pub_date": None},
        {"status": "hidden"},
        {"slug": ""},
        {"slug": "other"},
        {"version": 0},
    ],
)
def test_database_constraints_reject_invalid_posts(
    wrong: dict[str, object], draft: Post, author: User
) -> None:
    actions.create(by=author, title="Other", slug="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=draft.pk).update(**wrong)


def test_a_due_post_is_locked_before_it_is_published(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    post = actions.create(by=author, title="Soon", status="scheduled", pub_date=now)
    calls: list[str] = []
    select_for_update = PostQuerySet.select_for_update

    def record(posts: PostQuerySet) -> PostQuerySet:
        calls.append("held")
        return select_for_update(posts)

    monkeypatch.setattr(PostQuerySet, "select_for_update", record)
    monkeypatch.setattr(actions, "publish", lambda *_post, **_by: calls.append("published"))
    tasks.publish_due.call(str(post.pk))
    assert calls == ["held", "published"]


def test_publishing_a_deleted_post_keeps_the_redirect_of_its_url(draft: Post, author: User) -> None:
    add_redirect(f"/{draft.slug}", "/elsewhere")
    actions.delete(draft, by=author)
    actions.publish(draft, by=author)
    assert Redirect.objects.filter(old_path=f"/{draft.slug}").exists()


def test_a_post_without_a_title_cannot_be_unlisted(author: User) -> None:
    post = actions.create(by=author, title="", content="Text")
    with pytest.raises(ValidationError, match="title"):
        actions.unlist(post, by=author)
    post.refresh_from_db()
    assert post.status == Post.Status.DRAFT


def test_a_scheduled_post_that_is_unlisted_has_the_date_of_that_moment(
    draft: Post, author: User
) -> None:
    actions.publish(draft, by=author, at=timezone.now() + HOUR)
    post = actions.unlist(draft, by=author)
    assert post.pub_date is not None
    assert post.pub_date <= timezone.now()
    post = actions.edit(post, by=author, version=post.version, title="Corrected")
    assert post.status == Post.Status.UNLISTED
