"""What a page says about itself to browsers, search engines and those who share it."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.lib.site_timezone import to_local
from broadsheet.lib.urls import make_absolute

#: What would end the element or begin another within `<script>` (as Django's json_script).
_ESCAPED = (("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"))

#: Paths that are written as they are, most of all there are.
_PLAIN = re.compile(r"/(?:[A-Za-z0-9@_-][A-Za-z0-9@_./-]*)?(?:#[a-z]+)?")


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that readers can discover from the page."""

    title: str
    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The image shown where the page is shared; sizes in pixels, None when they are unknown."""

    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""

    def elements(self) -> Iterator[str]:
        """Yield what a page's head says of it."""
        yield _shared("og:image", self.url)
        if self.width:
            yield _shared("og:image:width", str(self.width))
            yield _shared("og:image:height", str(self.height))
        if self.alt:
            yield _shared("og:image:alt", self.alt)


@dataclass(frozen=True, slots=True)
class Article:
    """What is said of a post besides; the names of its authors and its tags."""

    published_at: dt.datetime
    modified_at: dt.datetime
    authors: Sequence[str]
    tags: Sequence[str]

    def elements(self) -> Iterator[str]:
        """Yield what a page's head says of it."""
        published, modified = map(to_local, (self.published_at, self.modified_at))
        yield _shared("article:published_time", published.isoformat())
        yield _shared("article:modified_time", modified.isoformat())
        for author in self.authors:
            yield _named("author", author)
        for tag in self.tags:
            yield _shared("article:tag", tag)


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of a page. All addresses are absolute."""

    title: str
    url: str
    description: str = ""
    kind: str = "website"
    robots: str = ""
    picture: Picture | None = None
    feeds: tuple[FeedLink, ...] = ()
    json_ld: SafeString | str = ""
    article: Article | None = None
    next_url: str = ""

    def html(self, site_name: str) -> SafeString:
        """Return it as `public/_meta.html` has it, which as a template takes ten times as long."""
        return mark_safe("\n  ".join(self._elements(site_name)) + "\n  ")  # noqa: S308 - escaped below

    def _elements(self, site_name: str) -> Iterator[str]:
        if self.description:
            yield _named("description", self.description)
        if self.robots:
            yield _named("robots", self.robots)
        yield f'<link rel="canonical" href="{escape(self.url)}">'
        if self.next_url:
            yield f'<link rel="next" href="{escape(self.next_url)}">'
        for feed in self.feeds:
            title, url = escape(feed.title), escape(feed.url)
            yield f'<link rel="alternate" type="{feed.type}" title="{title}" href="{url}">'
        yield _shared("og:site_name", site_name)
        yield _shared("og:type", self.kind)
        yield _shared("og:title", self.title)
        yield _shared("og:url", self.url)
        if self.description:
            yield _shared("og:description", self.description)
        yield from self.picture.elements() if self.picture else ()
        yield _named("twitter:card", "summary_large_image" if self.picture else "summary")
        yield from self.article.elements() if self.article else ()
        if self.json_ld:
            yield f'<script type="application/ld+json">{self.json_ld}</script>'


def _named(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{escape(content)}">'


def _shared(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{escape(content)}">'


def site_url(path: str = "/") -> str:
    """Return the absolute address of a path (or of an address: as it is)."""
    if _PLAIN.fullmatch(path):
        return str(settings.SITE_URL) + path
    return make_absolute(path, f"{settings.SITE_URL}/")


def json_ld(*things: dict[str, Any]) -> SafeString:
    """Write structured data (schema.org) so that it is safe within `<script>`."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    for character, escaped in _ESCAPED:
        text = text.replace(character, escaped)
    return mark_safe(text)  # noqa: S308 - escaped in the lines before


def feed_links(stem: str, title: str) -> tuple[FeedLink, ...]:
    """Return the three feeds below the path `stem`, which ends with a slash."""
    return _feed_links(stem, title, get_language())


@lru_cache(maxsize=64)
def _feed_links(stem: str, title: str, language: str) -> tuple[FeedLink, ...]:  # noqa: ARG001 - what they are named in
    stem = quote(stem, safe="/@")
    return (
        FeedLink(_("%s (RSS)") % title, "application/rss+xml", f"{stem}rss.xml"),
        FeedLink(_("%s (Atom)") % title, "application/atom+xml", f"{stem}atom.xml"),
        FeedLink(_("%s (JSON)") % title, "application/feed+json", f"{stem}feed.json"),
    )
