"""Sitemaps (sitemaps.org) and robots.txt (RFC 9309)."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

import datetime as dt
from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.lib.cursor import NEWEST, OLDEST, Cursor
from broadsheet.pagecache import set_cache_tags
from broadsheet.posts import cache_tags
from broadsheet.posts.models import Cut, Post, cuts, mapped, next_cut
from broadsheet.public.meta import site_url
from broadsheet.public.paging import AFTER, read_cursor
from broadsheet.publication.cache_tags import SITE

#: Months over which a sitemap that is kept may reach.
MONTHS = 1_200

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PAGE: dict[str, str] = {Cut.Of.AUTHORS: "author", Cut.Of.TAGS: "tag", Cut.Of.SERIES: "series"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Name the sitemaps: of the pages and of the posts, and where each goes on."""
    stems = {of: site_url(reverse(f"public:sitemap-{of}")) for of in Cut.Of.values}
    addresses = [site_url(reverse("public:sitemap-pages"))]
    if Post.objects.published().exists():
        addresses.append(stems[Cut.Of.POSTS])
    addresses += [f"{stems[of]}?{AFTER}={cursor}" for of, cursor in cuts()]
    lines = "".join([f"<sitemap><loc>{address}</loc></sitemap>\n" for address in addresses])
    text = f"{_HEAD}<sitemapindex {_XMLNS}>\n{lines}</sitemapindex>\n"
    return _xml(text, [cache_tags.CUTS, cache_tags.POSTS])


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """List the front page, the archive, and who and what has published posts, up to the cuts."""
    paths = ["/", "/archive", *(path for of in _PAGE for path in _paths(of, OLDEST))]
    return _urlset(map(_url, paths), [cache_tags.CUTS, NAMES])


@require_safe
def more(request: HttpRequest, of: str) -> HttpResponse:
    """List who or what has published posts, from a cut to the next. Raises Http404."""
    after = read_cursor(request)
    if after is None or not (paths := _paths(of, after)):
        raise Http404
    return _urlset(map(_url, paths), [cache_tags.CUTS, NAMES])


@require_safe
def posts(request: HttpRequest) -> HttpResponse:
    """List the posts from the first one or a cut to the next cut. Raises Http404."""
    after = read_cursor(request)
    until = next_cut(Cut.Of.POSTS, after or OLDEST)
    rows = mapped(Cut.Of.POSTS, after or OLDEST, until or NEWEST)
    if not rows:
        raise Http404
    urls = [_url(f"/{slug}", max(updated, published)) for slug, updated, published in rows]
    named = [cache_tags.CUTS]
    if after is None or until is None:  # no month tells what comes before or after all others
        named.append(cache_tags.POSTS)
    begin = after.at if after else rows[0][2]
    months = cache_tags.months(begin, until.at if until else rows[-1][2])
    # What reaches very far is not kept.
    return _urlset(urls, [*named, *months] if len(months) <= MONTHS else [])


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out of what is nobody's reading, and show them the sitemap."""
    closed = ("/admin/", "/api/", "/fragments/", "/search", "/studio")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {site_url(reverse('public:sitemap'))}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    set_cache_tags(response, [SITE])
    return response


@cache
def _stem(name: str) -> str:
    """Return what comes before the last part of an address: reversing each takes 0.1 ms."""
    return reverse(name, args=["x"]).removesuffix("x")


def _paths(of: str, after: Cursor) -> list[str]:
    """Return the pages of who or what has published posts, from a cut to the next."""
    stem = _stem(f"public:{_PAGE[of]}")
    return [stem + name for (name,) in mapped(of, after, next_cut(of, after) or NEWEST)]


def _url(path: str, changed: dt.datetime | None = None) -> str:
    address = path if path.isascii() else iri_to_uri(path)  # no path has a character to escape
    lastmod = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
    return f"<url><loc>{settings.SITE_URL}{address}</loc>{lastmod}</url>\n"


def _urlset(urls: Iterable[str], named: Iterable[str]) -> HttpResponse:
    return _xml(f"{_HEAD}<urlset {_XMLNS}>\n{''.join(urls)}</urlset>\n", named)


def _xml(text: str, named: Iterable[str]) -> HttpResponse:
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    if named:
        set_cache_tags(response, named)
    return response
