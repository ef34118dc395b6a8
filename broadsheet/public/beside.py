"""What stands beside a post: its place in a series, its neighbours, its kin."""

import datetime as dt
import uuid
from typing import NamedTuple

from django.db.models import Q

from broadsheet.lib.cursor import Cursor
from broadsheet.posts.models import Post, Related, Story, Subject, Title, Titles

#: A series is counted up to this many parts; beyond it, a part does not know its place.
LONGEST_SERIES = 200
SHOWN = 3  # related posts


class Part(NamedTuple):
    """A post's place in its series, counted from 1, and the parts around it."""

    series: Subject
    position: int
    total: int
    previous: Title | None
    next: Title | None


class Beside(NamedTuple):
    """Posts to read next."""

    newer: Title | None
    older: Title | None
    related: list[Title]


def part(post: Story) -> Part | None:
    """Return the post's place in its series; None without one, or where it is not listed."""
    if post.series is None or not post.is_listed:
        return None
    parts = _parts(post.series.id)
    at = next((n for n, line in enumerate(parts) if line.id == post.id), None)
    if at is None or len(parts) > LONGEST_SERIES:
        return None
    around = [None, *parts, None]
    return Part(post.series, at + 1, len(parts), around[at], around[at + 2])


def posts(post: Story) -> Beside:
    """Return the neighbours in time and up to three related posts."""
    if not post.is_listed:
        return Beside(None, None, [])
    newer = next(iter(_newer(post.pub_date, post.id)), None)
    older = next(iter(_older(post.pub_date, post.id)), None)
    related = [other for other in _related(post.id) if other not in (newer, older)]
    return Beside(newer, older, related[:SHOWN])


_AT, _ID = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=1)

_parts = Titles(
    lambda series: (
        Post.objects.published()
        .filter(series=series)
        .order_by("pub_date", "id")[: LONGEST_SERIES + 1]
    ),
    _ID,
)
_newer = Titles(
    lambda at, pk: (
        Post.objects.published()
        .filter(Q(pub_date__gt=at) | Q(pub_date=at, id__gt=pk), pub_date__gte=at)
        .order_by("pub_date", "id")[:1]
    ),
    *(_AT, _ID),
)
_older = Titles(
    lambda at, pk: Post.objects.published().after(Cursor(at, pk)).newest_first()[:1], _AT, _ID
)
_related = Titles(
    lambda post: Related.objects.filter(
        post=post, other__status=Post.Status.PUBLISHED, other__deleted_at=None
    ).order_by("position")[: SHOWN + 2],
    _ID,
    prefix="other__",
)
