"""Response headers for caches in front of the site: a CDN, or the nginx that we configure."""

from typing import NamedTuple

from django.conf import settings

#: Cache tag of pages with too many tags to list. It is purged with every change.
OVERFLOW_TAG = "much"
#: Fastly and Cloudflare accept 16 KB of tags, many proxies in between 8 KB per header.
MAX_TAGS_LENGTH = 7_000
#: Seconds for which a purged CDN caches a page. Afterwards it revalidates.
TTL_SECONDS = 86_400
#: Maps a CDN's cache-tag header to its TTL header.
_TTL_HEADERS = {"Surrogate-Key": "Surrogate-Control", "Cache-Tag": "CDN-Cache-Control"}
#: Lets our nginx store a response, which it revalidates at each request (`ops/nginx.conf`).
NGINX_STORABLE = ("X-Accel-Expires", "@1")


def is_stored_by_nginx() -> bool:
    """Return whether nginx may store pages, to serve them while the application does not answer.

    Not behind a CDN that is purged: nginx could hand it an old page after the purge.
    """
    return settings.PROXIES > 0 and not settings.CDN_PURGE_URL


class CDN(NamedTuple):
    """A CDN: the name of its cache-tag header, and whether changes are purged from it."""

    tag_header: str
    is_purged: bool

    @classmethod
    def from_settings(cls) -> "CDN | None":
        """Return the configured CDN."""
        return cls(settings.CDN_TAGS, bool(settings.CDN_PURGE_URL)) if settings.CDN_TAGS else None

    def headers(self, tags: frozenset[str], *, is_cacheable: bool) -> list[tuple[str, str]]:
        """Return the cache tags, and the TTL if the page `is_cacheable` without revalidation."""
        separator = "," if self.tag_header == "Cache-Tag" else " "
        value = separator.join(sorted(tags))
        headers = [(self.tag_header, value if len(value) <= MAX_TAGS_LENGTH else OVERFLOW_TAG)]
        if self.is_purged and is_cacheable:
            headers.append((_TTL_HEADERS[self.tag_header], f"max-age={TTL_SECONDS}"))
        return headers
