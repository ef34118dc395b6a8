"""Context processor of the site."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from broadsheet.publication.queries import SiteConfig


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Django's signature
    """Add `site`, which is read when it is first used."""
    return {"site": SimpleLazyObject(SiteConfig.current)}
