"""Keeping for each post the posts that are worth reading after it, in the background.

A post that changed is noted in the transaction of its change. What is noted is done in small steps
that may be cut short or done twice.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from itertools import batched

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from broadsheet.lib.inserts import Insert
from broadsheet.posts.actions.keywords import find_keywords
from broadsheet.posts.actions.kin import Kin, find_kin
from broadsheet.posts.models import Post, Related, Unrelated

KEPT = 6  # a page shows three, and goes on to the next where one is not listed any more
_READ_AT_ONCE = 100
_TOLD = 20  # posts of each kind that are looked at again because another one changed
_note_change = Insert(Unrelated, replacing=["step", "asked_at"])
_note_neighbour = Insert(Unrelated, replacing=["asked_at"])
_SAME = 1e-6  # what rounding makes of the same score


def ask_for_related(posts: Iterable[uuid.UUID]) -> None:
    """Note that `posts` changed."""
    now = timezone.now()
    step = Unrelated.Step.READ
    for some in batched(posts, 500):
        _note_change(*(Unrelated(post_id=post, step=step, asked_at=now) for post in some))


@transaction.atomic
def ask_for_all_related() -> None:
    """Note every post that is listed."""
    listed = Post.objects.published().order_by().values_list("pk", flat=True)
    ask_for_related(listed.iterator(chunk_size=1_000))


def relate_some() -> bool:
    """Do one step of what is noted; return whether there may be more.

    All are read before the first is related, so that posts which arrive together find each other.
    """
    first = Unrelated.objects.order_by("step", "post_id").first()
    if first is None:
        return False
    if first.step == Unrelated.Step.READ:
        _read_some()
    else:
        _relate(first)
    return True


def _read_some() -> None:
    rows = list(Unrelated.objects.filter(step=Unrelated.Step.READ)[:_READ_AT_ONCE])
    read = find_keywords(row.post_id for row in rows)
    for row in rows:
        _unchanged(row).update(step=Unrelated.Step.RELATE)
    _note_refresh(read - {row.post_id for row in rows})


def _relate(row: Unrelated) -> None:
    kin = find_kin(row.post_id)
    if row.step == Unrelated.Step.RELATE:
        _note_refresh(_concerned(row.post_id, kin))
    best = kin[:KEPT]
    with transaction.atomic():
        if _unchanged(row).select_for_update().first() is None:
            return  # changed again meanwhile, or done by another worker
        kept = Related.objects.filter(post=row.post_id)
        # Rows that are written anew would throw away a page that is still right.
        if list(kept.values_list("other_id", flat=True)) != [k.post for k in best]:
            kept.delete()
            Related.objects.bulk_create(
                Related(post_id=row.post_id, other_id=other, position=n, score=score)
                for n, (other, score) in enumerate(best)
            )
        _unchanged(row).delete()


def _concerned(post: uuid.UUID, kin: list[Kin]) -> set[uuid.UUID]:
    """Return the posts whose related posts change because `post` did.

    Those are the ones which lead to it and are now at another distance, and those of the nearest
    to which it is closer than what they have.
    """
    scores = dict(kin)
    to_it = Related.objects.filter(other=post).order_by("pk").values_list("post_id", "score")
    moved = {p for p, score in to_it[:_TOLD] if abs(scores.get(p, 0) - score) > _SAME}
    theirs: dict[uuid.UUID, dict[uuid.UUID, float]] = defaultdict(dict)
    rows = Related.objects.filter(post__in=[k.post for k in kin[:_TOLD]]).order_by()
    for near, other, score in rows.values_list("post_id", "other_id", "score"):
        theirs[near][other] = score
    return moved | {
        near
        for near, score in kin[:_TOLD]
        if post not in theirs[near]
        and (len(theirs[near]) < KEPT or min(theirs[near].values()) < score)
    }


def _note_refresh(posts: Iterable[uuid.UUID]) -> None:
    for post in posts:  # one by one: who holds one lock only is never part of a deadlock
        _note_neighbour(Unrelated(post_id=post, step=Unrelated.Step.REFRESH))


def _unchanged(row: Unrelated) -> QuerySet[Unrelated]:
    return Unrelated.objects.filter(post_id=row.post_id, asked_at=row.asked_at)
