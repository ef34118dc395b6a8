"""Pages of long lists: each costs the same, wherever in the list it stands."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from broadsheet.lib.cursor import NEWEST, OLDEST, Cursor
from broadsheet.posts.models import Authorship, Line, Lines, Post, PostTag, Title, Titles

#: The name of the parameter that says where a page begins; no other changes a public page.
AFTER = "after"
#: Values to write queries with.
_AT, _ID, _OF = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=1), uuid.UUID(int=2)


@dataclass(frozen=True, slots=True)
class Stretch[T: (Line, Title)]:
    """Some posts of a list, and where the list goes on; None at its end."""

    posts: list[T]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Stretches[T: (Line, Title)]:
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


def newest(size: int) -> Stretches[Line]:
    """Return the list of all posts, the newest first, with who wrote them."""
    return Stretches(Lines(lambda at, pk: _newest(at, pk)[: size + 1], _AT, _ID), size)


def newest_titles(size: int) -> Stretches[Title]:
    """Return the same by their titles."""
    return Stretches(Titles(lambda at, pk: _newest(at, pk)[: size + 1], _AT, _ID), size)


def titles_between(size: int) -> Stretches[Title]:
    """Return the posts of the time between the list's two values, the newest first."""
    titles = Titles(
        lambda at, pk, begin: _newest(at, pk).filter(pub_date__gte=begin)[: size + 1],
        *(_AT, _ID, _AT - dt.timedelta(1)),
    )

    def read(at: dt.datetime, pk: uuid.UUID, begin: dt.datetime, end: dt.datetime) -> list[Title]:
        # Databases begin at one bound: with two, SQLite would go through all that is newer.
        return titles(at, pk, begin) if at < end else titles(end, OLDEST.id, begin)

    return Stretches(read, size)


def parts(size: int) -> Stretches[Title]:
    """Return the posts of the series whose id is the list's value, in their order of reading."""
    return Stretches(
        Titles(
            lambda at, pk, series: (
                Post.objects.published()
                .filter(
                    Q(pub_date__gt=at) | Q(pub_date=at, id__gt=pk),
                    pub_date__gte=at,
                    series=series,
                )
                .order_by("pub_date", "id")[: size + 1]
            ),
            *(_AT, _ID, _OF),
        ),
        size,
        OLDEST,
    )


def tagged(size: int) -> Stretches[Title]:
    """Return the posts with the tag whose id is the list's value, the newest first."""
    return Stretches(Titles(*_filed(PostTag, "tag", size + 1), prefix="post__"), size)


def written(size: int) -> Stretches[Title]:
    """Return the posts by the person whose id is the list's value, the newest first."""
    return Stretches(Titles(*_filed(Authorship, "user", size + 1), prefix="post__"), size)


def _newest(at: dt.datetime, pk: uuid.UUID) -> QuerySet[Post]:
    return Post.objects.published().after(Cursor(at, pk)).newest_first()


def _filed(model: type[PostTag | Authorship], under: str, size: int) -> tuple[Any, ...]:
    """Return how to read posts by what files them: one range of the index over `listed_at`."""

    def rows(at: dt.datetime, pk: uuid.UUID, of: uuid.UUID) -> QuerySet[Any]:
        return model.objects.filter(
            Q(listed_at__lt=at) | Q(listed_at=at, post_id__lt=pk),
            **{under: of, "listed_at__lte": at},
            post__status=Post.Status.PUBLISHED,
            post__deleted_at=None,
        ).order_by("-listed_at", "-post_id")[:size]

    return rows, _AT, _ID, _OF


#: The posts of a feed: of all, of the tag and of the person whose id is given.
FEED = 20
_all = Lines(lambda at, pk: _newest(at, pk)[:FEED], _AT, _ID)
_tagged = Lines(*_filed(PostTag, "tag", FEED), prefix="post__")
_written = Lines(*_filed(Authorship, "user", FEED), prefix="post__")


def newest_of_all() -> list[Line]:
    """Return the newest posts."""
    return _all(NEWEST.at, NEWEST.id)


def newest_with(tag: uuid.UUID) -> list[Line]:
    """Return the newest posts with a tag."""
    return _tagged(NEWEST.at, NEWEST.id, tag)


def newest_by(author: str) -> list[Line]:
    """Return the newest posts by a person."""
    return _written(NEWEST.at, NEWEST.id, author)
