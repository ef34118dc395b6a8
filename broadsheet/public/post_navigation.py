"""Navigation of a post: its position in a series, adjacent posts and related posts."""

from typing import NamedTuple

from broadsheet.posts import queries
from broadsheet.posts.models import Post
from broadsheet.posts.queries import PostDetail, PostLink, TagRef

#: The longest series whose posts show their position.
MAX_SERIES = 200
MAX_RELATED = 3


class SeriesPosition(NamedTuple):
    """A post's position in its series, counted from 1, and the posts before and after it."""

    series: TagRef
    position: int
    total: int
    previous: PostLink | None
    next: PostLink | None


class PostNavigation(NamedTuple):
    """The adjacent posts by date, and related posts."""

    newer: PostLink | None
    older: PostLink | None
    related: list[PostLink]


def series_position(post: PostDetail) -> SeriesPosition | None:
    """Return the post's position in its series; None if it has no series or is not listed."""
    if post.series is None or not post.is_listed:
        return None
    in_order = Post.objects.published().filter(series=post.series.id).in_series_order()
    parts = queries.links(in_order[: MAX_SERIES + 1])
    at = next((n for n, link in enumerate(parts) if link.id == post.id), None)
    if at is None or len(parts) > MAX_SERIES:
        return None
    around = [None, *parts, None]
    return SeriesPosition(post.series, at + 1, len(parts), around[at], around[at + 2])


def post_navigation(post: PostDetail) -> PostNavigation:
    """Return the adjacent posts by date, and up to three related posts."""
    if not post.is_listed:
        return PostNavigation(None, None, [])
    around = queries.neighbours(post.cursor)
    related = [other for other in queries.related(post.id) if other not in around]
    return PostNavigation(*around, related[:MAX_RELATED])
