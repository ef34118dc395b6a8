"""Under ASGI the same limits apply, and hits are served by the event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from broadsheet.pagecache import database_circuit_breaker
from broadsheet.pagecache.asgi import ASGI, Message
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.render_pool import SLOTS
from broadsheet.pagecache.request_bodies import BodyLimiter
from broadsheet.pagecache.stats import HITS, OVERLOADS, RATE_LIMITED
from broadsheet.pagecache.wsgi import WSGI
from tests.pagecache.test_database_circuit_breaker import DATABASE_IS_DOWN
from tests.pagecache.test_request_bodies import Clock
from tests.pagecache.visitors import FakeApplication, FakeTracker, Reply


class AsgiVisitor:
    """A client of the page cache under ASGI."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.tracker = FakeTracker()
        self.wsgi = WSGI(application, Cache(lambda: self.tracker))
        self.asgi = ASGI(self.wsgi)

    async def get(
        self,
        path: str = "/",
        address: str = "8.8.8.8",
        *,
        method: str = "GET",
        body: Iterable[bytes] = (),
        **headers: str,
    ) -> Reply:
        """Request a page; a body that is not complete never ends."""
        sent: list[Message] = []
        chunks = list(body)

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            if chunks:
                return {"type": "http.request", "body": chunks.pop(0), "more_body": True}
            self.on_silence()
            return await asyncio.Future()

        sent_headers = {"host": "example.org", "x-forwarded-for": address, **headers}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [
                (name.replace("_", "-").encode(), value.encode())
                for name, value in sent_headers.items()
            ],
        }
        await self.asgi(scope, receive, send)
        start, *parts = sent
        pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
        content = b"".join(part.get("body", b"") for part in parts)
        return Reply(start["status"], dict(pairs), content, pairs)

    def on_silence(self) -> None:
        """Called when the client sends no more."""


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings: Settings) -> None:
    settings.PROXIES = 1


def run(visit: Callable[[AsgiVisitor], Awaitable[None]], application: Callable[..., Any]) -> None:
    async def visit_site() -> None:
        await visit(AsgiVisitor(application))

    asyncio.run(visit_site())


def test_a_page_is_rendered_once_and_then_served_from_the_cache(
    application: FakeApplication,
) -> None:
    async def visit(visitor: AsgiVisitor) -> None:
        first, second = await visitor.get(), await visitor.get()
        assert first == second
        assert (first.status, first.body) == (200, application.body)
        etag = first.headers["etag"]
        assert (await visitor.get(if_none_match=etag)).status == 304
        head = await visitor.get(method="HEAD")
        assert (head.body, head.headers) == (b"", first.headers)
        compressed = await visitor.get(accept_encoding="br")
        assert compressed.headers["content-encoding"] == "br"
        visitor.tracker.invalidate("post:1")
        application.body = b"Changed."
        assert (await visitor.get()).body == b"Changed."
        assert len(application.requests) == 2
        assert visitor.wsgi.cache.count[HITS] == 4

    run(visit, application)


