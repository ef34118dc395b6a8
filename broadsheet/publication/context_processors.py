"""The site in the context of every template, and for views: read once per request."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from broadsheet.publication.queries import SiteConfig


def site(request: HttpRequest) -> dict[str, Any]:
    """Add `site`, which is read when it is first used."""
    return {"site": SimpleLazyObject(lambda: get_site(request))}


def get_site(request: HttpRequest) -> SiteConfig:
    """Return the site as this request first read it: one query per request."""
    config: SiteConfig | None = getattr(request, "site_config", None)
    if config is None:
        config = request.site_config = SiteConfig.current()  # type: ignore[attr-defined]
    return config
