"""Cache keys: the part of a request that selects a cached response."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

#: The normalized form of longer queries is not cached.
_LONG_QUERY = 500


class CacheRequest:
    """The part of a WSGI request that the page cache uses.

    `key` has the scheme and host that the client used. `has_credentials` is whether the response
    may be for this client only: it sends a cookie or a token, or is a browser that gets HTML from
    the API, where other clients get JSON. `proxies` is settings.PROXIES: without proxies in front,
    `X-Forwarded-Proto` is not trusted.
    """

    __slots__ = ("accept_encoding", "environ", "has_credentials", "if_none_match", "is_head", "key")

    def __init__(self, environ: Mapping[str, Any], proxies: int) -> None:
        self.environ = environ
        get = environ.get
        scheme, path = environ["wsgi.url_scheme"], environ["PATH_INFO"]
        if proxies:
            scheme = _forwarded_scheme(get("HTTP_X_FORWARDED_PROTO", scheme))
        self.key = f"{scheme}://{get('HTTP_HOST', '')}{path}"
        query = get("QUERY_STRING", "")
        if query and (params := relevant_query(path, query)):
            self.key = f"?{params} {self.key}"  # in front, so that no path can look like a query
        self.accept_encoding: str = get("HTTP_ACCEPT_ENCODING", "")
        self.if_none_match: str = get("HTTP_IF_NONE_MATCH", "")
        self.is_head = environ["REQUEST_METHOD"] == "HEAD"
        self.has_credentials = (
            "HTTP_COOKIE" in environ
            or "HTTP_AUTHORIZATION" in environ
            or (path[:5] == "/api/" and not accepts_json(get("HTTP_ACCEPT", "")))
        )

    def uncacheable_key(self) -> int:
        """Return a hash for the list of uncacheable URLs, which stores nothing longer."""
        return hash((self.key, self.has_credentials))


@lru_cache(maxsize=256)
def accepts_json(accept: str) -> bool:
    """Return whether an Accept header certainly asks for JSON; others are left to the API."""
    media_types = accept.lower()
    if "text/" in media_types or "html" in media_types:
        return False
    return not media_types or any(
        kind in media_types for kind in ("*/*", "application/*", "application/json")
    )


def relevant_query(path: str, query: str) -> str:
    """Return the parameters that the page depends on, in a fixed order."""
    prefixes = settings.PAGE_PARAMETERS.items()
    names = next((names for prefix, names in prefixes if path.startswith(prefix)), None)
    if names is None:
        return query
    return (_filter_query if len(query) <= _LONG_QUERY else _filter_query.__wrapped__)(names, query)


@lru_cache(maxsize=1_024)
def _filter_query(names: frozenset[str], query: str) -> str:
    """Return the parameters with one of `names`, parsed as Django does."""
    try:
        params = QueryDict(query.encode("latin-1"))
    except TooManyFieldsSent:
        return query  # Django will refuse it
    return urlencode([(name, params[name]) for name in sorted(names) if name in params])


def _forwarded_scheme(forwarded_proto: str) -> str:
    """Return the scheme that a proxy names, parsed as Django does."""
    return "https" if forwarded_proto.split(",", 1)[0].strip() == "https" else "http"
