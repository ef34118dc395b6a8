"""The studio's lists of tags and series, with the number of posts of each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery

from broadsheet.posts.models import Post, PostTag, Series, Tag

PAGE_SIZE = 100
#: Posts are counted up to this number, so that a page's cost does not grow with the tables.
MAX_COUNT = 1_000


class CappedCount(Subquery):
    """The number of rows of a sliced subquery."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class NameList[T: Tag | Series]:
    """A page of tags or series sorted by slug, and the slug at which the next page starts."""

    rows: list[T]
    next: str


def count_posts(rows: QuerySet[Any]) -> CappedCount:
    """Return the expression that counts `rows`, which refer to the outer query."""
    return CappedCount(rows.order_by().values("pk")[: MAX_COUNT + 1])


def get_tags(start: str) -> NameList[Tag]:
    """Return the tags whose slug is `start` or later, with `post_count`."""
    links = PostTag.objects.filter(tag=OuterRef("pk"))
    return _page(Tag.objects.annotate(post_count=count_posts(links)), start)


def get_series(start: str) -> NameList[Series]:
    """Return the series whose slug is `start` or later, with `post_count`."""
    parts = Post.objects.alive().filter(series=OuterRef("pk"))
    return _page(Series.objects.annotate(post_count=count_posts(parts)), start)


def _page[T: Tag | Series](queryset: QuerySet[Any], start: str) -> NameList[T]:
    rows = list(queryset.filter(slug__gte=start[:200].replace("\0", ""))[: PAGE_SIZE + 1])
    following = rows[PAGE_SIZE].slug if len(rows) > PAGE_SIZE else ""
    return NameList(rows[:PAGE_SIZE], following)
