"""Publishing and withdrawing."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.actions.fields import refuse_date
from broadsheet.posts.actions.listing import relist
from broadsheet.posts.models import Post, locked
from broadsheet.publication.actions import free_paths


@transaction.atomic
def publish(post: Post, *, by: User | None, at: dt.datetime | None = None) -> Post:
    """Publish `post`: now, with the date `at` when it lies behind us, or then when it is to come.

    Without `at`, a post keeps the date it once had, unless that is still to come. `by` is None
    when the time has come by itself. Raises ValidationError for a post without a title.
    """
    post = locked(post.pk)
    now = timezone.now()
    if not post.title.strip():
        raise ValidationError({"title": _("A post needs a title before it is published.")})
    refuse_date("at", at)
    if at is not None and at > now:
        post = _move(post, Post.Status.SCHEDULED, pub_date=at)
        signals.post_scheduled.send(Post, post=post, by=by)
        return post
    before = post.pub_date if post.pub_date is not None and post.pub_date <= now else None
    post = _move(post, Post.Status.PUBLISHED, pub_date=at or before or now)
    free_paths([f"/{post.slug}"])
    signals.post_published.send(Post, post=post, by=by)
    return post


@transaction.atomic
def unlist(post: Post, *, by: User) -> Post:
    """Make `post` readable for those who have its address, and for nobody else."""
    return _show(post, Post.Status.UNLISTED, by=by)


@transaction.atomic
def archive(post: Post, *, by: User) -> Post:
    """Take `post` out of the lists for good, but keep its address alive.

    Raises ValidationError for a post that readers cannot read: archiving makes nothing public.
    """
    if locked(post.pk).status not in Post.READABLE:
        message = _("Only what readers can read is archived. Publish the post first, or delete it.")
        raise ValidationError(message)
    return _show(post, Post.Status.ARCHIVED, by=by)


@transaction.atomic
def unpublish(post: Post, *, by: User) -> Post:
    """Make `post` a draft again. It keeps its date."""
    post = _move(locked(post.pk), Post.Status.DRAFT)
    signals.post_unpublished.send(Post, post=post, by=by)
    return post


def _show(post: Post, status: Post.Status, *, by: User) -> Post:
    post = locked(post.pk)
    post = _move(post, status, pub_date=post.pub_date or timezone.now())
    free_paths([f"/{post.slug}"])
    signals.post_published.send(Post, post=post, by=by)
    return post


def _move(post: Post, status: Post.Status, *, pub_date: dt.datetime | None = None) -> Post:
    """Give `post` its status. That is no new version: the text and its ETag stay what they were."""
    post.status = status
    post.pub_date = pub_date or post.pub_date
    post.save(update_fields=["status", "pub_date"])
    relist(post)
    return post
