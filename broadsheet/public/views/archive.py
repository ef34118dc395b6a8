"""Everything that was published, by year."""

import datetime as dt
from itertools import groupby
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.public import paging
from broadsheet.public.meta import Meta
from broadsheet.public.views.page import PostList


class Archive(PostList):
    """All posts, newest first. Template `public/archive.html`.

    Context: as PostList, and `years`: a list of (year, posts), the posts of this page by year.
    """

    template_name = "public/archive.html"
    page_size = 60

    def stretch(self) -> paging.Stretch:
        """Return the newest posts."""
        after = paging.read_cursor(self.request)
        return paging.newest(Post.objects.published(), after, self.page_size)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Group the posts."""
        context = super().get_context_data(**kwargs)
        grouped = groupby(context["posts"], key=lambda post: timezone.localtime(post.pub_date).year)
        context["years"] = [(year, list(posts)) for year, posts in grouped]
        return context

    def meta(self, context: dict[str, Any]) -> Meta:
        """Say that this is the archive."""
        return Meta(
            title=_("Archive"),
            description=_("Everything published on %s.") % self.site.name,
            url=self.url,
            feeds=self.feeds(),
            next_url=context["older_url"],
        )


class ArchiveYear(PostList):
    """The posts of one year, newest first. Template `public/archive_year.html`.

    Context: as PostList, and `year` (int), `older_year` and `newer_year` (the nearest years in
    which something was published: int or None).
    """

    template_name = "public/archive_year.html"
    page_size = 60

    def stretch(self) -> paging.Stretch:
        """Return the year's posts. Raises Http404 for a year without any."""
        after = paging.read_cursor(self.request)
        begin, end = span(self.kwargs["year"])
        posts = Post.objects.published().filter(pub_date__gte=begin, pub_date__lt=end)
        stretch = paging.newest(posts, after, self.page_size)
        if not stretch.posts and after is None:
            raise Http404(_("Nothing was published in %s.") % self.kwargs["year"])
        return stretch

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find the years around."""
        begin, end = span(self.kwargs["year"])
        posts = Post.objects.published()
        return super().get_context_data(
            older_year=_year(posts.filter(pub_date__lt=begin).order_by("-pub_date")),
            newer_year=_year(posts.filter(pub_date__gte=end).order_by("pub_date")),
            **kwargs,
        )

    def meta(self, context: dict[str, Any]) -> Meta:
        """Name the year."""
        older = context["older_year"]
        year_url = reverse("public:archive-year", args=[older]) if older else ""
        return Meta(
            title=_("Archive: %s") % context["year"],
            description=_("Published on %(site)s in %(year)s.")
            % {"site": self.site.name, "year": context["year"]},
            url=self.url,
            feeds=self.feeds(),
            next_url=context["older_url"] or year_url,
        )


def span(year: int) -> tuple[dt.datetime, dt.datetime]:
    """Return where a year begins and ends in the site's time zone."""
    zone = timezone.get_current_timezone()
    return dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)


def _year(posts: PostQuerySet) -> int | None:
    date = posts.values_list("pub_date", flat=True).first()
    return timezone.localtime(date).year if date else None
