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
from broadsheet.posts.models import Post, Revision
from broadsheet.publication.actions import delete_redirects_for


@transaction.atomic
def publish(
    post: Post, *, by: User | None, at: dt.datetime | None = None, is_import: bool = False
) -> Post:
    """Publish `post` now; schedule it if `at` is in the future; a past `at` becomes its date.

    Without `at`, an existing date in the past stays. `by` is None for the scheduler. `is_import`
    means that the post is public at its source. Raises ValidationError for a post without a
    title.
    """
    post = Post.objects.get_for_update(post.pk)
    now = timezone.now()
    _require_title(post)
    reject_impossible_date("at", at)
    if at is not None and at > now:
        return _move(post, Post.Status.SCHEDULED, by=by, pub_date=at)
    date = at or _past_date(post)
    return _move(post, Post.Status.PUBLISHED, by=by, pub_date=date, is_import=is_import)


@transaction.atomic
def unlist(post: Post, *, by: User) -> Post:
    """Make `post` readable only for people who have its URL.

    A date in the future becomes now. Raises ValidationError for a post without a title.
    """
    post = Post.objects.get_for_update(post.pk)
    _require_title(post)
    return _move(post, Post.Status.UNLISTED, by=by, pub_date=_past_date(post))


@transaction.atomic
def archive(post: Post, *, by: User) -> Post:
    """Remove `post` from all lists permanently; its URL stays public.

    Raises ValidationError for a post that visitors cannot read: archiving makes nothing public.
    """
    post = Post.objects.get_for_update(post.pk)
    if post.status not in Post.READABLE:
        message = _("Only published posts can be archived. Publish the post first, or delete it.")
        raise ValidationError(message)
    return _move(post, Post.Status.ARCHIVED, by=by, pub_date=_past_date(post))


@transaction.atomic
def unpublish(post: Post, *, by: User) -> Post:
    """Make `post` a draft again. Its date stays."""
    return _move(Post.objects.get_for_update(post.pk), Post.Status.DRAFT, by=by)


@transaction.atomic
def reinstate(post: Post, *, by: User, status: str, pub_date: dt.datetime | None) -> Post:
    """Undo a change of status: give `post` the status and date that it had before.

    Without `pub_date`, its date stays. Raises ValidationError for a post without a title, and for a
    schedule whose time has passed: nothing is published late without a decision.
    """
    post = Post.objects.get_for_update(post.pk)
    if status != Post.Status.DRAFT:
        _require_title(post)
    is_scheduled = status == Post.Status.SCHEDULED
    if is_scheduled and (pub_date is None or pub_date <= timezone.now()):
        raise ValidationError(_("The date for which the post was scheduled has passed."))
    return _move(post, Post.Status(status), by=by, pub_date=pub_date)


def _require_title(post: Post) -> None:
    if not post.title.strip():
        raise ValidationError({"title": _("Add a title before you publish the post.")})


def _past_date(post: Post) -> dt.datetime:
    """Return the date of a post that becomes readable: its own, unless that is in the future."""
    now = timezone.now()
    return min(post.pub_date or now, now)


def _move(
    post: Post,
    status: Post.Status,
    *,
    by: User | None,
    pub_date: dt.datetime | None = None,
    is_import: bool = False,
) -> Post:
    """Set the status of `post`. This is no new version: the text and its ETag do not change."""
    was_public, before = is_public(post), (post.status, post.pub_date)
    post.status = status
    post.pub_date = pub_date or post.pub_date
    is_first = mark_published(post, is_import=is_import)
    post.save(update_fields=["status", "pub_date", "first_published_at"])
    sync_listing(post)
    if post.is_readable:
        post.revisions.filter(number=post.version).update(kind=Revision.Kind.PUBLISHED)
        delete_redirects_for([f"/{post.slug}"])
    if status == Post.Status.SCHEDULED:
        signals.post_scheduled.send(Post, post=post, by=by)
    if is_first:
        send_published(post, by=by, is_import=is_import)
    elif before != (post.status, post.pub_date):
        send_changed(post, was_public=was_public, by=by)
    return post
