"""The page cache in front of a WSGI application (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any

from broadsheet.pagecache.cache import MARK, Asked, Cache, is_kept, scheme_of, without_stamps

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WSGI:
    """Answers what is kept, and lets `application` answer the rest."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self._application = application
        self._cache = cache

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
