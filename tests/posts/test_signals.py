"""Signals: a post is published once; after that it is updated or withdrawn."""

import datetime as dt
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions, signals, tasks
from broadsheet.posts.models import Post

DAY = dt.timedelta(days=1)
PUBLISHED, UPDATED, WITHDRAWN = "post_published", "post_updated", "post_withdrawn"
SCHEDULED, DELETED, RESTORED = "post_scheduled", "post_deleted", "post_restored"
IMPORTED = "posts_imported"

type Step = Callable[[Post, User], Post]


def edit(**changes: Any) -> Step:
    return lambda post, user: actions.edit(post, by=user, version=post.version, **changes)


def verb(action: Any) -> Step:
    return lambda post, user: action(post, by=user)


def become_due(post: Post, _user: User) -> Post:
    """Make a scheduled post due and run its task."""
    Post.objects.filter(pk=post.pk).update(pub_date=timezone.now() - DAY)
    tasks.publish_due.call(str(post.pk))
    return Post.objects.get(pk=post.pk)


publish, unpublish = verb(actions.publish), verb(actions.unpublish)
unlist, archive = verb(actions.unlist), verb(actions.archive)
delete, restore = verb(actions.delete), verb(actions.restore)


def schedule(post: Post, user: User) -> Post:
    return actions.publish(post, by=user, at=timezone.now() + DAY)


def publish_as_import(post: Post, user: User) -> Post:
    """Publish as an import does whose source published the post."""
    return actions.publish(post, by=user, is_import=True)


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ([publish], [PUBLISHED]),
        ([publish, publish], [PUBLISHED]),
        ([publish, unpublish, publish], [PUBLISHED, WITHDRAWN, UPDATED]),
        ([publish, unlist, publish], [PUBLISHED, UPDATED, UPDATED]),
        ([publish, archive, archive, publish], [PUBLISHED, UPDATED, UPDATED]),
        ([publish, schedule, become_due], [PUBLISHED, SCHEDULED, WITHDRAWN, UPDATED]),
        ([publish, edit(title="Jam"), edit(title="Jam")], [PUBLISHED, UPDATED]),
        ([publish, unpublish, edit(title="Jam")], [PUBLISHED, WITHDRAWN]),
        ([schedule, become_due], [SCHEDULED, PUBLISHED]),
        ([schedule, edit(title="Jam"), unpublish], [SCHEDULED]),
        ([schedule, edit(pub_date=timezone.now() + 2 * DAY)], [SCHEDULED, SCHEDULED]),
        ([edit(title="Jam")], []),
        ([unlist, edit(title="Jam"), unpublish], []),
        ([unlist, archive, unpublish], []),
        ([unlist, publish], [PUBLISHED]),
        ([delete, restore], [DELETED, RESTORED]),
        ([delete, publish, restore], [DELETED, RESTORED, PUBLISHED]),
        ([publish, delete, delete], [PUBLISHED, DELETED, WITHDRAWN, DELETED]),
        ([publish, unpublish, delete, restore], [PUBLISHED, WITHDRAWN, DELETED, RESTORED]),
        ([publish_as_import], [IMPORTED]),
        ([publish_as_import, unpublish, publish], [IMPORTED, WITHDRAWN, UPDATED]),
        ([publish, unpublish, publish_as_import], [PUBLISHED, WITHDRAWN, UPDATED]),
    ],
)
def test_a_post_is_published_once_and_then_updated_or_withdrawn(
    steps: list[Step], names: list[str], draft: Post, author: User, sent: list[str]
) -> None:
    post = draft
    for step in steps:
        post = step(post, author)
    assert sent == names


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("draft", []),
        ("published", [PUBLISHED]),
        ("scheduled", [SCHEDULED]),
        ("unlisted", []),
        ("archived", []),
    ],
)
def test_a_new_post_sends_the_signal_of_its_status(
    status: str, names: list[str], author: User, sent: list[str]
) -> None:
    at = timezone.now() + DAY if status == "scheduled" else None
    actions.create(by=author, title="Tea", status=status, pub_date=at)
    assert sent == names


@pytest.mark.parametrize(
    ("status", "when_published_here"),
    [("draft", PUBLISHED), ("unlisted", PUBLISHED), ("published", UPDATED), ("archived", UPDATED)],
)
def test_an_import_sends_one_signal_for_all_posts_and_no_post_published(
    status: str, when_published_here: str, author: User, sent: list[str]
) -> None:
    at = timezone.now() - 90 * DAY
    drafts: list[actions.NewPostInput] = [
        {"title": f"{n}", "status": status, "pub_date": at} for n in range(3)
    ]
    post, *_others = actions.create_many(drafts, by=author)
    assert sent == [IMPORTED]
    if status == "published":
        post = actions.unlist(post, by=author)
    sent.clear()
    actions.publish(post, by=author)
    assert sent == [when_published_here]


def test_post_updated_provides_the_old_slug(draft: Post, author: User) -> None:
    post = actions.publish(draft, by=author)
    slugs: list[tuple[str, str]] = []

    def record(post: Post, old_slug: str, **_kwargs: object) -> None:
        slugs.append((old_slug, post.slug))

    signals.post_updated.connect(record)
    try:
        post = actions.edit(post, by=author, version=post.version, slug="jam")
        actions.unlist(post, by=author)
    finally:
        signals.post_updated.disconnect(record)
    assert slugs == [("marmalade", "jam"), ("jam", "jam")]


def test_posts_published_before_the_migration_are_not_announced_again(
    author: User, sent: list[str]
) -> None:
    past, future = timezone.now() - DAY, timezone.now() + DAY
    posts = [
        actions.create(by=author, title="P", status="published", pub_date=past),
        actions.create(by=author, title="U", status="unlisted", pub_date=past),
        actions.create(by=author, title="A", status="archived", pub_date=past),
        actions.create(by=author, title="Withdrawn", pub_date=past),
        actions.create(by=author, title="Draft"),
        actions.create(by=author, title="Soon", status="scheduled", pub_date=future),
    ]
    Post.objects.update(first_published_at=None)
    fill = import_module("broadsheet.posts.migrations.0008_first_published_at").fill
    fill(apps, SimpleNamespace(connection=connection))
    sent.clear()
    for post in posts:
        actions.publish(post, by=author)
    assert sent == [UPDATED, UPDATED, UPDATED, PUBLISHED, PUBLISHED]
