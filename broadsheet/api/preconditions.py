"""Entity tags, and the conditions that keep one person from overwriting another's work."""

import hashlib
from collections.abc import Callable

from django.utils.http import parse_etags
from rest_framework.request import Request

from broadsheet.api.problems import Stale


def etag(text: str) -> str:
    """Return a strong entity tag: another one whenever anything in `text` differs."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def check_if_match(request: Request, current: Callable[[], str]) -> bool:
    """Return whether `If-Match` was sent. Raises Stale when it does not name the `current` tag.

    A weak tag counts as its strong one, against RFC 9110: it is ours, and was weakened only by
    what compressed the answer on its way.
    """
    sent = request.headers.get("If-Match")
    if sent is None:
        return False
    tags = [tag.removeprefix("W/") for tag in parse_etags(sent)]
    if "*" not in tags and current() not in tags:
        raise Stale
    return True
