"""The page cache in front of a WSGI application (PEP 3333)."""

import io
import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

from django.conf import settings

from broadsheet.pagecache.asked import API, HTML, Asked, scheme_of
from broadsheet.pagecache.bodies import ArrivingBody, Bodies, TooManyError, TruncatedBodyError
from broadsheet.pagecache.cache import MARK, Cache, is_kept, passed_headers
from broadsheet.pagecache.counters import CROWDED, FLOODED
from broadsheet.pagecache.floods import Floods, asking
from broadsheet.pagecache.makers import LARGE, Anyone, Full
from broadsheet.pagecache.pages import Answer
from broadsheet.pagecache.refusals import BUSY, GONE, LATE, TOO_MUCH

type Environ = dict[str, Any]
type Start = Callable[..., Any]
type Body = Iterable[bytes]
type Application = Callable[[Environ, Start], Body]

#: Under which name a server's own way in leaves what ends a read that waits for a body.
CUT = "broadsheet.cut"


class WSGI:
    """Answers what is kept, and lets `application` answer the rest, by way of `makers`."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self.makers = Anyone()
        self.floods = Floods(settings.ADDRESS_SHARE)
        self._application = application
        self.bodies = Bodies()
        self._cache = cache

    def __call__(self, environ: Environ, start_response: Start) -> Body:
        """Answer a request."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._admit(partial(self._arrive, environ), environ, start_response)
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
            "HTTP_COOKIE" in environ
            or "HTTP_AUTHORIZATION" in environ
            # A browser that wants a page is given none of the JSON that is kept for programs.
            or (environ["PATH_INFO"][:5] == API and HTML in get("HTTP_ACCEPT", "")),
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
        if self._cache.is_cut_off(environ["PATH_INFO"]):
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
            send = partial(self._answer, environ, start_response)
            return self.floods.charged(address, send)
        finally:
            self.floods.leave(address)

    def _refuse(self, answer: Answer, counter: int, start_response: Start) -> Body:
        self._cache.count[counter] += 1
        return _give(answer, start_response)

    def _arrive(self, environ: Environ, start_response: Start, address: str) -> Body:
        """Let Django answer what sends something, which takes nobody's place before it is here."""
        text = environ.get("CONTENT_LENGTH") or "0"
        length = int(text) if text.isdecimal() and text.isascii() else 0
        if not length:
            return self._take(environ, start_response, address, 0)
        try:
            with self.bodies.arriving(address, _cut(environ)) as arrival:
                body = ArrivingBody(environ["wsgi.input"], length, arrival)
                if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                    environ["wsgi.input"] = body
                    with self.makers.uploads:
                        send = partial(self._answer, environ, start_response)
                        return self.floods.charged_for_children(address, send)
                environ["wsgi.input"] = io.BytesIO(body.read())
        except TooManyError:
            return self._refuse(TOO_MUCH, FLOODED, start_response)
        except TruncatedBodyError:
            return _give(LATE, start_response)
        return self._take(environ, start_response, address, length)

    def _take(self, environ: Environ, start_response: Start, address: str, length: int) -> Body:
        send = partial(self._answer, environ, start_response)
        floods = self.floods
        charged = floods.charged if length > LARGE else floods.charged_for_children
        work = partial(charged, address, send)
        with self.makers.senders, self.makers.places:
            return self.makers.send(work, length)

    def _answer(self, environ: Environ, start_response: Start) -> Body:
        """Let Django answer, unless the database went while others were answered first."""
        if self._cache.is_cut_off(environ["PATH_INFO"]):
            return _give(GONE, start_response)
        return self._application(environ, start_response)

    def _make(self, asked: Asked, environ: Environ, start_response: Start, address: str) -> Body:
        """Answer what is not kept, one request for a page at a time."""
        cache = self._cache
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
        if self._cache.is_cut_off(environ["PATH_INFO"]):
            return _give(GONE, start_response)
        rendering = environ[MARK] = self._cache.begin(asked.key)
        said: list[Any] = []
        try:
            body = self._application(environ, lambda *head: said.extend(head))
            if not is_kept(*said[:2]):
                self._cache.pass_on(asked)
                start_response(said[0], passed_headers(asked, *said[:2]), *said[2:])
                return body
            try:
                whole = b"".join(body)
            finally:
                getattr(body, "close", bool)()
            answer = self._cache.keep(rendering, asked, said[1], whole)
        finally:
            self._cache.end(rendering)
        return _give(answer, start_response)


def _cut(environ: Environ) -> Callable[[], object]:
    """Return what ends a read that waits for the body, where the server has such a thing."""
    if (cut := environ.get(CUT)) is not None:
        return cast("Callable[[], object]", cut)
    if isinstance(connection := environ.get("gunicorn.socket"), socket.socket):
        return partial(connection.shutdown, socket.SHUT_RD)
    return bool


def _give(answer: Answer, start_response: Start) -> list[bytes]:
    start_response(answer.status, answer.headers[:])
    return answer.body
