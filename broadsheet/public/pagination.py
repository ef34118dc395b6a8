"""Keyset pagination of post lists: every page costs the same, however deep in the list."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from broadsheet.lib.cursor import NEWEST, OLDEST, Cursor
from broadsheet.posts import queries
from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.posts.queries import PostDetail, PostLink, PostSummary, links

#: The query parameter with the cursor; no other changes a public page.
AFTER = "after"


@dataclass(frozen=True, slots=True)
class KeysetPage[T: (PostSummary, PostLink)]:
    """The posts of one page, and the cursor of the next page; None on the last page."""

    posts: list[T]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class KeysetPaginator[T: (PostSummary, PostLink)]:
    """A list with `size` posts on each page.

    `read` returns the posts after a time and an ID: one more than the page shows, if there are.
    """

    read: Callable[..., list[T]]
    size: int
    start: Cursor = NEWEST

    def __call__(self, request: HttpRequest, *values: Any) -> KeysetPage[T]:
        """Return the page that `request` asks for. Raises Http404 for an invalid cursor."""
        after = read_cursor(request) or self.start
        posts = self.read(after.at, after.id, *values)
        shown = posts[: self.size]
        return KeysetPage(shown, shown[-1].cursor if len(posts) > self.size else None)


def read_cursor(request: HttpRequest) -> Cursor | None:
    """Return the cursor in the query string, if any. Raises Http404 for an invalid one."""
    text = request.GET.get(AFTER, "")
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise Http404(_("This page of the list does not exist.")) from error


def newest(size: int) -> KeysetPaginator[PostSummary]:
    """List all posts, newest first, with their authors."""
    return KeysetPaginator(lambda at, pk: queries.newest(Cursor(at, pk), size + 1), size)


def newest_titles(size: int) -> KeysetPaginator[PostLink]:
    """List all posts by their titles, newest first."""
    return KeysetPaginator(lambda at, pk: links(_newest(at, pk)[: size + 1]), size)


def titles_between(size: int) -> KeysetPaginator[PostLink]:
    """List the posts between two times, newest first."""

    def read(
        at: dt.datetime, pk: uuid.UUID, begin: dt.datetime, end: dt.datetime
    ) -> list[PostLink]:
        # Databases begin at one bound: with two, SQLite would go through all that is newer.
        posts = _newest(at, pk) if at < end else _newest(end, OLDEST.id)
        return links(posts.filter(pub_date__gte=begin)[: size + 1])

    return KeysetPaginator(read, size)


def parts(size: int) -> KeysetPaginator[PostLink]:
    """List the posts of a series, oldest first."""

    def read(at: dt.datetime, pk: uuid.UUID, series: uuid.UUID) -> list[PostLink]:
        later = Q(pub_date__gt=at) | Q(pub_date=at, id__gt=pk)
        posts = Post.objects.published().filter(later, pub_date__gte=at, series=series)
        return links(posts.order_by("pub_date", "id")[: size + 1])

    return KeysetPaginator(read, size, OLDEST)


def tagged(size: int) -> KeysetPaginator[PostLink]:
    """List the posts with a tag, newest first."""
    return KeysetPaginator(
        lambda at, pk, tag: links(Post.objects.tagged(tag, Cursor(at, pk))[: size + 1]), size
    )


def written(size: int) -> KeysetPaginator[PostLink]:
    """List the posts of an author, newest first."""
    return KeysetPaginator(
        lambda at, pk, user: links(Post.objects.written_by(user, Cursor(at, pk))[: size + 1]), size
    )


def _newest(at: dt.datetime, pk: uuid.UUID) -> PostQuerySet:
    return Post.objects.published().after(Cursor(at, pk)).newest_first()


#: Posts in a feed.
FEED = 20


def newest_of_all() -> list[PostDetail]:
    """Return the newest posts."""
    return queries.details(Post.objects.published().newest_first()[:FEED])


def newest_with(tag: uuid.UUID) -> list[PostDetail]:
    """Return the newest posts with a tag."""
    return queries.details(Post.objects.tagged(tag, NEWEST)[:FEED])


def newest_by(author: uuid.UUID) -> list[PostDetail]:
    """Return the newest posts of an author."""
    return queries.details(Post.objects.written_by(author, NEWEST)[:FEED])
