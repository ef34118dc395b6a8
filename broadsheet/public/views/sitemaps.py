"""Sitemaps (sitemaps.org) and robots.txt (RFC 9309)."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

import datetime as dt
from collections.abc import Iterable
from functools import cache

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.html import escape
from django.views.decorators.http import require_safe

from broadsheet.accounts.models import User
from broadsheet.accounts.stamps import NAMES
from broadsheet.pagecache import made_from
from broadsheet.posts import stamps
from broadsheet.posts.models import Authorship, Post, PostTag, Series, Tag
from broadsheet.public.meta import site_url
from broadsheet.publication.stamps import SITE

#: Addresses in one sitemap, as many as the protocol allows.
MOST = 50_000
#: And of each kind of page.
EACH = 16_000
#: How far back the months go, in months; databases limit what one query may ask.
MONTHS = 1_200

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Name the sitemaps: one of the pages, and one for each month in which posts were published.

    A past month's sitemap stays as it is.
    """
    names = [reverse("public:sitemap-pages")]
    names += [reverse("public:sitemap-posts", args=month) for month in _months()]
    lines = (f"<sitemap><loc>{escape(site_url(name))}</loc></sitemap>\n" for name in names)
    text = f"{_HEAD}<sitemapindex {_XMLNS}>\n{''.join(lines)}</sitemapindex>\n"
    return _xml(text, stamps.POSTS)


def _months() -> list[tuple[int, int]]:
    """Return the months (UTC) with published posts, newest first, in three queries.

    Each month costs one step into an index, however many posts there are.
    """
    published = Post.objects.published()
    dates = published.order_by("pub_date", "id").values_list("pub_date", flat=True)
    if (oldest := dates.first()) is None or (newest := dates.last()) is None:
        return []
    first, last = (at.astimezone(dt.UTC) for at in (oldest, newest))
    span = range(last.year * 12 + last.month - 1, first.year * 12 + first.month - 2, -1)
    months = [(number // 12, number % 12 + 1) for number in span[:MONTHS]]
    # Any one row will do to hang the questions on, and the newest post is at hand.
    asked = {
        f"m{n}": Exists(published.filter(pub_date__gte=_month(*month), pub_date__lt=_after(*month)))
        for n, month in enumerate(months)
    }
    answers = published.newest_first().annotate(**asked).values_list(*asked)[:1]
    return [month for row in answers for month, found in zip(months, row, strict=True) if found]


@require_safe
def posts(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """List the posts published in a month (UTC). Raises Http404 where there are none."""
    if not 1 <= month <= 12:  # noqa: PLR2004 - a year's months
        raise Http404
    rows = (
        Post.objects.published()
        .filter(pub_date__gte=_month(year, month), pub_date__lt=_after(year, month))
        .newest_first()
        .values_list("slug", "updated_at", "pub_date")[:MOST]
    )
    if not rows:
        raise Http404
    urls = ((f"/{slug}", max(updated, published or updated)) for slug, updated, published in rows)
    return _urlset(urls, stamps.month(_month(year, month)))


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """List the front page, the archive, and who and what has published posts."""
    written = Authorship.objects.filter(user=OuterRef("pk"), listed_at__isnull=False)
    tagged = PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False)
    parts = Post.objects.published().filter(series=OuterRef("pk"))
    # In an order, or a database may give them in another one each time.
    people = User.objects.filter(Exists(written)).order_by("pk")
    authors = people.values_list("username", flat=True)[:EACH]
    tags = Tag.objects.filter(Exists(tagged)).values_list("slug", flat=True)[:EACH]
    series = Series.objects.filter(Exists(parts)).values_list("slug", flat=True)[:EACH]
    paths = ["/", "/archive"]
    paths += [_stem("public:author") + name for name in authors]
    paths += [_stem("public:tag") + slug for slug in tags]
    paths += [_stem("public:series") + slug for slug in series]
    return _urlset(((path, None) for path in paths), NAMES)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out of what is nobody's reading, and show them the sitemap."""
    closed = ("/admin/", "/api/", "/fragments/", "/search", "/studio")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {site_url(reverse('public:sitemap'))}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    made_from(response, [SITE])
    return response


@cache
def _stem(name: str) -> str:
    """Return what comes before the last part of an address: reversing each takes 0.1 ms."""
    return reverse(name, args=["x"]).removesuffix("x")


def _month(year: int, month: int) -> dt.datetime:
    return dt.datetime(year, month, 1, tzinfo=dt.UTC)


def _after(year: int, month: int) -> dt.datetime:
    return _month(year + month // 12, month % 12 + 1)


def _urlset(urls: Iterable[tuple[str, dt.datetime | None]], stamp: str) -> HttpResponse:
    site = site_url("/").rstrip("/")
    lines = (
        f"<url><loc>{site}{escape(iri_to_uri(path))}</loc>"
        + (f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else "")
        + "</url>\n"
        for path, changed in urls
    )
    return _xml(f"{_HEAD}<urlset {_XMLNS}>\n{''.join(lines)}</urlset>\n", stamp)


def _xml(text: str, stamp: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    made_from(response, [stamp])
    return response
