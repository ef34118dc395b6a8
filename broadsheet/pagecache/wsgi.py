"""The page cache in front of a WSGI application (PEP 3333)."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from broadsheet.pagecache import floods
from broadsheet.pagecache.cache import MARK, Asked, Cache, is_kept, scheme_of, without_stamps

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


_TOO_MUCH = b"Too many requests. Try again in a minute.\n"
_BUSY = (
    ("Content-Type", "text/plain"),
    ("Content-Length", str(len(_TOO_MUCH))),
    ("Cache-Control", "no-store"),
    ("Retry-After", "60"),
)


class WSGI:
    """Answers what is kept, and lets `application` answer the rest."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self._application = application
        self._cache = cache
        self._floods = floods.Floods(settings.ADDRESS_SHARE) if settings.ADDRESS_SHARE else None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        get = environ.get
        scheme: str = environ["wsgi.url_scheme"]
        if self._cache.trusts_proxy:
            scheme = scheme_of(get("HTTP_X_FORWARDED_PROTO", scheme))
        asked = Asked(
            scheme,
            get("HTTP_HOST", ""),
            environ["PATH_INFO"],
            get("QUERY_STRING", ""),
            get("HTTP_ACCEPT_ENCODING", ""),
            get("HTTP_IF_NONE_MATCH", ""),
            method == "HEAD",
            "HTTP_COOKIE" in environ or "HTTP_AUTHORIZATION" in environ,
        )
        cache = self._cache
        answer = cache.find(asked)
        if answer is not None:
            start_response(answer.status, answer.headers[:])  # PEP 3333: the server's to change
            return answer.body
        address = floods.asking(environ, settings.PROXIES) if self._floods else ""
        if not self._floods or not address:
            return self._make(asked, environ, start_response)
        if not self._floods.admits(address):
            start_response("429 Too Many Requests", list(_BUSY))
            return [_TOO_MUCH]
        begun = time.thread_time()
        try:
            return self._make(asked, environ, start_response)
        finally:
            self._floods.charge(address, time.thread_time() - begun)

    def _make(
        self, asked: Asked, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer what is not kept, one request for a page at a time."""
        cache = self._cache
        environ[MARK] = True
        environ.pop("CONTENT_TYPE", None)  # Django would read the query in its charset
        if not cache.is_worth_waiting(asked):
            return self._render(asked, environ, start_response)
        with cache.turns.of(asked.key):
            answer = cache.find(asked)  # somebody else's turn may have brought it
            if answer is None:
                return self._render(asked, environ, start_response)
        start_response(answer.status, answer.headers[:])
        return answer.body

    def _render(
        self, asked: Asked, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Let Django answer, and keep what it says is the same for everyone."""
        rendering = self._cache.begin(asked.key)
        said: list[Any] = []
        try:
            body = self._application(environ, lambda *head: said.extend(head))
            if not is_kept(*said[:2]):
                self._cache.pass_on(asked)
                start_response(said[0], without_stamps(said[1]), *said[2:])
                return body
            try:
                whole = b"".join(body)
            finally:
                getattr(body, "close", bool)()
            answer = self._cache.keep(rendering, asked, said[1], whole)
        finally:
            self._cache.end(rendering)
        start_response(answer.status, answer.headers[:])
        return answer.body
