"""Background work on posts."""

import uuid
from time import monotonic

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from broadsheet.posts import actions
from broadsheet.posts.models import Post

_AT_A_TIME = 5  # seconds


@task(priority=10)  # readers wait for it
@transaction.atomic
def publish_due(post_id: str) -> None:
    """Publish a scheduled post whose time has come; any other is left alone.

    The post is held meanwhile, so that one that is withdrawn this very moment stays withdrawn.
    """
    due = Post.objects.due(timezone.now()).select_for_update()
    post = due.filter(pk=uuid.UUID(post_id)).first()
    if post is not None:
        actions.publish(post, by=None)


@task(priority=-10)  # nobody waits for it, and while much is written there is always more
def relate() -> None:
    """Find the related posts of those that changed, for a few seconds; what is left goes on after.

    A worker that stops waits no longer for its job.
    """
    until = monotonic() + _AT_A_TIME
    while actions.relate_some():
        if monotonic() > until:
            relate.enqueue()
            return
