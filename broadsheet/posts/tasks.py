"""Background work on posts."""

import uuid
from time import monotonic

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from broadsheet.lib.keyset import OLDEST
from broadsheet.posts import actions
from broadsheet.posts.models import Post

#: Maximum duration of a job; then it enqueues another one for the rest.
SECONDS_PER_JOB = 5


@task(priority=10)  # visitors wait for it
@transaction.atomic
def publish_due(post_id: str) -> None:
    """Publish a scheduled post if it is due; otherwise, do nothing.

    The row is locked, so that a post that is withdrawn at the same time stays withdrawn.
    """
    due = Post.objects.due(timezone.now()).select_for_update()
    post = due.filter(pk=uuid.UUID(post_id)).first()
    if post is not None:
        actions.publish(post, by=None)


@task(priority=-10)  # low: no one waits for it, and during many writes the queue never empties
def relate() -> None:
    """Compute related posts of changed posts for a few seconds; a new job does the rest.

    Short jobs let a stopping worker exit soon.
    """
    until = monotonic() + SECONDS_PER_JOB
    while actions.relate_some():
        if monotonic() > until:
            relate.enqueue()
            return


@task(priority=-5)  # a search by the old name still works; many posts may have the tag
def reindex_tagged(tag_id: str, after: str = str(OLDEST.id)) -> None:
    """Update the search index for the posts with a tag; another job continues after some seconds.

    It can be repeated.
    """
    until = monotonic() + SECONDS_PER_JOB
    tag, last = uuid.UUID(tag_id), uuid.UUID(after)
    while following := actions.reindex_tagged(tag, after=last):
        last = following
        if monotonic() > until:
            reindex_tagged.enqueue(tag_id, str(last))
            return


@task
def carry_out_bulk_change(bulk_change_id: str) -> None:
    """Change or restore posts for some seconds; another job does the rest. It can be repeated."""
    until = monotonic() + SECONDS_PER_JOB
    while actions.continue_bulk_change(uuid.UUID(bulk_change_id)):
        if monotonic() > until:
            carry_out_bulk_change.enqueue(bulk_change_id)
            return
