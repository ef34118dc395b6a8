"""Canned 408, 429 and 503 responses, which need no work."""

from django.conf import settings

from broadsheet.lib.security_headers import DEFAULT_HEADERS
from broadsheet.pagecache.entries import RawResponse


def _error(status: str, message: str, retry_after: int) -> RawResponse:
    """Return a response that asks the client to try again later, with `Retry-After` in seconds."""
    body = f"{message}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(retry_after)),
        *DEFAULT_HEADERS.items(),
    ]
    return RawResponse(status, headers, [body])


#: For an IP address that exceeds its CPU limit.
TOO_MANY_REQUESTS = _error("429 Too Many Requests", "Too many requests. Try again in a minute.", 60)
#: While there are more requests than can be rendered.
OVERLOADED = _error("503 Service Unavailable", "The site is busy. Try again in a few seconds.", 5)
#: For a request body that arrives too slowly.
REQUEST_TIMEOUT = _error("408 Request Timeout", "The request timed out. Try again.", 5)
#: While the database is known not to respond.
DATABASE_UNAVAILABLE = _error(
    "503 Service Unavailable", "The database does not answer. Try again in a few minutes.", 5
)


def needs_database(path: str) -> bool:
    """Return whether a response needs the database. Files and the liveness check do not."""
    return path != "/healthz" and not path.startswith((settings.STATIC_URL, settings.MEDIA_URL))
