"""Changes of many posts at once, and their undoing."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from broadsheet.accounts.actions import change_role
from broadsheet.accounts.models import User
from broadsheet.ops.tasks import hourly_cleanup
from broadsheet.posts import actions, bulk_progress
from broadsheet.posts.bulk_progress import BulkProgress
from broadsheet.posts.models import BulkChange, Post, Tag
from broadsheet.posts.tasks import carry_out_bulk_change

pytestmark = pytest.mark.django_db


def write(by: User, title: str, **fields: Any) -> Post:
    return actions.create(by=by, title=title, **fields)


def published(by: User, title: str, **fields: Any) -> Post:
    return write(by, title, status="published", pub_date=timezone.now(), **fields)


def start(posts: Sequence[Post], by: User, verb: str, value: str = "") -> BulkChange:
    """Request a change and carry it out."""
    ids = [post.pk for post in posts]
    bulk = actions.create_bulk_change(ids, by=by, verb=verb, value=value)
    carry_out_bulk_change.func(str(bulk.pk))
    bulk.refresh_from_db()
    return bulk


def undo(bulk: BulkChange) -> BulkProgress:
    actions.undo_bulk_change(bulk)
    carry_out_bulk_change.func(str(bulk.pk))
    bulk.refresh_from_db()
    return bulk_progress.of(bulk)


def state(post: Post) -> tuple[object, ...]:
    """Return all that bulk changes can change."""
    post = Post.objects.for_reading().get(pk=post.pk)
    return (
        [tag.name for tag in post.tags.all()],
        [author.username for author in post.authors.all()],
        post.series and post.series.name,
        post.series_position,
        (post.status, post.pub_date, post.deleted_at),
    )


@pytest.mark.parametrize(
    ("verb", "value", "index", "expected"),
    [
        ("add_tag", "New", 0, ["Tea", "New"]),
        ("remove_tag", "Tea", 0, []),
        ("set_author", "bob", 1, ["bob"]),
        ("set_series", "Walks", 2, "Walks"),
        ("set_series", "", 2, None),
    ],
)
def test_every_change_is_undone(
    author: User,
    another_author: User,
    editor: User,
    verb: str,
    value: str,
    index: int,
    expected: object,
) -> None:
    posts = [published(author, title, tags=["Tea"], series="Kitchen") for title in "ABC"]
    actions.edit(posts[1], by=author, version=1, series_position=7)
    before = [state(post) for post in posts]
    bulk = start(posts, editor, verb, value)
    assert bulk.state == "done"
    assert [state(post)[index] for post in posts] == [expected] * 3
    progress = undo(bulk)
    assert (bulk.state, progress.undone, progress.left_out) == ("undone", 3, [])
    assert [state(post) for post in posts] == before


def test_unpublished_posts_get_their_status_and_date_back(author: User) -> None:
    soon = timezone.now() + dt.timedelta(days=1)
    posts = [published(author, "P"), published(author, "U"), published(author, "A")]
    actions.unlist(posts[1], by=author)
    actions.archive(posts[2], by=author)
    posts += [actions.publish(write(author, "S"), by=author, at=soon), write(author, "D")]
    before = [state(post) for post in posts]
    bulk = start(posts, author, "unpublish")
    assert set(Post.objects.values_list("status", flat=True)) == {"draft"}
    assert bulk_progress.of(bulk).unchanged == 1
    undo(bulk)
    assert [state(post) for post in posts] == before


def test_deleted_posts_are_restored(author: User) -> None:
    posts = [published(author, "A"), write(author, "B")]
    before = [state(post) for post in posts]
    bulk = start(posts, author, "delete")
    assert not Post.objects.alive().exists()
    undo(bulk)
    assert [state(post) for post in posts] == before


def test_a_post_that_was_edited_since_is_not_undone_and_reported(author: User) -> None:
    one, two = write(author, "A"), write(author, "B")
    bulk = start([one, two], author, "add_tag", "New")
    actions.edit(one, by=author, version=2, title="Edited")
    progress = undo(bulk)
    assert state(one)[0] == ["New"]
    assert state(two)[0] == []
    assert [(item.post_id, item.reason) for item in progress.left_out] == [
        (one.pk, "The post was edited since.")
    ]


def test_posts_published_or_restored_by_hand_since_are_left_as_they_are(author: User) -> None:
    one, two = published(author, "A"), published(author, "B")
    unpublished, deleted = start([one], author, "unpublish"), start([two], author, "delete")
    actions.publish(one, by=author)
    actions.restore(two, by=author)
    before = state(one), state(two)
    assert len(undo(unpublished).left_out) == len(undo(deleted).left_out) == 1
    assert (state(one), state(two)) == before


def test_a_post_whose_scheduled_date_has_passed_stays_a_draft(author: User) -> None:
    soon = timezone.now() + dt.timedelta(days=1)
    post = actions.publish(write(author, "S"), by=author, at=soon)
    bulk = start([post], author, "unpublish")
    item = bulk.items.get()
    item.before["pub_date"] = (soon - dt.timedelta(days=2)).isoformat()
    item.save()
    assert len(undo(bulk).left_out) == 1
    assert Post.objects.get().status == "draft"


def test_posts_of_others_are_skipped_and_drafts_of_others_are_not_even_listed(
    author: User, another_author: User
) -> None:
    mine, theirs = write(author, "Mine"), published(another_author, "Theirs")
    secret = write(another_author, "Secret")
    bulk = start([mine, theirs, secret], author, "add_tag", "New")
    progress = bulk_progress.of(bulk)
    assert (progress.total, progress.changed) == (2, 1)
    assert [item.post_id for item in progress.left_out] == [theirs.pk]
    assert (state(theirs)[0], state(secret)[0]) == ([], [])


def test_the_permission_is_checked_when_the_job_runs(author: User, owner: User) -> None:
    post = write(author, "A")
    bulk = actions.create_bulk_change([post.pk], by=author, verb="add_tag", value="New")
    change_role(author, "reader", by=owner)
    carry_out_bulk_change.func(str(bulk.pk))
    assert state(post)[0] == []


def test_undoing_finds_a_tag_that_was_renamed_since(author: User) -> None:
    post = write(author, "A", tags=["Tea"])
    bulk = start([post], author, "add_tag", "New")
    actions.edit_tag(Tag.objects.get(slug="tea"), name="Green tea", slug="green-tea")
    undo(bulk)
    assert state(post)[0] == ["Green tea"]


def test_a_killed_job_continues_where_it_stopped(author: User) -> None:
    posts = [write(author, f"P{n}") for n in range(25)]
    ids = [post.pk for post in posts]
    bulk = actions.create_bulk_change(ids, by=author, verb="add_tag", value="New")
    assert actions.continue_bulk_change(bulk.pk)
    assert 0 < bulk_progress.of(bulk).done < 25
    for _repeated in range(2):
        carry_out_bulk_change.func(str(bulk.pk))
    assert bulk_progress.of(bulk).changed == 25
    assert set(Post.objects.values_list("version", flat=True)) == {2}


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        ("add_tag", ""),
        ("add_tag", " , "),
        ("add_tag", "x" * 101),
        ("add_tag", "\u200b"),
        ("add_tag", "a\0"),
        ("remove_tag", "Unknown"),
        ("set_author", "nobody"),
        ("add_tag", "one, two"),
        ("delete", "x"),
        ("publish", ""),
    ],
)
def test_an_impossible_change_is_refused(editor: User, verb: str, value: str) -> None:
    post = write(editor, "A")
    with pytest.raises(ValidationError):
        actions.create_bulk_change([post.pk], by=editor, verb=verb, value=value)
    assert not BulkChange.objects.exists()


def test_a_change_of_no_post_is_refused(author: User) -> None:
    with pytest.raises(ValidationError):
        actions.create_bulk_change([], by=author, verb="delete")


def test_authors_do_not_choose_authors(author: User, another_author: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_bulk_change(
            [write(author, "A").pk], by=author, verb="set_author", value=another_author.username
        )


def test_ended_changes_are_deleted_after_thirty_days(author: User) -> None:
    old, active = (write(author, title) for title in "AB")
    start([old], author, "add_tag", "New")
    running = actions.create_bulk_change([active.pk], by=author, verb="delete")
    BulkChange.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    recent = start([old], author, "add_tag", "Other")
    hourly_cleanup.func()
    assert set(BulkChange.objects.all()) == {running, recent}


def test_a_change_is_undone_only_once(author: User) -> None:
    bulk = start([write(author, "A")], author, "add_tag", "New")
    undo(bulk)
    with pytest.raises(ValidationError):
        actions.undo_bulk_change(bulk)
