"""Hashnode's identifiers, and the creation times they contain."""

import datetime as dt
import re

_CUID = re.compile(r"c[0-9a-z]{24}")
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_EARLIEST = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)


def is_cuid(text: str) -> bool:
    """Return whether `text` is a cuid, the identifier of published posts."""
    return bool(_CUID.fullmatch(text))


def is_identifier(text: str) -> bool:
    """Return whether `text` is a cuid or a MongoDB ObjectId, the identifier of drafts."""
    return bool(_CUID.fullmatch(text) or _OBJECT_ID.fullmatch(text))


def created_at(identifier: str) -> dt.datetime | None:
    """Return when the identifier was created; None if it contains no plausible time.

    In a cuid, characters 2 to 9 are milliseconds since 1970 in base 36. In a MongoDB ObjectId, the
    first eight characters are seconds in base 16.
    """
    if _CUID.fullmatch(identifier):
        seconds = int(identifier[1:9], 36) / 1_000
    elif _OBJECT_ID.fullmatch(identifier):
        seconds = int(identifier[:8], 16)
    else:
        return None
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    return at if _EARLIEST <= at <= tomorrow else None
