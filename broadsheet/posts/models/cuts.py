"""What sitemaps list, in an order that is kept, and where one goes on in the next."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from broadsheet.accounts.models import User
from broadsheet.lib.compiled_query import CompiledQuery, Row
from broadsheet.lib.cursor import NEWEST, OLDEST, Cursor
from broadsheet.posts.models.post import Post
from broadsheet.posts.models.taxonomy import Authorship, PostTag, Series, Tag

#: Addresses in one sitemap, as many as the protocol allows. They are cut long before.
MOST = 50_000
#: The time of what goes by its id alone: people, tags and series.
NO_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Cut(models.Model):
    """The last row of a sitemap: another one goes on after it. See `actions.cut_sitemaps`."""

    class Of(models.TextChoices):
        """What is listed."""

        POSTS = "posts"
        AUTHORS = "authors"
        TAGS = "tags"
        SERIES = "series"

    of = models.CharField(max_length=7, choices=Of)
    at = models.DateTimeField()
    row = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "at", "row"], name="posts_cut_once")]

    def __str__(self) -> str:
        return f"{self.of} after {self.at}"


def mapped(of: str, after: Cursor, until: Cursor) -> list[Row]:
    """Return what a sitemap lists, from after one cursor up to another.

    Of posts the slug and the times of the last change and of publication; otherwise the name in
    the address.
    """
    if of == Cut.Of.POSTS:
        return _posts(after.at, after.id, until.at, until.id)
    return _filed[of](after.id, until.id)


def place(of: str, after: Cursor, number: int, until: Cursor = NEWEST) -> Cursor | None:
    """Return where the row of that number stands from after one cursor up to another, if any."""
    rows: QuerySet[Any, Any]
    if of == Cut.Of.POSTS:
        rows = _listed(after.at, after.id, until.at, until.id).values_list("pub_date", "pk")
    else:
        rows = _having_posts(of, after.id, until.id).annotate(at=models.Value(NO_TIME))
        rows = rows.values_list("at", "pk")
    return next((Cursor(*row) for row in rows[number - 1 : number]), None)


def cuts() -> Iterator[tuple[str, Cursor]]:
    """Yield all cuts, and of what they are."""
    for of, at, row in _cuts():
        yield of, Cursor(at, row)


def next_cut(of: str, after: Cursor) -> Cursor | None:
    """Return the first cut after a cursor."""
    at = after.at if of == Cut.Of.POSTS else NO_TIME
    return next((Cursor(at, row) for at, row in _next_cut(of, at, after.id)), None)


def _listed(at: dt.datetime, pk: uuid.UUID, to: dt.datetime, last: uuid.UUID) -> QuerySet[Post]:
    # The times by themselves show databases that it is one stretch of an index.
    return (
        Post.objects.published()
        .filter(Q(pub_date__gt=at) | Q(pub_date=at, id__gt=pk), pub_date__gte=at)
        .filter(Q(pub_date__lt=to) | Q(pub_date=to, id__lte=last), pub_date__lte=to)
        .order_by("pub_date", "id")
    )


def _having_posts(of: str, pk: uuid.UUID, last: uuid.UUID) -> QuerySet[Any]:
    written = Authorship.objects.filter(user=OuterRef("pk"), listed_at__isnull=False)
    tagged = PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False)
    parts = Post.objects.published().filter(series=OuterRef("pk"))
    rows: dict[str, QuerySet[Any]] = {
        Cut.Of.AUTHORS: User.objects.filter(Exists(written)),
        Cut.Of.TAGS: Tag.objects.filter(Exists(tagged)),
        Cut.Of.SERIES: Series.objects.filter(Exists(parts)),
    }
    return rows[of].filter(pk__gt=pk, pk__lte=last).order_by("pk")


def _names(of: str, column: str) -> CompiledQuery:
    return CompiledQuery(
        lambda pk, last: _having_posts(of, pk, last).values_list(column)[:MOST],
        OLDEST.id,
        NEWEST.id,
    )


_filed = {
    Cut.Of.AUTHORS.value: _names(Cut.Of.AUTHORS, "username"),
    Cut.Of.TAGS.value: _names(Cut.Of.TAGS, "slug"),
    Cut.Of.SERIES.value: _names(Cut.Of.SERIES, "slug"),
}
_posts = CompiledQuery(
    lambda *stretch: _listed(*stretch).values_list("slug", "updated_at", "pub_date")[:MOST],
    *(OLDEST.at, OLDEST.id, NEWEST.at, NEWEST.id),
)
_cuts = CompiledQuery(
    lambda: Cut.objects.order_by("of", "at", "row").values_list("of", "at", "row")
)
_next_cut = CompiledQuery(
    lambda of, at, row: (
        Cut.objects.filter(Q(at__gt=at) | Q(at=at, row__gt=row), of=of, at__gte=at)
        .order_by("at", "row")
        .values_list("at", "row")[:1]
    ),
    *("a-kind", OLDEST.at, OLDEST.id),
)
