"""The page cache in front of a WSGI application (PEP 3333)."""

import io
import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

from django.conf import settings

from broadsheet.pagecache.cache import RENDERING, Cache, is_cacheable, uncached_headers
from broadsheet.pagecache.entries import RawResponse
from broadsheet.pagecache.error_responses import (
    DATABASE_UNAVAILABLE,
    OVERLOADED,
    REQUEST_TIMEOUT,
    TOO_MANY_REQUESTS,
)
from broadsheet.pagecache.rate_limit import CpuRateLimiter, rate_limit_key
from broadsheet.pagecache.render_pool import LARGE_BODY, InlineExecutor, PoolFullError
from broadsheet.pagecache.request_bodies import (
    BodyLimiter,
    BodyReader,
    TooManyBodiesError,
    TruncatedBodyError,
)
from broadsheet.pagecache.request_key import CacheRequest
from broadsheet.pagecache.stats import OVERLOADS, RATE_LIMITED

type Environ = dict[str, Any]
type StartResponse = Callable[..., Any]
type Body = Iterable[bytes]
type Application = Callable[[Environ, StartResponse], Body]

#: Environ key of a function that ends a read of the body; servers set it.
ABORT_BODY = "broadsheet.abort_body"


class WSGI:
    """Serves hits; `application` renders misses in `render_pool`."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self.cache = cache
        self.render_pool = InlineExecutor()
        self.rate_limiter = CpuRateLimiter(settings.IP_CPU_SHARE)
        self.bodies = BodyLimiter()
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Body:
        """Handle a request."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._limit(partial(self._write, environ), environ, start_response)
        request = CacheRequest(environ, self.cache.proxies)
        response = self.cache.get(request)
        if response is not None:
            start_response(response.status, response.headers[:])  # PEP 3333: servers may change it
            return response.body
        return self._limit(partial(self._read, request, environ), environ, start_response)

    def _limit(
        self, answer: Callable[[StartResponse, str], Body], environ: Environ, start: StartResponse
    ) -> Body:
        """Call `answer`, unless there are too many requests, from this IP address or in all."""
        path = environ["PATH_INFO"]
        if self.cache.is_unavailable(path):
            return _send(DATABASE_UNAVAILABLE, start)
        address = rate_limit_key(environ, settings.PROXIES)
        if not self.rate_limiter.acquire(address):
            return self._reject(TOO_MANY_REQUESTS, RATE_LIMITED, start)
        try:
            return answer(start, address)
        except PoolFullError:
            if not path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
                return self._reject(OVERLOADED, OVERLOADS, start)
            # One page can request dozens of files at a time, and none of them takes long.
            return self.rate_limiter.run(address, partial(self._call, environ, start))
        finally:
            self.rate_limiter.release(address)

    def _reject(self, response: RawResponse, counter: int, start: StartResponse) -> Body:
        self.cache.count[counter] += 1
        return _send(response, start)

    def _write(self, environ: Environ, start: StartResponse, address: str) -> Body:
        """Pass a request with a body to Django; it takes no slot while the body arrives."""
        text = environ.get("CONTENT_LENGTH") or "0"
        length = int(text) if text.isdecimal() and text.isascii() else 0
        if not length:
            return self._run_write(environ, start, address, 0)
        try:
            with self.bodies.limit(address, _body_aborter(environ)) as body:
                reader = BodyReader(environ["wsgi.input"], length, body)
                if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                    environ["wsgi.input"] = reader
                    call = partial(self._call, environ, start)
                    with self.render_pool.upload_slots:
                        return self.rate_limiter.run_charging_children(address, call)
                environ["wsgi.input"] = io.BytesIO(reader.read())
        except TooManyBodiesError:
            return self._reject(TOO_MANY_REQUESTS, RATE_LIMITED, start)
        except TruncatedBodyError:
            return _send(REQUEST_TIMEOUT, start)
        return self._run_write(environ, start, address, length)

    def _run_write(self, environ: Environ, start: StartResponse, address: str, length: int) -> Body:
        limiter = self.rate_limiter
        run = limiter.run if length > LARGE_BODY else limiter.run_charging_children
        work = partial(run, address, partial(self._call, environ, start))
        with self.render_pool.write_slots, self.render_pool.slots:
            return self.render_pool.run_write(work, length)

    def _call(self, environ: Environ, start: StartResponse) -> Body:
        """Pass the request to Django, unless the database became unavailable in the meantime."""
        if self.cache.is_unavailable(environ["PATH_INFO"]):
            return _send(DATABASE_UNAVAILABLE, start)
        return self._application(environ, start)

    def _read(
        self, request: CacheRequest, environ: Environ, start: StartResponse, address: str
    ) -> Body:
        """Render a miss; requests for one page wait for the first of them."""
        environ.pop("CONTENT_TYPE", None)  # Django would decode the query in its charset
        render = partial(self._render, request, environ, start)
        work = partial(self.rate_limiter.run, address, render)
        with self.render_pool.slots:
            if not self.cache.may_be_cacheable(request):
                return self.render_pool.run(work)
            with self.cache.locks.get(request.key):
                response = self.cache.get(request)  # another request may have stored it
                if response is None:
                    return self.render_pool.run(work)
        return _send(response, start)

    def _render(self, request: CacheRequest, environ: Environ, start: StartResponse) -> Body:
        """Pass the request to Django, and store the response if it is cacheable."""
        if self.cache.is_unavailable(environ["PATH_INFO"]):
            return _send(DATABASE_UNAVAILABLE, start)
        rendering = environ[RENDERING] = self.cache.begin(request.key)
        args: list[Any] = []
        try:
            body = self._application(environ, lambda *received: args.extend(received))
            status, headers, *exc_info = args
            if not is_cacheable(status, headers):
                self.cache.record_uncacheable(request)
                start(status, uncached_headers(request, status, headers), *exc_info)
                return body
            try:
                content = b"".join(body)
            finally:
                getattr(body, "close", bool)()
            response = self.cache.put(rendering, request, headers, content)
        finally:
            self.cache.end(rendering)
        return _send(response, start)


def _body_aborter(environ: Environ) -> Callable[[], object]:
    """Return a function that ends a read of the body, if the server allows it."""
    if (abort := environ.get(ABORT_BODY)) is not None:
        return cast("Callable[[], object]", abort)
    if isinstance(connection := environ.get("gunicorn.socket"), socket.socket):
        return partial(connection.shutdown, socket.SHUT_RD)
    return bool


def _send(response: RawResponse, start: StartResponse) -> list[bytes]:
    start(response.status, response.headers[:])
    return response.body
