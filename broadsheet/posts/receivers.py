"""What posts do when there is news of them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.posts.signals import post_restored, post_scheduled, posts_relisted
from broadsheet.posts.tasks import publish_due, relate

#: Batches of an import that follow each other are related together, and do not wait for it.
QUIET = dt.timedelta(seconds=3)


@receiver([post_scheduled, post_restored])
def publish_in_time(post: Post, **_news: Any) -> None:
    """Ask for a scheduled post to be published at its date."""
    if post.status == Post.Status.SCHEDULED and post.pub_date is not None:
        publish_due.using(run_after=post.pub_date).enqueue(str(post.pk))


@receiver(posts_relisted)
def relate_soon(posts: Sequence[uuid.UUID], **_news: Any) -> None:
    """Ask for the related posts of those that changed."""
    if posts:
        actions.request_related(posts)
        relate.using(run_after=timezone.now() + QUIET).enqueue()
