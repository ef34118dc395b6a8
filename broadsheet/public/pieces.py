"""Pieces of pages that many pages have in common, or one page time and again."""

from collections.abc import Callable, Hashable, Iterable
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from broadsheet.publication.queries import NavigationLink


def piece(name: str, language: str, **given: Hashable) -> SafeString:
    """Include the template `name`, which knows what it is given, its language, and nothing else.

    All that is given are values, so what is equal looks alike: it is rendered once and remembered.
    `language` is the active one.
    """
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    return render(name, language, tuple(given.items()))


@lru_cache(maxsize=256)
def _rendered(name: str, language: str, given: tuple[tuple[str, Any], ...]) -> SafeString:
    context = {**in_language(language), **dict(given)}
    return mark_safe(render_to_string(name, context, using="jinja2"))  # noqa: S308 - templates escape


def in_language(language: str) -> dict[str, Any]:
    """Return what templates know of the active language: its name, and `_`, which translates."""
    return {"language": language, "_": _translation(language)}


@cache
def _translation(language: str) -> Callable[[str], str]:  # noqa: ARG001 - what is translated into
    return cache(gettext)


def if_linked(path: str, links: Iterable[NavigationLink]) -> str:
    """Return `path` where one of the links leads to it, else nothing."""
    return path if any(link.url == path for link in links) else ""
