"""Cached template fragments: parts that many pages have in common, rendered once."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language


def render_fragment(name: str, **values: Hashable) -> SafeString:
    """Render the template `name` with `values` as its whole context.

    Values that are equal give the same HTML in the same language, so it is rendered once and
    cached. The template knows nothing else, neither the request nor the user.
    """
    render = _render.__wrapped__ if settings.DEBUG else _render
    return render(name, get_language(), tuple(values.items()))


@lru_cache(maxsize=512)
def _render(name: str, language: str, values: tuple[tuple[str, Any], ...]) -> SafeString:  # noqa: ARG001 - part of the cache key
    return render_to_string(name, dict(values))
