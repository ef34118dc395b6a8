"""Read model of the site's settings, which every page shows."""

import zoneinfo
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from broadsheet.lib import site_timezone
from broadsheet.lib.compiled_query import CompiledQuery
from broadsheet.media import cache_tags
from broadsheet.media.models import Image
from broadsheet.publication.models import ACCENT, SITE, Site


class NavigationLink(NamedTuple):
    """A link of the main navigation."""

    label: str
    url: str


class SiteLogo(NamedTuple):
    """The image next to the site's name, or instead of it if it is a wordmark."""

    id: UUID
    file: str
    width: int
    height: int
    has_variants: bool
    alt: str

    @property
    def url(self) -> str:
        """The URL of the cleaned original."""
        return Image(file=self.file).url


class SiteConfig(NamedTuple):
    """Settings of the site that every page shows. Equal values render equal pages."""

    name: str
    tagline: str
    footer_html: str
    accent: str
    language: str
    time_zone: str
    logo_is_wordmark: bool
    navigation: tuple[NavigationLink, ...]
    logo: SiteLogo | None

    @property
    def theme_version(self) -> str:
        """The version in `/theme.css?v=`; empty if the accent is that of the style sheet."""
        return "" if self.accent == ACCENT else f"{self.accent[1:].lower()}-1"

    @property
    def zone(self) -> zoneinfo.ZoneInfo | None:
        """The time zone of the site's dates; None for the server's setting."""
        return site_timezone.get_timezone(self.time_zone) if self.time_zone else None

    @staticmethod
    def current() -> "SiteConfig":
        """Read the current values; the defaults if the site was never set up. One query."""
        rows = _site_row()
        if not rows:
            return SiteConfig.defaults()
        count = len(_COLUMNS)
        values, navigation, logo = rows[0][:count], rows[0][count], rows[0][count + 1 :]
        links = tuple(NavigationLink(link["label"], link["url"]) for link in navigation or ())
        return SiteConfig._make((*values, links, SiteLogo._make(logo) if logo[0] else None))

    @staticmethod
    def defaults() -> "SiteConfig":
        """Return the values of a new site."""
        site = Site()
        return SiteConfig._make((*(getattr(site, name) for name in _COLUMNS), (), None))

    def cache_tags(self) -> Iterator[str]:
        """Yield the cache tags of these values."""
        yield SITE
        if self.logo:
            yield cache_tags.image(self.logo.id)


#: The columns that are used without conversion.
_COLUMNS = SiteConfig._fields[:-2]


_site_row = CompiledQuery(
    lambda: Site.objects.filter(id=1).values_list(
        *_COLUMNS, "navigation", *(f"logo__{name}" for name in SiteLogo._fields)
    )
)
