"""Publishing and withdrawing."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.actions.announce import (
    is_public,
    mark_published,
    send_changed,
    send_published,
)
from broadsheet.posts.actions.index_sync import sync_listing
from broadsheet.posts.actions.input import reject_impossible_date
from broadsheet.posts.models import Post
from broadsheet.publication.actions import delete_redirects_for


@transaction.atomic
def publish(
    post: Post, *, by: User | None, at: dt.datetime | None = None, is_import: bool = False
) -> Post:
    """Publish `post`: now, with the date `at` if that is past, or at `at` if that is to come.

    Without `at`, a post keeps the date it once had, unless that is still to come. `by` is None
    for the scheduler. `is_import` says that the post is public where it is imported from. Raises
    ValidationError for a post without a title.
    """
    post = Post.objects.get_for_update(post.pk)
    now = timezone.now()
    if not post.title.strip():
        raise ValidationError({"title": _("Add a title before you publish the post.")})
    reject_impossible_date("at", at)
    if at is not None and at > now:
        return _move(post, Post.Status.SCHEDULED, by=by, pub_date=at)
    before = post.pub_date if post.pub_date is not None and post.pub_date <= now else None
    status = Post.Status.PUBLISHED
    return _move(post, status, by=by, pub_date=at or before or now, is_import=is_import)


@transaction.atomic
def unlist(post: Post, *, by: User) -> Post:
    """Make `post` readable for those who have its URL, and for no one else."""
    return _show(Post.objects.get_for_update(post.pk), Post.Status.UNLISTED, by=by)


@transaction.atomic
def archive(post: Post, *, by: User) -> Post:
    """Take `post` out of the lists for good, but keep its URL alive.

    Raises ValidationError for a post that readers cannot read: archiving makes nothing public.
    """
    post = Post.objects.get_for_update(post.pk)
    if post.status not in Post.READABLE:
        message = _("Only published posts can be archived. Publish the post first, or delete it.")
        raise ValidationError(message)
    return _show(post, Post.Status.ARCHIVED, by=by)


@transaction.atomic
def unpublish(post: Post, *, by: User) -> Post:
    """Make `post` a draft again. It keeps its date."""
    return _move(Post.objects.get_for_update(post.pk), Post.Status.DRAFT, by=by)


def _show(post: Post, status: Post.Status, *, by: User) -> Post:
    return _move(post, status, by=by, pub_date=post.pub_date or timezone.now())


def _move(
    post: Post,
    status: Post.Status,
    *,
    by: User | None,
    pub_date: dt.datetime | None = None,
    is_import: bool = False,
) -> Post:
    """Give `post` its status. That is no new version: the text and its ETag stay what they were."""
    was_public, before = is_public(post), (post.status, post.pub_date)
    post.status = status
    post.pub_date = pub_date or post.pub_date
    is_first = mark_published(post, is_import=is_import)
    post.save(update_fields=["status", "pub_date", "first_published_at"])
    sync_listing(post)
    if post.is_readable:
        delete_redirects_for([f"/{post.slug}"])
    if status == Post.Status.SCHEDULED:
        signals.post_scheduled.send(Post, post=post, by=by)
    if is_first:
        send_published(post, by=by, is_import=is_import)
    elif before != (post.status, post.pub_date):
        send_changed(post, was_public=was_public, by=by)
    return post
