"""Related posts, computed in the background.

The transaction that changes a post queues it (`RelatedPostsJob`). The queue is worked off in small
steps that may be interrupted or repeated.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from itertools import batched

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from broadsheet.posts.actions.keywords import find_keywords
from broadsheet.posts.actions.related_scoring import RelatedPost, score_related
from broadsheet.posts.models import Post, Related, RelatedPostsJob

STORED = 6  # a page shows three, and skips posts that are no longer listed
_READ_AT_ONCE = 100
_NEIGHBOURS = 20  # posts of each kind that are refreshed because another one changed
_SAME = 1e-6  # rounding error of equal scores


def request_related(posts: Iterable[uuid.UUID]) -> None:
    """Queue `posts` after a change."""
    now, step = timezone.now(), RelatedPostsJob.Step.READ
    for batch in batched(posts, 500):
        RelatedPostsJob.objects.bulk_create(
            [RelatedPostsJob(post_id=post, step=step, requested_at=now) for post in batch],
            update_conflicts=True,
            unique_fields=["post_id"],
            update_fields=["step", "requested_at"],
        )


@transaction.atomic
def request_all_related() -> None:
    """Queue all listed posts."""
    listed = Post.objects.published().order_by().values_list("pk", flat=True)
    request_related(listed.iterator(chunk_size=1_000))


def relate_some() -> bool:
    """Do one step of the queue; return whether there may be more.

    Keywords of all queued posts come first, so that new posts can be related to each other.
    """
    first = RelatedPostsJob.objects.order_by("step", "post_id").first()
    if first is None:
        return False
    if first.step == RelatedPostsJob.Step.READ:
        _find_some_keywords()
    else:
        _relate(first)
    return True


def _find_some_keywords() -> None:
    rows = list(RelatedPostsJob.objects.filter(step=RelatedPostsJob.Step.READ)[:_READ_AT_ONCE])
    read = find_keywords(row.post_id for row in rows)
    for row in rows:
        _unchanged(row).update(step=RelatedPostsJob.Step.RELATE)
    _request_refresh(read - {row.post_id for row in rows})


def _relate(row: RelatedPostsJob) -> None:
    scored = score_related(row.post_id)
    if row.step == RelatedPostsJob.Step.RELATE:
        _request_refresh(_affected(row.post_id, scored))
    best = scored[:STORED]
    with transaction.atomic():
        if _unchanged(row).select_for_update().first() is None:
            return  # changed again meanwhile, or done by another worker
        stored = Related.objects.filter(post=row.post_id)
        # Writing equal rows again would invalidate a cached page that is still right.
        if list(stored.values_list("other_id", flat=True)) != [other.post_id for other in best]:
            stored.delete()
            Related.objects.bulk_create(
                Related(post_id=row.post_id, other_id=other, position=n, score=score)
                for n, (other, score) in enumerate(best)
            )
        _unchanged(row).delete()


def _affected(post: uuid.UUID, scored: list[RelatedPost]) -> set[uuid.UUID]:
    """Return the posts whose related posts change because `post` did.

    These are posts that link to it and now have another score with it, and of the closest posts
    those with which it has a higher score than one of their related posts.
    """
    scores = dict(scored)
    to_it = Related.objects.filter(other=post).order_by("pk").values_list("post_id", "score")
    moved = {p for p, score in to_it[:_NEIGHBOURS] if abs(scores.get(p, 0) - score) > _SAME}
    theirs: dict[uuid.UUID, dict[uuid.UUID, float]] = defaultdict(dict)
    rows = Related.objects.filter(
        post__in=[other.post_id for other in scored[:_NEIGHBOURS]]
    ).order_by()
    for near, other, score in rows.values_list("post_id", "other_id", "score"):
        theirs[near][other] = score
    return moved | {
        near
        for near, score in scored[:_NEIGHBOURS]
        if post not in theirs[near]
        and (len(theirs[near]) < STORED or min(theirs[near].values()) < score)
    }


def _request_refresh(posts: Iterable[uuid.UUID]) -> None:
    for post in posts:  # one by one: a transaction with a single lock cannot deadlock
        RelatedPostsJob.objects.bulk_create(
            [RelatedPostsJob(post_id=post, step=RelatedPostsJob.Step.REFRESH)],
            update_conflicts=True,
            unique_fields=["post_id"],
            update_fields=["requested_at"],
        )


def _unchanged(row: RelatedPostsJob) -> QuerySet[RelatedPostsJob]:
    return RelatedPostsJob.objects.filter(post_id=row.post_id, requested_at=row.requested_at)
