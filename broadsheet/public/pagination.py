"""Keyset pagination of post lists, and the posts of feeds."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from broadsheet.lib.keyset import NEWEST, OLDEST, Cursor, read_cursor, rows_after, split_page
from broadsheet.posts import queries
from broadsheet.posts.models import SERIES_END, SERIES_ORDER, Post, PostQuerySet
from broadsheet.posts.queries import PostDetail, PostLink, PostSummary, links


@dataclass(frozen=True, slots=True)
class KeysetPage[T: (PostSummary, PostLink)]:
    """The posts of one page, and the cursor of the next page (None on the last page)."""

    posts: list[T]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class KeysetPaginator[T: (PostSummary, PostLink)]:
    """Paginator with `size` posts per page.

    `read` returns the posts after a cursor: up to one more than the page shows.
    """

    read: Callable[..., list[T]]
    size: int
    start: Cursor = NEWEST

    def __call__(self, request: HttpRequest, *values: Any) -> KeysetPage[T]:
        """Return the page for the request's cursor. Raises Http404 for an invalid cursor."""
        rows = self.read(read_cursor(request.GET) or self.start, *values)
        posts, last = split_page(rows, self.size)
        return KeysetPage(posts, last.cursor if last else None)


def newest(size: int) -> KeysetPaginator[PostSummary]:
    """Paginate all posts as summaries, newest first."""
    return KeysetPaginator(lambda after: queries.newest(after, size + 1), size)


def newest_titles(size: int) -> KeysetPaginator[PostLink]:
    """Paginate all posts as links, newest first."""
    return KeysetPaginator(lambda after: links(_newest(after)[: size + 1]), size)


def titles_between(size: int) -> KeysetPaginator[PostLink]:
    """Paginate the posts between two times, newest first."""

    def read(after: Cursor, begin: dt.datetime, end: dt.datetime) -> list[PostLink]:
        # A single upper bound: with two, SQLite would scan all newer posts.
        posts = _newest(min(after, Cursor(end, OLDEST.id)))
        return links(posts.filter(pub_date__gte=begin)[: size + 1])

    return KeysetPaginator(read, size)


def parts(size: int) -> KeysetPaginator[PostLink]:
    """Paginate the posts of a series in their order."""

    def read(after: Cursor, series: uuid.UUID) -> list[PostLink]:
        posts = Post.objects.published().filter(series=series).in_series_order()
        if after != OLDEST:
            positions = Post.objects.filter(pk=after.id).values_list("series_position", flat=True)
            position = next(iter(positions), SERIES_END)
            posts = posts.filter(rows_after(SERIES_ORDER, (position, *after)))
        return links(posts[: size + 1])

    return KeysetPaginator(read, size, OLDEST)


def tagged(size: int) -> KeysetPaginator[PostLink]:
    """Paginate the posts with a tag, newest first."""
    return KeysetPaginator(
        lambda after, tag: links(Post.objects.tagged(tag, after)[: size + 1]), size
    )


def by_author(size: int) -> KeysetPaginator[PostLink]:
    """Paginate the posts of an author, newest first."""
    return KeysetPaginator(
        lambda after, user: links(Post.objects.written_by(user, after)[: size + 1]), size
    )


def _newest(after: Cursor) -> PostQuerySet:
    return Post.objects.published().after(after).newest_first()


#: Number of posts in a feed.
FEED = 20


def newest_of_all() -> list[PostDetail]:
    """Return the newest posts of the site, for a feed."""
    return queries.details(Post.objects.published().newest_first()[:FEED])


def newest_with(tag: uuid.UUID) -> list[PostDetail]:
    """Return the newest posts with a tag, for a feed."""
    return queries.details(Post.objects.tagged(tag, NEWEST)[:FEED])


def newest_by(author: uuid.UUID) -> list[PostDetail]:
    """Return the newest posts of an author, for a feed."""
    return queries.details(Post.objects.written_by(author, NEWEST)[:FEED])
