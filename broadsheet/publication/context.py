"""What every template knows of the site."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from broadsheet.publication.models import Masthead


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Django's signature
    """Give templates `site`, read when first used."""
    return {"site": SimpleLazyObject(Masthead.current)}
