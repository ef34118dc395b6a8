"""The page cache under ASGI: hits are served in the event loop, all else by WSGI in threads."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from django.conf import settings

from broadsheet.pagecache.render_pool import SLOTS, RenderPool
from broadsheet.pagecache.request_bodies import THREADS
from broadsheet.pagecache.request_key import CacheRequest
from broadsheet.pagecache.single_flight import AsyncSingleFlight
from broadsheet.pagecache.wsgi import ABORT_BODY, WSGI, Environ

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]


class ASGI:
    """Adapter of the page cache to ASGI (version 3, HTTP only)."""

    def __init__(self, wsgi: WSGI) -> None:
        self._wsgi = wsgi
        self._cache = wsgi.cache
        self._validate = AsyncSingleFlight(self._cache.is_fresh)
        self._threads = ThreadPoolExecutor(THREADS, "asgi")
        self._has_pool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request. Raises ValueError for other scopes."""
        if scope["type"] != "http":
            raise ValueError(f"this is an HTTP application; there is no {scope['type']}")
        environ = _environ(scope)
        if scope["method"] in {"GET", "HEAD"}:
            request = CacheRequest(environ, self._cache.proxies)
            is_fresh = self._cache.is_current() or await self._validate()
            response = self._cache.lookup(request) if is_fresh else None
            if response is not None:
                await _start(send, response.status, response.headers)
                await send({"type": "http.response.body", "body": b"".join(response.body)})
                return
        await self._call_wsgi(environ, receive, send)

    async def _call_wsgi(self, environ: Environ, receive: Receive, send: Send) -> None:
        """Call the WSGI application in a thread, and send its response."""
        if not self._has_pool:  # not before: a server may fork after it has loaded the application
            self._wsgi.render_pool = RenderPool(settings.SERVE_THREADS, SLOTS)
            self._has_pool = True
        run = asyncio.get_running_loop().run_in_executor
        args: list[Any] = []
        source = _BodySource(receive, asyncio.get_running_loop())
        environ["wsgi.input"], environ[ABORT_BODY] = source, source.abort
        body = await run(
            self._threads, self._wsgi, environ, lambda *received: args.extend(received)
        )
        status, headers = args[:2]
        try:
            await _start(send, status, [*headers, *source.response_headers])
            if isinstance(body, list):
                await send({"type": "http.response.body", "body": b"".join(body)})
                return
            chunks = iter(body)
            while (chunk := await run(self._threads, next, chunks, None)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            if hasattr(body, "close"):
                await run(self._threads, body.close)


class _BodySource(io.RawIOBase):
    """A request body that a thread reads from the event loop; `abort` ends a blocked read."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive, self._loop = receive, loop
        self._chunk, self._has_more = b"", True
        self._message: Future[Message] | None = None
        self.response_headers: list[tuple[str, str]] = []

    def abort(self) -> None:
        """End the body. The rest of it must not be taken for the next request."""
        self.response_headers = [("Connection", "close")]
        if self._message is not None:
            self._message.cancel()

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes; none at the end of the body, or if the client left."""
        while not self._chunk and self._has_more:
            self._message = asyncio.run_coroutine_threadsafe(_receive(self._receive), self._loop)
            if self.response_headers:
                self._message.cancel()
            try:
                message = self._message.result()
            except CancelledError:
                return b""
            self._chunk = message.get("body", b"")
            self._has_more = message.get("more_body", False)
        size = len(self._chunk) if size is None or size < 0 else size
        chunk, self._chunk = self._chunk[:size], self._chunk[size:]
        return chunk


async def _receive(receive: Receive) -> Message:
    return await receive()


async def _start(send: Send, status: str, headers: list[tuple[str, str]]) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": encoded})


def _environ(scope: Scope) -> Environ:
    """Return the request as WSGI has it."""
    root = scope.get("root_path", "")
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": scope["path"].removeprefix(root).encode().decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue  # it would look like another header
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ
