"""Under ASGI, too, floods are refused, and what is kept is given to all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_django import Settings

from broadsheet.pagecache.asgi import ASGI, Message, Receive, Scope, Send
from broadsheet.pagecache.bodies import Bodies
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.counters import CROWDED, FLOODED
from broadsheet.pagecache.makers import PLACES
from broadsheet.pagecache.tags import HEADER
from tests.pagecache.test_bodies import Clock
from tests.pagecache.visitors import Hands


class Site:
    """The page cache under ASGI, before an application that answers when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.let.set()
        self.clock = Hands()
        self.cache = Cache(lambda: self.clock)
        self.asgi = ASGI(self._answer, self.cache)

    async def _answer(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await self.let.wait()
        headers = [(b"content-type", b"text/html"), (HEADER.lower().encode(), b"site")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"Hello."})

    async def get(self, path: str, address: str = "8.8.8.8") -> int:
        """Return the status of the answer."""
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path}
        scope["headers"] = [(b"host", b"example.org"), (b"x-forwarded-for", address.encode())]
        await self.asgi(scope, receive, send)
        assert [message["type"] for message in sent] == [
            "http.response.start",
            "http.response.body",
        ]
        return int(sent[0]["status"])


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings: Settings) -> None:
    settings.PROXIES = 1


def _run(visit: Callable[[Site], Awaitable[None]]) -> None:
    async def run() -> None:
        await visit(Site())

    asyncio.run(run())


def test_who_floods_is_told_so_but_still_gets_what_is_kept() -> None:
    async def visit(site: Site) -> None:
        assert await site.get("/kept") == 200
        site.asgi.floods.charge("8.8.8.8", 10)
        assert await site.get("/other") == 429
        assert await site.get("/kept") == 200
        assert await site.get("/other", "8.8.4.4") == 200
        assert site.cache.count[FLOODED] == 1

    _run(visit)


def test_while_too_many_wait_more_are_refused_but_not_for_what_is_kept() -> None:
    async def visit(site: Site) -> None:
        assert await site.get("/kept") == 200
        site.let.clear()
        waiting = [asyncio.create_task(site.get(f"/{number}")) for number in range(PLACES)]
        await asyncio.sleep(0.1)
        assert await site.get("/kept") == 200
        assert await site.get("/one-more") == 503
        site.let.set()
        assert set(await asyncio.gather(*waiting)) == {200}
        assert await site.get("/one-more") == 200
        assert site.cache.count[CROWDED] == 1

    _run(visit)


@pytest.mark.parametrize("lines", [[b"abc"], [b"a" * 100_000, b"abc"]])
def test_who_sends_a_body_slower_than_it_may_gets_408(lines: list[bytes]) -> None:
    async def read(_scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body to its end, as Django does."""
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] != "http.disconnect":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"Hello."})

    async def visit(site: Site) -> None:
        async def post(*, is_whole: bool) -> int:
            sent: list[Message] = []
            coming = list(lines)

            async def send(message: Message) -> None:
                sent.append(message)

            async def receive() -> Message:
                if coming:
                    more = bool(coming[1:]) or not is_whole
                    return {"type": "http.request", "body": coming.pop(0), "more_body": more}
                clock.time = 200
                site.asgi.bodies.cut_late()
                return await asyncio.Future()

            scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
            await site.asgi(scope, receive, send)
            return int(sent[0]["status"])

        clock = Clock()
        site.asgi = ASGI(read, site.cache)
        site.asgi.bodies = Bodies(clock)
        assert await post(is_whole=True) == 200
        assert await post(is_whole=False) == 408

    _run(visit)
