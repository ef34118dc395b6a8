"""Response headers for caches in front of the site: a CDN, or the nginx that we configure."""

from typing import NamedTuple

from django.conf import settings

#: Stands on pages that were made from too much to name, and is purged with every change.
MUCH = "much"
#: Fastly and Cloudflare take 16 KB of tags, many a proxy in between 8 KB of a header.
LONGEST = 7_000
#: Seconds for which a CDN that is told of changes keeps a page. Afterwards a 304 is enough.
LIFE = 86_400
#: The header in which each CDN is told how long, by the header in which it is told what.
_CONTROL = {"Surrogate-Key": "Surrogate-Control", "Cache-Tag": "CDN-Cache-Control"}
#: Lets our nginx store a response that it asks for again at each request (`ops/nginx.conf`).
STORABLE = ("X-Accel-Expires", "@1")


def is_stored_by_nginx() -> bool:
    """Return whether nginx may store pages, to serve them while the application does not answer.

    Not behind a CDN that is purged: nginx could hand it an old page after the purge.
    """
    return settings.PROXIES > 0 and not settings.CDN_PURGE_URL


class CDN(NamedTuple):
    """A CDN that reads `tags`, the name of a header; `is_purged` is whether it hears of changes."""

    tags: str
    is_purged: bool

    @classmethod
    def in_front(cls) -> "CDN | None":
        """Return the one that the settings name."""
        return cls(settings.CDN_TAGS, bool(settings.CDN_PURGE_URL)) if settings.CDN_TAGS else None

    def headers(self, tags: frozenset[str], *, may_stay: bool) -> list[tuple[str, str]]:
        """Return what it is told; only what `may_stay` is to be kept without asking us."""
        separator = "," if self.tags == "Cache-Tag" else " "
        value = separator.join(sorted(tags))
        told = [(self.tags, value if len(value) <= LONGEST else MUCH)]
        if self.is_purged and may_stay:
            told.append((_CONTROL[self.tags], f"max-age={LIFE}"))
        return told
