"""Receivers of signals about posts: they enqueue tasks. And which images are in use."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from broadsheet.media.models import Image
from broadsheet.media.signals import image_deleting
from broadsheet.posts import actions
from broadsheet.posts.models import BulkChange, Post, Tag, WorkingCopy
from broadsheet.posts.signals import (
    bulk_change_requested,
    post_restored,
    post_scheduled,
    posts_relisted,
    tag_changed,
)
from broadsheet.posts.tasks import carry_out_bulk_change, publish_due, reindex_tagged, relate

#: Delay, so that consecutive batches of an import are related together and do not wait for it.
DELAY = dt.timedelta(seconds=3)


@receiver([post_scheduled, post_restored])
def publish_in_time(post: Post, **_kwargs: Any) -> None:
    """Enqueue the publication of a scheduled post at its date."""
    if post.status == Post.Status.SCHEDULED and post.pub_date is not None:
        publish_due.using(run_after=post.pub_date).enqueue(str(post.pk))


@receiver(posts_relisted)
def relate_soon(posts: Sequence[uuid.UUID], **_kwargs: Any) -> None:
    """Enqueue the computation of related posts after changes."""
    if posts:
        actions.request_related(posts)
        relate.using(run_after=timezone.now() + DELAY).enqueue()


@receiver(bulk_change_requested)
def start_bulk_change(bulk_change: BulkChange, **_kwargs: Any) -> None:
    """Enqueue a bulk change."""
    carry_out_bulk_change.enqueue(str(bulk_change.pk))


@receiver(tag_changed)
def reindex_soon(tag: Tag, **_kwargs: Any) -> None:
    """Enqueue the update of the search index for the posts with a tag."""
    reindex_tagged.enqueue(str(tag.pk))


@receiver(image_deleting)
def refuse_used_image(image: Image, **_kwargs: Any) -> None:
    """Refuse to delete an image that posts use, deleted posts too: they can be restored."""
    if count := image.uses.filter(is_current=True).count():
        message = ngettext(
            "A post uses this image. Remove it there first.",
            "%(count)s posts use this image. Remove it there first.",
            count,
        )
        raise ValidationError(message % {"count": count})
    if WorkingCopy.objects.filter(content__contains=image.digest).exists():
        raise ValidationError(gettext("Changes that are not public yet use this image."))
