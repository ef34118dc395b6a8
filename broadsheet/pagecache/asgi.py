"""The page cache in front of an ASGI application (version 3)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from django.conf import settings

from broadsheet.pagecache.asked import API, HTML, Asked, scheme_of
from broadsheet.pagecache.bodies import Arrival, Bodies, TooManyError
from broadsheet.pagecache.cache import MARK, Cache, is_kept, passed_headers
from broadsheet.pagecache.counters import CROWDED, FLOODED
from broadsheet.pagecache.floods import Floods, asking
from broadsheet.pagecache.makers import PLACES, Full, Places
from broadsheet.pagecache.pages import Answer, Headers
from broadsheet.pagecache.refusals import BUSY, GONE, LATE, TOO_MUCH
from broadsheet.pagecache.turns import TogetherAsync, Turns

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class ASGI:
    """Answers what is kept, and lets `application` answer the rest."""

    def __init__(self, application: Application, cache: Cache) -> None:
        self.floods = Floods(settings.ADDRESS_SHARE)
        self.places = Places(PLACES)
        self.bodies = Bodies()
        self._application = application
        self._cache = cache
        self._turns = Turns(asyncio.Lock)
        self._makers = asyncio.Semaphore(settings.SERVE_THREADS)
        self._making = 0
        self._proven = TogetherAsync(cache.holds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await self._take(scope, receive, send)
            return
        asked = self._asked(scope)
        answer = await self._find(asked)
        if answer is None:
            answer = await self._admit(asked, scope, receive, send)
        if answer is not None:
            await _give(answer, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Django answer what sends something, which takes a thread once it is here."""
        if self._cache.is_cut_off(scope["path"]):
            await _give(GONE, send)
            return
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        with ExitStack() as stack:
            coming = _Coming(receive, stack.close)
            try:
                arriving = self.bodies.arriving(_address(scope), coming.cut)
                coming.arrival = stack.enter_context(arriving)
            except (TooManyError, Full) as error:
                is_flood = isinstance(error, TooManyError)
                self._cache.count[FLOODED if is_flood else CROWDED] += 1
                await _give(TOO_MUCH if is_flood else BUSY, send)
                return
            await self._application(scope, coming, sending)
        if coming.arrival.is_cut and not has_begun:
            await _give(LATE._replace(headers=[*LATE.headers, ("Connection", "close")]), send)

    async def _admit(
        self, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> Answer | None:
        """Let an answer be made, unless its address or all together ask for too much.

        Return it where it was not sent already.
        """
        if self._cache.is_cut_off(scope["path"]):
            return GONE
        address = _address(scope)
        if not self.floods.admits(address):
            self._cache.count[FLOODED] += 1
            return TOO_MUCH
        try:
            with self.places:
                return await self._make(asked, scope, receive, send, address)
        except Full:
            self._cache.count[CROWDED] += 1
            return BUSY
        finally:
            self.floods.leave(address)

    async def _make(
        self, asked: Asked, scope: Scope, receive: Receive, send: Send, address: str
    ) -> Answer | None:
        """Answer what is not kept, one request for a page at a time."""
        render = partial(self._render, asked, scope, receive, send)
        if not self._cache.is_worth_waiting(asked):
            return await self._charged(address, render)
        async with self._turns.of(asked.key):
            answer = await self._find(asked)  # somebody else's turn may have brought it
            if answer is not None:
                return answer
            return await self._charged(address, render)

    async def _charged(
        self, address: str, render: Callable[[], Awaitable[Answer | None]]
    ) -> Answer | None:
        """Render when there is a maker, at the cost of `address`: its part of what was used."""
        async with self._makers:
            self._making += 1
            begun = time.process_time()
            try:
                return await render()
            finally:
                self.floods.charge(address, (time.process_time() - begun) / self._making)
                self._making -= 1

    def _asked(self, scope: Scope) -> Asked:
        headers: dict[bytes, bytes] = dict(scope["headers"])

        def get(name: bytes, default: str = "") -> str:
            return headers[name].decode("latin-1") if name in headers else default

        scheme = scope.get("scheme", "http")
        return Asked(
            scheme_of(get(b"x-forwarded-proto", scheme)) if self._cache.trusts_proxy else scheme,
            get(b"host"),
            scope["path"].encode().decode("latin-1"),  # as WSGI has it
            scope.get("query_string", b"").decode("latin-1"),
            get(b"accept-encoding"),
            get(b"if-none-match"),
            scope["method"] == "HEAD",
            b"cookie" in headers
            or b"authorization" in headers
            or (scope["path"][:5] == API and HTML in get(b"accept")),
        )

    async def _find(self, asked: Asked) -> Answer | None:
        """Look the page up; one look at the database, in a thread, serves all who wait for it."""
        is_proven = self._cache.is_current() or await self._proven()
        return self._cache.held(asked) if is_proven else None

    async def _render(
        self, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> Answer | None:
        """Let Django answer, and keep and return what it says is the same for everyone."""
        if self._cache.is_cut_off(scope["path"]):  # since others were answered first
            return GONE
        rendering = self._cache.begin(asked.key)
        catching = _Catching(asked, send)
        try:
            # Without the type of a body, in whose charset Django would read the query.
            headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            await self._application(
                {**scope, "headers": headers, MARK: rendering}, receive, catching
            )
            if catching.start is None:
                if catching.has_passed_on:  # else the reader went away
                    self._cache.pass_on(asked)
                return None
            said = _decoded(catching.start)
            return self._cache.keep(rendering, asked, said, b"".join(catching.body))
        finally:
            self._cache.end(rendering)


class _Coming:
    """Receives a body, until it is cut: then the client counts as gone."""

    arrival: Arrival

    def __init__(self, receive: Receive, leave: Callable[[], None]) -> None:
        self._receive, self._leave = receive, leave
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Timeout | None = None
        self._is_here = False

    def cut(self) -> None:
        """End the wait, from whichever thread."""
        self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self._waiting is not None:
            self._waiting.reschedule(self._loop.time())

    async def __call__(self) -> Message:
        if self._is_here:
            return await self._receive()
        if self.arrival.is_cut:
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout(None) as self._waiting:
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        finally:
            self._waiting = None
        self.arrival.received += len(message.get("body", b""))
        if not message.get("more_body"):
            self._is_here = True
            self._leave()
        return message


class _Catching:
    """Sends on what Django sends, but holds back an answer that is the same for everyone."""

    def __init__(self, asked: Asked, send: Send) -> None:
        self._asked = asked
        self.start: Message | None = None
        self.has_passed_on = False
        self.body: list[bytes] = []
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = _decoded(message)
            if is_kept(str(message["status"]), headers):
                self.start = message
                return
            passed = passed_headers(self._asked, str(message["status"]), headers)
            message = {**message, "headers": _encoded(passed)}
        if self.start is None:
            self.has_passed_on = True
            await self._send(message)
        else:
            self.body.append(message.get("body", b""))


def _address(scope: Scope) -> str:
    """Return whom to count, as `floods.asking` does for WSGI."""
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    client = scope.get("client") or ("", 0)
    said = {"REMOTE_ADDR": client[0]}
    if forwarded:
        said["HTTP_X_FORWARDED_FOR"] = b",".join(forwarded).decode("latin-1")
    return asking(said, settings.PROXIES)


def _decoded(message: Message) -> Headers:
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]


async def _give(answer: Answer, send: Send) -> None:
    start = {"type": "http.response.start", "status": int(answer.status[:3])}
    await send({**start, "headers": _encoded(answer.headers)})
    await send({"type": "http.response.body", "body": b"".join(answer.body)})
