"""The archive: all published posts, and those of one year."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.lib.keyset import read_cursor
from broadsheet.lib.site_timezone import to_local
from broadsheet.posts import cache_tags
from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.posts.queries import PostLink
from broadsheet.public import pagination
from broadsheet.public.meta import PageMeta
from broadsheet.public.views.base import PostLinkList, PostList


class Archive(PostLinkList):
    """All posts, newest first. Template `public/archive.html`. Context: as PostLinkList."""

    template_name = "public/archive.html"
    posts = pagination.newest_titles(60)

    def list_page(self) -> pagination.KeysetPage[PostLink]:
        """Return the newest posts."""
        return self.posts(self.request)

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the list of all posts and of the posts on this page."""
        return (cache_tags.POSTS, *cache_tags.of_links(context["posts"]))

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the archive."""
        return PageMeta(
            title=_("Archive"),
            description=_("Everything published on %s.") % self.site.name,
            url=self.url,
            feeds=self.feeds(),
            next_url=context["older_url"],
        )


class ArchiveYear(PostList[PostLink]):
    """The posts of one year, newest first. Template `public/archive_year.html`.

    Context: as PostList, and `year` (int), `months`: a list of (first day, posts), `older_year`
    and `newer_year` (the nearest years with published posts: int or None).
    """

    template_name = "public/archive_year.html"
    posts = pagination.titles_between(60)

    def list_page(self) -> pagination.KeysetPage[PostLink]:
        """Return the posts of the year. Raises Http404 if there are none."""
        list_page = self.posts(self.request, *span(self.kwargs["year"]))
        if not list_page.posts and read_cursor(self.request.GET) is None:
            raise Http404(_("No posts were published in %s.") % self.kwargs["year"])
        return list_page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Group the posts by month, and add the adjacent years."""
        begin, end = span(self.kwargs["year"])
        posts = Post.objects.published()
        context = super().get_context_data(
            older_year=_year(posts.filter(pub_date__lt=begin).order_by("-pub_date")),
            newer_year=_year(posts.filter(pub_date__gte=end).order_by("pub_date")),
            **kwargs,
        )
        context["months"] = [
            (month, list(posts)) for month, posts in groupby(context["posts"], key=_month)
        ]
        return context

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the list of all posts (for the adjacent years) and of these posts."""
        return (cache_tags.POSTS, *cache_tags.of_links(context["posts"]))

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the year's page."""
        older = context["older_year"]
        year_url = reverse("public:archive-year", args=[older]) if older else ""
        return PageMeta(
            title=_("Archive: %s") % context["year"],
            description=_("Published on %(site)s in %(year)s.")
            % {"site": self.site.name, "year": context["year"]},
            url=self.url,
            feeds=self.feeds(),
            next_url=context["older_url"] or year_url,
        )


def span(year: int) -> tuple[dt.datetime, dt.datetime]:
    """Return the start and the end of a year in the site's time zone."""
    zone = timezone.get_current_timezone()
    return dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)


def _month(post: PostLink) -> dt.date:
    return to_local(post.pub_date).date().replace(day=1)


def _year(posts: PostQuerySet) -> int | None:
    date = posts.values_list("pub_date", flat=True).first()
    return to_local(date).year if date else None
