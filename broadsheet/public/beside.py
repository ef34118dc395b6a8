"""What stands beside a post: its place in a series, its neighbours, its kin."""

import uuid
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery

from broadsheet.posts.models import Post, PostQuerySet, Related, Series

#: A series is counted up to this many parts; beyond it, a part does not know its place.
LONGEST_SERIES = 200
SHOWN = 3  # related posts


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


def posts(post: Post) -> Beside:
    """Return the neighbours in time and up to three related posts, in one query."""
    if not post.is_listed:
        return Beside(None, None, [])
    after = Q(pub_date__gt=post.pub_date) | Q(pub_date=post.pub_date, id__gt=post.pk)
    published = Post.objects.published()
    newer_pk = published.filter(after, pub_date__gte=post.pub_date).order_by("pub_date", "id")
    older_pk = published.after(post.cursor).newest_first()
    kin = Related.objects.filter(post=post).order_by()
    place = kin.filter(other=OuterRef("pk")).values("position")[:1]
    wanted = Q(pk=_first(newer_pk)) | Q(pk=_first(older_pk)) | Q(pk__in=kin.values("other"))
    found: list[Any] = list(_lines().filter(wanted).annotate(place=Subquery(place)))
    # All that was found and is newer than the post is at least as new as its neighbour.
    here = (post.pub_date, post.pk)
    newer = min((f for f in found if _when(f) > here), key=_when, default=None)
    older = max((f for f in found if _when(f) < here), key=_when, default=None)
    related = [f for f in found if f.place is not None and f not in (newer, older)]
    return Beside(newer, older, sorted(related, key=attrgetter("place"))[:SHOWN])


def _first(posts: PostQuerySet) -> Subquery:
    return Subquery(posts.values("pk")[:1])


def _when(post: Post) -> tuple[Any, uuid.UUID]:
    return post.pub_date, post.pk
