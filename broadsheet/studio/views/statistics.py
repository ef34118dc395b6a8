"""Views of posts: pages with a plot, and CSV."""

import csv
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, ngettext

from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.statistics import policy, queries
from broadsheet.statistics.models import OTHER_HOSTS
from broadsheet.studio.statistics_plot import NARROW, WIDE, views_plot
from broadsheet.studio.views.base import StudioView

#: Lengths of the period that the page offers, in days.
PERIODS = (7, 30, 90, 365)
DEFAULT_PERIOD = 30


class StatisticsView(StudioView):
    """Views, posts and referrers in a period: of all posts that the user can edit, or of one."""

    policy = staticmethod(policy.can_view)
    template_name = "studio/statistics.html"

    def get(self, request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
        """Show the page."""
        days = read_period(request)
        post, posts = counted(self.user, pk)
        statistics = queries.statistics(posts, days=days)
        context = {
            "post": post,
            "statistics": statistics,
            "change": change(statistics.views, statistics.previous_views),
            "most": max(statistics.days, key=lambda day: day.views),
            "plots": [
                ("wide", views_plot(statistics, WIDE)),
                ("narrow", views_plot(statistics, NARROW)),
            ],
            "days": days,
            "periods": [(count, ngettext("%d day", "%d days", count) % count) for count in PERIODS],
            "host": request.get_host().partition(":")[0].removeprefix("www."),
        }
        return self.render(context)


class StatisticsCsv(StudioView):
    """The same counts by day, post and referrer, as CSV (RFC 4180)."""

    policy = staticmethod(policy.can_view)

    def get(self, request: HttpRequest, pk: uuid.UUID | None = None) -> StreamingHttpResponse:
        """Stream the file."""
        _post, posts = counted(self.user, pk)
        lines = csv_lines(posts, read_period(request))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="views.csv"'
        add_never_cache_headers(response)
        return response


def read_period(request: HttpRequest) -> int:
    """Return the number of days that the query names, or the default."""
    text = request.GET.get("days", "")
    return next((days for days in PERIODS if str(days) == text), DEFAULT_PERIOD)


def counted(user: Any, pk: uuid.UUID | None) -> tuple[Post | None, PostQuerySet]:
    """Return the post with `pk`, and the posts to count: it or all. Raises like the policy."""
    if pk is None:
        return None, policy.counted_posts(user)
    post = policy.get_counted(user, pk)
    return post, Post.objects.filter(pk=post.pk)


def change(now: int, before: int) -> str:
    """Return the difference in percent with its sign; empty if there was nothing before."""
    if not before:
        return ""
    percent = round((now - before) * 100 / before)
    sign = "+" if percent > 0 else "\N{MINUS SIGN}" if percent else ""
    return f"{sign}{abs(percent)} %"


class _Echo:
    """A file that returns what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(posts: PostQuerySet, days: int) -> Iterator[str]:
    """Yield the lines of the file. Paths begin with a slash, so that no cell is a formula."""
    writer = csv.writer(_Echo())
    yield writer.writerow(["date", "path", "referrer", "views"])
    for row in queries.rows(posts, days=days):
        host = gettext("others") if row.host == OTHER_HOSTS else row.host
        yield writer.writerow([row.date.isoformat(), f"/{row.slug}", host, row.views])
