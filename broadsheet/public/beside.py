"""What stands beside a post: its place in a series, its neighbours, its kin."""

from typing import NamedTuple

from broadsheet.posts import queries
from broadsheet.posts.models import Post
from broadsheet.posts.queries import PostDetail, PostLink, TagRef

#: A series is counted up to this many parts; beyond it, a part does not know its place.
LONGEST_SERIES = 200
SHOWN = 3  # related posts


class Part(NamedTuple):
    """A post's place in its series, counted from 1, and the parts around it."""

    series: TagRef
    position: int
    total: int
    previous: PostLink | None
    next: PostLink | None


class Beside(NamedTuple):
    """Posts to read next."""

    newer: PostLink | None
    older: PostLink | None
    related: list[PostLink]


def part(post: PostDetail) -> Part | None:
    """Return the post's place in its series; None without one, or where it is not listed."""
    if post.series is None or not post.is_listed:
        return None
    in_order = Post.objects.published().filter(series=post.series.id).order_by("pub_date", "id")
    parts = queries.links(in_order[: LONGEST_SERIES + 1])
    at = next((n for n, line in enumerate(parts) if line.id == post.id), None)
    if at is None or len(parts) > LONGEST_SERIES:
        return None
    around = [None, *parts, None]
    return Part(post.series, at + 1, len(parts), around[at], around[at + 2])


def posts(post: PostDetail) -> Beside:
    """Return the neighbours in time and up to three related posts."""
    if not post.is_listed:
        return Beside(None, None, [])
    around = queries.neighbours(post.cursor)
    related = [other for other in queries.related(post.id) if other not in around]
    return Beside(*around, related[:SHOWN])
