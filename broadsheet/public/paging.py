"""Pages of long lists: each costs the same, wherever in the list it stands."""

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

#: The name of the parameter that says where a page begins; no other changes a public page.
AFTER = "after"


@dataclass(frozen=True, slots=True)
class Stretch[T: (PostSummary, PostLink)]:
    """Some posts of a list, and where the list goes on; None at its end."""

    posts: list[T]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Stretches[T: (PostSummary, PostLink)]:
    """A list that is shown `size` posts at a time.

    `read` returns what follows a time and an id, up to one more post than is shown.
    """

    read: Callable[..., list[T]]
    size: int
    start: Cursor = NEWEST

    def __call__(self, request: HttpRequest, *values: Any) -> Stretch[T]:
        """Return what `request` asks for of the list for `values`. Raises Http404."""
        after = read_cursor(request) or self.start
        posts = self.read(after.at, after.id, *values)
        shown = posts[: self.size]
        return Stretch(shown, shown[-1].cursor if len(posts) > self.size else None)


def read_cursor(request: HttpRequest) -> Cursor | None:
    """Return where the page asked for begins. Raises Http404 for what is no cursor."""
    text = request.GET.get(AFTER, "")
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise Http404(_("This page of the list does not exist.")) from error


def newest(size: int) -> Stretches[PostSummary]:
    """Return the list of all posts, the newest first, with who wrote them."""
    return Stretches(lambda at, pk: queries.newest(Cursor(at, pk), size + 1), size)


def newest_titles(size: int) -> Stretches[PostLink]:
    """Return the same by their titles."""
    return Stretches(lambda at, pk: links(_newest(at, pk)[: size + 1]), size)


def titles_between(size: int) -> Stretches[PostLink]:
    """Return the posts of the time between the list's two values, the newest first."""

    def read(
        at: dt.datetime, pk: uuid.UUID, begin: dt.datetime, end: dt.datetime
    ) -> list[PostLink]:
        # Databases begin at one bound: with two, SQLite would go through all that is newer.
        posts = _newest(at, pk) if at < end else _newest(end, OLDEST.id)
        return links(posts.filter(pub_date__gte=begin)[: size + 1])

    return Stretches(read, size)


def parts(size: int) -> Stretches[PostLink]:
    """Return the posts of the series whose id is the list's value, in their order of reading."""

    def read(at: dt.datetime, pk: uuid.UUID, series: uuid.UUID) -> list[PostLink]:
        later = Q(pub_date__gt=at) | Q(pub_date=at, id__gt=pk)
        posts = Post.objects.published().filter(later, pub_date__gte=at, series=series)
        return links(posts.order_by("pub_date", "id")[: size + 1])

    return Stretches(read, size, OLDEST)


def tagged(size: int) -> Stretches[PostLink]:
    """Return the posts with the tag whose id is the list's value, the newest first."""
    return Stretches(
        lambda at, pk, tag: links(Post.objects.tagged(tag, Cursor(at, pk))[: size + 1]), size
    )


def written(size: int) -> Stretches[PostLink]:
    """Return the posts by the person whose id is the list's value, the newest first."""
    return Stretches(
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
    """Return the newest posts by a person."""
    return queries.details(Post.objects.written_by(author, NEWEST)[:FEED])
