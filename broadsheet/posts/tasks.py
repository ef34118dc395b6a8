"""Background work on posts."""

import uuid

from django.tasks import task
from django.utils import timezone

from broadsheet.posts import actions
from broadsheet.posts.models import Post


@task
def publish_due(post_id: str) -> None:
    """Publish a scheduled post whose time has come; any other is left alone."""
    due = Post.objects.alive().filter(
        pk=uuid.UUID(post_id), status=Post.Status.SCHEDULED, pub_date__lte=timezone.now()
    )
    post = due.first()
    if post is not None:
        actions.publish(post, by=None)
