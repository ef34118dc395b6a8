"""Metadata of a page, for browsers, search engines and link previews."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.lib.urls import make_absolute


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed for autodiscovery, as `<link rel="alternate">`."""

    title: str
    type: str
    url: str


@dataclass(frozen=True, slots=True)
class OgImage:
    """The preview image (Open Graph); sizes in pixels, None if they are unknown."""

    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """Open Graph metadata of a post: times (ISO 8601), names of authors and tags."""

    published_at: str
    modified_at: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageMeta:
    """Metadata in a page's `<head>`; see `public/_meta.html`. All URLs are absolute."""

    title: str
    url: str
    description: str = ""
    kind: str = "website"
    robots: str = ""
    image: OgImage | None = None
    feeds: tuple[FeedLink, ...] = ()
    json_ld: SafeString | str = ""
    article: Article | None = None
    next_url: str = ""


def site_url(path: str = "/") -> str:
    """Return the absolute URL of a path; an absolute URL is returned unchanged."""
    if path.startswith("/") and not path.startswith("//"):  # a page needs nine: be fast
        return str(iri_to_uri(settings.SITE_URL + path))
    return make_absolute(path, f"{settings.SITE_URL}/")


def feed_links(stem: str, title: str) -> tuple[FeedLink, ...]:
    """Return the three feeds below the path `stem`, which ends with a slash."""
    return _feed_links(stem, title, get_language())


@lru_cache(maxsize=64)
def _feed_links(stem: str, title: str, language: str) -> tuple[FeedLink, ...]:  # noqa: ARG001 - part of the cache key
    stem = quote(stem, safe="/@")
    return (
        FeedLink(_("%s (RSS)") % title, "application/rss+xml", f"{stem}rss.xml"),
        FeedLink(_("%s (Atom)") % title, "application/atom+xml", f"{stem}atom.xml"),
        FeedLink(_("%s (JSON)") % title, "application/feed+json", f"{stem}feed.json"),
    )
