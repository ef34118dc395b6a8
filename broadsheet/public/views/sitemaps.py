"""Sitemaps (sitemaps.org) and robots.txt (RFC 9309)."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from broadsheet.accounts.models import User
from broadsheet.lib.cursor import Cursor
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Series, Tag
from broadsheet.public.meta import site_url

#: Addresses in one sitemap. The protocol allows 50,000.
SIZE = 5_000

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Name the sitemaps: one of the pages, and one for each `SIZE` posts, the oldest first.

    A sitemap of posts is addressed by the post before its first one, so that a new post changes
    the last of them only, and each costs what it holds.
    """
    names = [reverse("public:sitemap-pages")]
    start: Cursor | None = None
    while True:
        names.append(reverse("public:sitemap-posts", args=[start or "first"]))
        ends = list(_oldest(start).only("pub_date", "created_at")[SIZE - 1 : SIZE + 1])
        if len(ends) < 2:  # noqa: PLR2004 - the last of this one, the first of the next
            break
        start = ends[0].cursor
    lines = (f"<sitemap><loc>{escape(site_url(name))}</loc></sitemap>\n" for name in names)
    return _xml(f"{_HEAD}<sitemapindex {_XMLNS}>\n{''.join(lines)}</sitemapindex>\n")


@require_safe
def posts(request: HttpRequest, start: str) -> HttpResponse:
    """List the published posts after a cursor. Raises Http404."""
    try:
        cursor = None if start == "first" else Cursor.parse(start)
    except ValueError as error:
        raise Http404 from error
    rows = _oldest(cursor).values_list("slug", "updated_at", "pub_date")[:SIZE]
    return _urlset(
        (f"/{slug}", max(updated, published or updated)) for slug, updated, published in rows
    )


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """List the front page, the archive, and who and what has published posts."""
    written = Authorship.objects.filter(user=OuterRef("pk"), listed_at__isnull=False)
    tagged = PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False)
    parts = Post.objects.published().filter(series=OuterRef("pk"))
    authors = User.objects.filter(Exists(written)).values_list("username", flat=True)[:SIZE]
    tags = Tag.objects.filter(Exists(tagged)).values_list("slug", flat=True)[:SIZE]
    series = Series.objects.filter(Exists(parts)).values_list("slug", flat=True)[:SIZE]
    paths = ["/", "/archive"]
    paths += [reverse("public:author", args=[name]) for name in authors]
    paths += [reverse("public:tag", args=[slug]) for slug in tags]
    paths += [reverse("public:series", args=[slug]) for slug in series]
    return _urlset((path, None) for path in paths)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out of what is nobody's reading, and show them the sitemap."""
    closed = ("/admin/", "/api/", "/fragments/", "/search", "/studio")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {site_url(reverse('public:sitemap'))}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _oldest(after: Cursor | None) -> PostQuerySet:
    posts = Post.objects.published().order_by("pub_date", "id")
    if after is None:
        return posts
    return posts.filter(
        Q(pub_date__gt=after.at) | Q(pub_date=after.at, id__gt=after.id), pub_date__gte=after.at
    )


def _urlset(urls: Iterable[tuple[str, dt.datetime | None]]) -> HttpResponse:
    lines = (
        f"<url><loc>{escape(site_url(path))}</loc>"
        + (f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else "")
        + "</url>\n"
        for path, changed in urls
    )
    return _xml(f"{_HEAD}<urlset {_XMLNS}>\n{''.join(lines)}</urlset>\n")


def _xml(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response
