"""Cached template fragments: parts that many pages share, rendered once."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language


def render_fragment(name: str, **values: Hashable) -> SafeString:
    """Render the template `name` with only `values` as its context.

    The HTML is cached by the values and the current language. The template has no access to the
    request or the user.
    """
    render = _render.__wrapped__ if settings.DEBUG else _render
    return render(name, get_language(), tuple(values.items()))


@lru_cache(maxsize=512)
def _render(name: str, language: str, values: tuple[tuple[str, Any], ...]) -> SafeString:  # noqa: ARG001 - part of the cache key
    return render_to_string(name, dict(values))
