"""What stands beside a post: its place in a series, its neighbours, its kin."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery, UUIDField

from broadsheet.posts.models import Post, PostQuerySet, PostTag, Series, Tag

#: A series is counted up to this many parts; beyond it, a part does not know its place.
LONGEST_SERIES = 200
KIN = 3
TAGS_ASKED = 5


class Part(NamedTuple):
    """A post's place in its series, counted from 1, and the parts around it."""

    series: Series
    position: int
    total: int
    previous: Post | None
    next: Post | None


class Beside(NamedTuple):
    """Posts to read next."""

    newer: Post | None
    older: Post | None
    related: list[Post]


def _lines() -> PostQuerySet:
    """Return what a line of text needs to know of a published post."""
    return Post.objects.published().only("title", "subtitle", "slug", "pub_date")


def part(post: Post) -> Part | None:
    """Return the post's place in its series; None without one, or where it is not listed."""
    if post.series is None or not post.is_listed:
        return None
    lines = _lines().filter(series=post.series).order_by("pub_date", "id")[: LONGEST_SERIES + 1]
    parts = list(lines)
    at = next((n for n, line in enumerate(parts) if line.pk == post.pk), None)
    if at is None or len(parts) > LONGEST_SERIES:
        return None
    around = [None, *parts, None]
    return Part(post.series, at + 1, len(parts), around[at], around[at + 2])


def posts(post: Post, tags: Sequence[Tag]) -> Beside:
    """Return the neighbours in time and up to three posts that share tags, in two queries."""
    if not post.is_listed:
        return Beside(None, None, [])
    kin = _kin(post, tags)
    after = Q(pub_date__gt=post.pub_date) | Q(pub_date=post.pub_date, id__gt=post.pk)
    published = Post.objects.published()
    newer_pk = published.filter(after, pub_date__gte=post.pub_date).order_by("pub_date", "id")
    older_pk = published.after(post.cursor).newest_first()
    wanted = Q(pk=_first(newer_pk)) | Q(pk=_first(older_pk)) | Q(pk__in=kin)
    found = {line.pk: line for line in _lines().filter(wanted)}
    # All that was found and is newer than the post is at least as new as its neighbour.
    here = (post.pub_date, post.pk)
    newer = min((f for f in found.values() if _when(f) > here), key=_when, default=None)
    older = max((f for f in found.values() if _when(f) < here), key=_when, default=None)
    related = [found[pk] for pk in kin if pk in found and found[pk] not in (newer, older)]
    return Beside(newer, older, related[:KIN])


def _first(posts: PostQuerySet) -> Subquery:
    return Subquery(posts.values("pk")[:1])


def _when(post: Post) -> tuple[Any, uuid.UUID]:
    return post.pub_date, post.pk


def _kin(post: Post, tags: Sequence[Tag]) -> list[uuid.UUID]:
    """Return ids of posts that share tags: most shared tags first, then the newest.

    Asked are the newest few of each of the first few tags, each one step along an index.
    """
    if not tags:
        return []
    rows = PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False).exclude(post=post)
    ids = rows.order_by("-listed_at", "-post_id").values("post_id")
    newest = {
        f"newest_{n}": Subquery(ids[n : n + 1], output_field=UUIDField()) for n in range(KIN + 2)
    }
    asked = Tag.objects.filter(pk__in=[tag.pk for tag in tags[:TAGS_ASKED]])
    shared = Counter(
        pk
        for row in asked.annotate(**newest).order_by().values_list(*newest)
        for pk in row
        if pk is not None
    )
    # Ids of version 7 sort by the time at which the posts were made.
    return sorted(shared, key=lambda pk: (shared[pk], pk), reverse=True)[: KIN + 2]
