"""A month of scheduled posts, in weeks."""

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.models import EARLIEST, LATEST, Post
from broadsheet.posts.policy import editable_posts

#: Maximum of posts in the calendar.
MAX_POSTS = 500


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day, and the posts that are scheduled for it, the earliest first."""

    date: dt.date
    is_in_month: bool
    posts: list[Post]


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """The weeks of a month, from Monday to Sunday."""

    first: dt.date
    weeks: list[list[CalendarDay]]

    @property
    def previous(self) -> dt.date | None:
        """First day of the month before; None if no post can have that date."""
        before = (self.first - dt.timedelta(days=1)).replace(day=1)
        return before if before.year > EARLIEST.year else None

    @property
    def next(self) -> dt.date | None:
        """First day of the month after; None if no post can have that date."""
        after = (self.first + dt.timedelta(days=31)).replace(day=1)
        return after if after.year < LATEST.year else None


def parse_month(text: str) -> dt.date:
    """Return the first day of a month such as 2026-12; of this month if `text` is invalid."""
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        month = timezone.localdate().replace(day=1)
    return (
        month if EARLIEST.year < month.year < LATEST.year else timezone.localdate().replace(day=1)
    )


def get_month(user: User, first: dt.date) -> CalendarMonth:
    """Return the month that begins on `first`, in the active time zone, with four queries."""
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    begin, end = weeks[0][0], weeks[-1][-1] + dt.timedelta(days=1)
    scheduled = (
        editable_posts(user)
        .alive()
        .filter(
            status=Post.Status.SCHEDULED,
            pub_date__gte=_midnight(begin),
            pub_date__lt=_midnight(end),
        )
    )
    days: dict[dt.date, list[Post]] = defaultdict(list)
    for post in scheduled.for_list().order_by("pub_date", "id")[:MAX_POSTS]:
        days[timezone.localdate(post.pub_date)].append(post)
    return CalendarMonth(
        first,
        [
            [CalendarDay(day, day.month == first.month, days.get(day, [])) for day in week]
            for week in weeks
        ],
    )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
