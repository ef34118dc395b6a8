"""What a page says about itself to browsers, search engines and those who share it."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from broadsheet.lib.addresses import absolute

#: What would end the element or begin another within `<script>` (as Django's json_script).
_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


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


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of a page, as `public/_meta.html` writes it. All addresses are absolute."""

    title: str
    url: str
    description: str = ""
    kind: str = "website"
    robots: str = ""
    picture: Picture | None = None
    feeds: list[FeedLink] = field(default_factory=list)
    json_ld: SafeString | str = ""
    article: dict[str, Any] = field(default_factory=dict)
    next_url: str = ""


def site_url(path: str = "/") -> str:
    """Return the absolute address of a path (or of an address: as it is)."""
    return absolute(path, f"{settings.SITE_URL}/")


def json_ld(*things: dict[str, Any]) -> SafeString:
    """Write structured data (schema.org) so that it is safe within `<script>`."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPED))  # noqa: S308 - escaped in the line before


def feed_links(stem: str, title: str) -> list[FeedLink]:
    """Return the three feeds below the path `stem`, which ends with a slash."""
    stem = quote(stem, safe="/@")
    return [
        FeedLink(_("%s (RSS)") % title, "application/rss+xml", f"{stem}rss.xml"),
        FeedLink(_("%s (Atom)") % title, "application/atom+xml", f"{stem}atom.xml"),
        FeedLink(_("%s (JSON)") % title, "application/feed+json", f"{stem}feed.json"),
    ]
