"""What posts do when there is news of them."""

from typing import Any

from django.dispatch import receiver

from broadsheet.posts.models import Post
from broadsheet.posts.signals import post_changed, post_restored, post_scheduled
from broadsheet.posts.tasks import publish_due


@receiver([post_scheduled, post_restored, post_changed])
def publish_in_time(post: Post, **_news: Any) -> None:
    """Ask for a scheduled post to be published at its date."""
    if post.status == Post.Status.SCHEDULED and post.pub_date is not None:
        publish_due.using(run_after=post.pub_date).enqueue(str(post.pk))
