"""Background work on posts."""

import uuid
from time import monotonic

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from broadsheet.posts import actions
from broadsheet.posts.models import Post

#: After this time a job ends, and a new one does the rest.
SECONDS_PER_JOB = 5


@task(priority=10)  # readers wait for it
@transaction.atomic
def publish_due(post_id: str) -> None:
    """Publish a scheduled post whose time has come; leave any other alone.

    The post is locked, so that one that is withdrawn at this moment stays withdrawn.
    """
    due = Post.objects.due(timezone.now()).select_for_update()
    post = due.filter(pk=uuid.UUID(post_id)).first()
    if post is not None:
        actions.publish(post, by=None)


@task(priority=-10)  # no one waits for it, and while much is written there is always more
def relate() -> None:
    """Compute related posts of changed posts for a few seconds; a new job does the rest.

    So a worker that stops does not wait long for the job.
    """
    until = monotonic() + SECONDS_PER_JOB
    while actions.relate_some():
        if monotonic() > until:
            relate.enqueue()
            return
