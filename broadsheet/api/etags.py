"""Entity tags and `If-Match`, which prevent lost updates (RFC 9110, section 13)."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request

from broadsheet.api.exceptions import PreconditionFailedError
from broadsheet.api.renderers import CompactJSONRenderer


def etag(payload: dict[str, Any]) -> str:
    """Return a strong entity tag, which differs whenever anything in the JSON does."""
    body: bytes = CompactJSONRenderer().render(payload)
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def check_if_match(request: Request, current: Callable[[], str]) -> bool:
    """Return whether `If-Match` was sent. Raises PreconditionFailedError if `current` differs.

    A weak tag counts as its strong one, contrary to RFC 9110: only a proxy that compresses can have
    weakened a tag of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return False
    tags = [tag.removeprefix("W/") for tag in parse_etags(header)]
    if "*" not in tags and current() not in tags:
        raise PreconditionFailedError
    return True
