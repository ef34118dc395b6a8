"""Pieces of pages that many pages have in common, or one page time and again."""

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from broadsheet.publication.models import Link


def piece(name: str, **given: Hashable) -> SafeString:
    """Include the template `name`, which knows what it is given and nothing else.

    All that is given are values, so what is equal looks alike: it is rendered once and remembered.
    """
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    return render(name, get_language(), tuple(given.items()))


@lru_cache(maxsize=256)
def _rendered(name: str, language: str, given: tuple[tuple[str, Any], ...]) -> SafeString:  # noqa: ARG001 - `language` is what translates
    return mark_safe(render_to_string(name, dict(given), using="jinja2"))  # noqa: S308 - templates escape


def if_linked(path: str, links: Iterable[Link]) -> str:
    """Return `path` where one of the links leads to it, else nothing."""
    return path if any(link.url == path for link in links) else ""
