"""What a CDN in front is told of a page: what it was made from, and for how long to keep it."""

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
