"""Read models of statistics, and the queries that build them."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from broadsheet.posts.models import PostQuerySet
from broadsheet.publication.queries import SiteConfig
from broadsheet.statistics.models import OTHER_HOSTS, PostReferrer, PostViews

#: Rows of the lists of posts and of referrers.
LIST_LENGTH = 20


class DayCount(NamedTuple):
    """The views on a day."""

    date: dt.date
    views: int


class PostCount(NamedTuple):
    """The views of a post."""

    id: uuid.UUID
    slug: str
    title: str
    views: int


class HostCount(NamedTuple):
    """The views that came from a host; `host` is empty if browsers named none.

    `is_other` is true for the sum of hosts that are not counted one by one.
    """

    host: str
    is_other: bool
    views: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Views in a period, day by day, and in the period of the same length before it.

    `posts` and `referrers` are those with the most views, at most LIST_LENGTH.
    """

    days: list[DayCount]
    previous_days: list[DayCount]
    posts: list[PostCount]
    referrers: list[HostCount]

    @property
    def first(self) -> dt.date:
        """The first day of the period."""
        return self.days[0].date

    @property
    def last(self) -> dt.date:
        """The last day of the period."""
        return self.days[-1].date

    @property
    def views(self) -> int:
        """The views in the period."""
        return sum(day.views for day in self.days)

    @property
    def previous_views(self) -> int:
        """The views in the period before."""
        return sum(day.views for day in self.previous_days)


class CountRow(NamedTuple):
    """The views of a post on a day that came from a host; `host` as in PostReferrer."""

    date: dt.date
    slug: str
    host: str
    views: int


def site_zone() -> dt.tzinfo:
    """Return the time zone of the site's days."""
    return SiteConfig.current().zone or timezone.get_default_timezone()


def period(days: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last of the last `days` days, including today."""
    today = timezone.localdate(timezone=site_zone())
    return today - dt.timedelta(days=days - 1), today


def statistics(posts: PostQuerySet, *, days: int) -> Statistics:
    """Return the statistics of `posts` in the last `days` days.."""
    first, last = period(days)
    span = {"post__in": posts.values("pk"), "viewed_on__range": (first, last)}
    by_post = (
        PostViews.objects.filter(**span)
        .values_list("post_id", "post__slug", "post__title")
        .annotate(sum=Sum("views"))
        .order_by("-sum", "post_id")
    )
    by_host = (
        PostReferrer.objects.filter(**span)
        .values_list("host")
        .annotate(sum=Sum("views"))
        .order_by("-sum", "host")
    )
    counts = _by_day(posts, first - dt.timedelta(days=days), last)
    return Statistics(
        counts[days:],
        counts[:days],
        [PostCount(*row) for row in by_post[:LIST_LENGTH]],
        [
            HostCount("" if host == OTHER_HOSTS else host, host == OTHER_HOSTS, views)
            for host, views in by_host[:LIST_LENGTH]
        ],
    )


def rows(posts: PostQuerySet, *, days: int) -> Iterator[CountRow]:
    """Yield every count of `posts` in the last `days` days, day by day."""
    counts = (
        PostReferrer.objects.filter(post__in=posts.values("pk"), viewed_on__range=period(days))
        .order_by("viewed_on", "post__slug", "host")
        .values_list("viewed_on", "post__slug", "host", "views")
    )
    return (CountRow(*row) for row in counts.iterator())


def _by_day(posts: PostQuerySet, first: dt.date, last: dt.date) -> list[DayCount]:
    """Return the views on each day from `first` to `last`, including days without any."""
    sums = dict(
        PostViews.objects.filter(post__in=posts.values("pk"), viewed_on__range=(first, last))
        .values_list("viewed_on")
        .annotate(sum=Sum("views"))
        .order_by("viewed_on")
    )
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [DayCount(date, sums.get(date, 0)) for date in dates]
