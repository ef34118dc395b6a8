"""Sitemaps (sitemaps.org) and robots.txt (RFC 9309)."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.accounts.models import User
from broadsheet.lib.keyset import AFTER, Cursor, read_cursor, rows_after
from broadsheet.pagecache import set_cache_tags
from broadsheet.posts import cache_tags
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Series, Tag
from broadsheet.public.meta import site_url
from broadsheet.publication.cache_tags import SITE

#: Maximum of URLs per sitemap; `pages` has up to four times as many. The protocol allows 50,000.
SIZE = 10_000

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # authors, tags and series are sorted by id alone
#: Maps each kind of page to its URL name and the model field in that URL.
_PAGES = {"authors": ("author", "username"), "tags": ("tag", "slug"), "series": ("series", "slug")}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Return the sitemap index: the sitemaps of pages and of the posts of each month."""
    urls = [site_url(reverse("public:sitemap-pages"))]
    for kind in _PAGES:
        url = site_url(reverse(f"public:sitemap-{kind}"))
        ends = _ends(_with_posts(kind), "pk")
        urls += [f"{url}?{AFTER}={Cursor(_EPOCH, pk)}" for (pk,) in ends]
    for month in _months():
        url = site_url(reverse("public:sitemap-posts", args=[month]))
        ends = _ends(_posts_of(month), "pub_date", "id")
        urls += [url, *(f"{url}?{AFTER}={Cursor(*end)}" for end in ends)]
    lines = "".join(f"<sitemap><loc>{url}</loc></sitemap>\n" for url in urls)
    text = f"{_HEAD}<sitemapindex {_XMLNS}>\n{lines}</sitemapindex>\n"
    return _xml(text, [cache_tags.POSTS, NAMES])


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """Return the sitemap of pages, of the archive, and of the first authors, tags and series."""
    paths = ["/", "/archive"]
    for kind in _PAGES:
        paths += _paths(kind, _with_posts(kind))
    site_pages = Post.objects.published_pages().newest_first().values_list("slug", "updated_at")
    urls = [_url(f"/{slug}", updated_at) for slug, updated_at in site_pages[:SIZE]]
    return _urlset([*map(_url, paths), *urls], [NAMES, cache_tags.PAGES])


@require_safe
def more_pages(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the sitemap of the authors, tags or series after a cursor. Raises Http404."""
    after = read_cursor(request.GET)
    paths = _paths(kind, _with_posts(kind).filter(pk__gt=after.id)) if after else []
    if not paths:
        raise Http404
    return _urlset(map(_url, paths), [NAMES])


@require_safe
def posts(request: HttpRequest, month: dt.date) -> HttpResponse:
    """Return the sitemap of the posts of a month (UTC). Raises Http404 if there are none."""
    rows: QuerySet[Any, Any] = _posts_of(month)
    if after := read_cursor(request.GET):
        rows = rows.filter(rows_after(("pub_date", "id"), after))
    urls = [
        _url(f"/{slug}", max(updated_at, pub_date))
        for slug, updated_at, pub_date in rows.values_list("slug", "updated_at", "pub_date")[:SIZE]
    ]
    if not urls:
        raise Http404
    return _urlset(urls, [cache_tags.month(_start(month))])


@require_safe
def old_posts(request: HttpRequest) -> HttpResponse:
    """Redirect the sitemap URL of release 0.1.0, which was not divided by month, to the index."""
    return redirect("public:sitemap", permanent=True)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt: paths disallowed for crawlers, and the URL of the sitemap index."""
    closed = ("/admin/", "/api/", "/fragments/", "/search", "/studio")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {site_url(reverse('public:sitemap'))}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    set_cache_tags(response, [SITE])
    return response


def _months() -> Iterator[dt.date]:
    """Yield the months with published posts, newest first; runs one query per month."""
    dates = Post.objects.published().newest_first().values_list("pub_date", flat=True)
    date = dates.first()
    while date is not None:
        month = date.astimezone(dt.UTC).date().replace(day=1)
        yield month
        date = dates.filter(pub_date__lt=_start(month)).first()


def _start(month: dt.date) -> dt.datetime:
    return dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC)


def _posts_of(month: dt.date) -> PostQuerySet:
    """Return the published posts of a month, oldest first (an index range scan)."""
    begin = _start(month)
    end = _start(month + dt.timedelta(days=31))
    listed = Post.objects.published().filter(pub_date__gte=begin, pub_date__lt=end)
    return listed.order_by("pub_date", "id")


def _with_posts(kind: str) -> QuerySet[Any, Any]:
    """Return the authors, tags or series that have published posts, sorted by id."""
    if kind == "authors":
        listed = Authorship.objects.filter(user=OuterRef("pk"), listed_at__isnull=False)
        return User.objects.filter(Exists(listed)).order_by("pk")
    if kind == "tags":
        tagged = PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False)
        return Tag.objects.filter(Exists(tagged)).order_by("pk")
    parts = Post.objects.published().filter(series=OuterRef("pk"))
    return Series.objects.filter(Exists(parts)).order_by("pk")


def _ends(rows: QuerySet[Any, Any], *order: str) -> Iterator[Any]:
    """Yield the values of `order` in the last row of each sitemap except the last sitemap."""
    rows = part = rows.order_by(*order).values_list(*order)
    while len(ends := list(part[SIZE - 1 : SIZE + 1])) > 1:
        yield ends[0]
        part = rows.filter(rows_after(order, ends[0]))


@cache
def _stem(name: str) -> str:
    """Return a URL without its last part. Cached, because reversing each URL takes 0.1 ms."""
    return reverse(name, args=["x"]).removesuffix("x")


def _paths(kind: str, rows: QuerySet[Any, Any]) -> list[str]:
    """Return the paths of the first authors, tags or series of `rows`."""
    name, field = _PAGES[kind]
    stem = _stem(f"public:{name}")
    return [stem + value for value in rows.values_list(field, flat=True)[:SIZE]]


def _url(path: str, changed_at: dt.datetime | None = None) -> str:
    escaped = path if path.isascii() else iri_to_uri(path)  # no path needs XML escaping
    lastmod = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""
    return f"<url><loc>{settings.SITE_URL}{escaped}</loc>{lastmod}</url>\n"


def _urlset(urls: Iterable[str], tags: Iterable[str]) -> HttpResponse:
    return _xml(f"{_HEAD}<urlset {_XMLNS}>\n{''.join(urls)}</urlset>\n", tags)


def _xml(text: str, tags: Iterable[str]) -> HttpResponse:
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    set_cache_tags(response, tags)
    return response