def test_a_header_with_an_underscore_cannot_replace_another() -> None:
    application = FakeApplication(tags="")

    async def visit(visitor: AsgiVisitor) -> None:
        message = {"type": "http.request"}

        async def receive() -> Message:
            return message

        async def send(_message: Message) -> None:
            pass

        headers = [(b"x_forwarded_for", b"8.8.8.8"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
        scope = {"type": "http", "method": "GET", "path": "/é", "headers": headers}
        await visitor.asgi(scope, receive, send)
        [environ] = application.requests
        assert "HTTP_X_FORWARDED_FOR" not in environ
        assert environ["HTTP_COOKIE"] == "a=1; b=2"
        assert environ["PATH_INFO"] == "/\xc3\xa9"

    run(visit, application)


def test_a_streamed_response_arrives_in_full_and_is_closed() -> None:
    closed: list[bool] = []

    class Stream:
        def __iter__(self) -> Iterator[bytes]:
            yield from (b"one ", b"two")

        def close(self) -> None:
            closed.append(True)

    def stream(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Stream:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Stream()

    async def visit(visitor: AsgiVisitor) -> None:
        assert (await visitor.get()).body == b"one two"
        assert closed == [True]

    run(visit, stream)


def test_a_client_over_its_limit_gets_429_but_still_gets_cached_pages(
    application: FakeApplication,
) -> None:
    async def visit(visitor: AsgiVisitor) -> None:
        assert (await visitor.get("/cached")).status == 200
        visitor.wsgi.rate_limiter.charge("8.8.8.8", 10)
        assert (await visitor.get("/other")).status == 429
        assert (await visitor.get("/cached")).status == 200
        assert (await visitor.get("/other", "8.8.4.4")).status == 200
        assert visitor.wsgi.cache.count[RATE_LIMITED] == 1

    run(visit, application)


def test_only_cached_pages_are_served_when_all_slots_are_in_use(
    application: FakeApplication,
) -> None:
    async def visit(visitor: AsgiVisitor) -> None:
        assert (await visitor.get("/cached")).status == 200
        released = threading.Event()
        application.on_request = lambda: released.wait(60)
        waiting = [asyncio.create_task(visitor.get(f"/{number}")) for number in range(SLOTS)]
        await asyncio.wait(waiting, timeout=0.01)  # lets them start
        assert (await visitor.get("/one-more")).status == 503
        assert (await visitor.get("/cached")).status == 200
        released.set()
        assert {reply.status for reply in await asyncio.gather(*waiting)} == {200}
        assert (await visitor.get("/one-more")).status == 200
        assert visitor.wsgi.cache.count[OVERLOADS] == 1

    run(visit, application)


@pytest.mark.parametrize("chunks", [[b"abc"], [b"a" * 100_000, b"abc"]])
def test_a_body_that_arrives_too_slowly_gets_408(chunks: list[bytes]) -> None:
    application = FakeApplication(tags="")

    async def visit(visitor: AsgiVisitor) -> None:
        clock = Clock()
        visitor.wsgi.bodies = BodyLimiter(clock)

        def stop() -> None:
            clock.time = 200
            visitor.wsgi.bodies.abort_slow()

        visitor.on_silence = stop  # type: ignore[method-assign]
        length = len(b"".join(chunks))
        post = {"method": "POST", "body": chunks}
        reply = await visitor.get(content_length=str(length), **post)  # type: ignore[arg-type]
        assert reply.status == 200
        reply = await visitor.get(content_length=str(length + 1), **post)  # type: ignore[arg-type]
        assert (reply.status, reply.headers["connection"]) == (408, "close")

    run(visit, application)


def test_stale_pages_and_files_are_served_while_the_database_is_down(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, application: FakeApplication
) -> None:
    monkeypatch.setattr(database_circuit_breaker, "NO_RESPONSE_SECONDS", 0)
    settings.STALE_IF_ERROR_SECONDS = 60

    async def visit(visitor: AsgiVisitor) -> None:
        await visitor.get("/")
        visitor.tracker.failing = DATABASE_IS_DOWN
        replies = [await visitor.get(path) for path in ("/", "/another", "/healthz")]
        assert [reply.status for reply in replies] == [200, 503, 200]

    run(visit, application)


@pytest.mark.parametrize(
    ("vary", "renders"),
    [("Accept", 2), ("*", 2), ("Accept-Encoding, Origin", 2), ("Accept-Encoding", 1)],
)
def test_a_response_that_varies_by_an_unknown_header_is_not_stored(
    application: FakeApplication, vary: str, renders: int
) -> None:
    application.headers.append(("Vary", vary))

    async def visit(visitor: AsgiVisitor) -> None:
        for language in ("en", "de"):
            reply = await visitor.get(accept_language=language)
            assert "surrogate-key" not in reply.headers
        assert len(application.requests) == renders

    run(visit, application)
