"""The page cache in front of a WSGI application (PEP 3333)."""

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.conf import settings

from broadsheet.pagecache.asked import Asked, scheme_of
from broadsheet.pagecache.cache import MARK, Cache, is_kept, without_stamps
from broadsheet.pagecache.counters import CROWDED, FLOODED
from broadsheet.pagecache.floods import Floods, asking
from broadsheet.pagecache.makers import Anyone, Full
from broadsheet.pagecache.pages import Answer
from broadsheet.pagecache.refusals import BUSY, GONE, TOO_MUCH, needs_database

type Environ = dict[str, Any]
type Start = Callable[..., Any]
type Body = Iterable[bytes]
type Application = Callable[[Environ, Start], Body]


class WSGI:
    """Answers what is kept, and lets `application` answer the rest, by way of `makers`."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self.makers = Anyone()
        self.floods = Floods(settings.ADDRESS_SHARE)
        self._application = application
        self._cache = cache

    def __call__(self, environ: Environ, start_response: Start) -> Body:
        """Answer a request."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._admit(partial(self._take, environ), environ, start_response)
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
        answer = self._cache.find(asked)
        if answer is not None:
            start_response(answer.status, answer.headers[:])  # PEP 3333: the server's to change
            return answer.body
        return self._admit(partial(self._make, asked, environ), environ, start_response)

    def _admit(
        self, make: Callable[[Start, str], Body], environ: Environ, start_response: Start
    ) -> Body:
        """Let an answer be made, unless its address or all together ask for too much."""
        if self._cache.is_cut_off and needs_database(environ["PATH_INFO"]):
            return _give(GONE, start_response)
        address = asking(environ, settings.PROXIES)
        if not self.floods.admits(address):
            return self._refuse(TOO_MUCH, FLOODED, start_response)
        try:
            return make(start_response, address)
        except Full:
            if not environ["PATH_INFO"].startswith((settings.STATIC_URL, settings.MEDIA_URL)):
                return self._refuse(BUSY, CROWDED, start_response)
            # One page can ask for dozens of files at once, and none of them takes long.
            send = partial(self._application, environ, start_response)
            return self.floods.charged(address, send)
        finally:
            self.floods.leave(address)

    def _refuse(self, answer: Answer, counter: int, start_response: Start) -> Body:
        self._cache.count[counter] += 1
        return _give(answer, start_response)

    def _take(self, environ: Environ, start_response: Start, _address: str) -> Body:
        """Let Django answer what sends something: once it has come, where memory may hold it."""
        with self.makers.senders, self.makers.places:
            length = environ.get("CONTENT_LENGTH") or "0"
            if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return self._application(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
            return self.makers.make(partial(self._application, environ, start_response))

    def _make(self, asked: Asked, environ: Environ, start_response: Start, address: str) -> Body:
        """Answer what is not kept, one request for a page at a time."""
        cache = self._cache
        environ[MARK] = True
        environ.pop("CONTENT_TYPE", None)  # Django would read the query in its charset
        render = partial(self._render, asked, environ, start_response)
        charged = partial(self.floods.charged, address, render)
        with self.makers.places:
            if not cache.is_worth_waiting(asked):
                return self.makers.make(charged)
            with cache.turns.of(asked.key):
                answer = cache.find(asked)  # somebody else's turn may have brought it
                if answer is None:
                    return self.makers.make(charged)
        return _give(answer, start_response)

    def _render(self, asked: Asked, environ: Environ, start_response: Start) -> Body:
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
        return _give(answer, start_response)


def _give(answer: Answer, start_response: Start) -> list[bytes]:
    start_response(answer.status, answer.headers[:])
    return answer.body
