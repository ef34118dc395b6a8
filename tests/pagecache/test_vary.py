"""A response that varies by a header that the cache does not understand is not stored."""

import asyncio

import pytest

from broadsheet.pagecache.asgi import ASGI, Message, Receive, Scope, Send
from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.tags import HEADER
from tests.pagecache.visitors import Behind, Hands, Visitor

UNKNOWN = ["Accept", "accept-language", "User-Agent", "*", "Accept-Encoding, Origin", "Cookie, DPR"]


@pytest.mark.parametrize("vary", UNKNOWN)
def test_a_response_that_varies_by_an_unknown_header_is_not_stored(
    visitor: Visitor, behind: Behind, vary: str
) -> None:
    behind.headers.append(("Vary", vary))
    for language in ("en", "de"):
        behind.body = language.encode()
        reply = visitor.get(HTTP_ACCEPT_LANGUAGE=language)
        assert (reply.body, reply.headers["vary"]) == (language.encode(), vary)
        assert HEADER.lower() not in reply.headers
    assert len(behind.asked) == 2
    assert visitor.counts()["passed"] == 2


def test_every_vary_header_of_a_response_counts(visitor: Visitor, behind: Behind) -> None:
    behind.headers += [("Vary", "Cookie"), ("Vary", "Accept-Encoding")]
    behind.body = b"public"
    visitor.get()
    behind.body = b"private"
    assert visitor.get(HTTP_COOKIE="a=b").body == b"private"
    assert visitor.get().body == b"public"
    behind.headers.append(("Vary", "Accept"))
    for _ in range(2):
        assert visitor.get("/other").body == b"private"
    assert len(behind.asked) == 4


@pytest.mark.parametrize(("vary", "renders"), [*((v, 2) for v in UNKNOWN), ("Accept-Encoding", 1)])
def test_it_is_not_stored_under_asgi_either(vary: str, renders: int) -> None:
    languages: list[bytes] = []

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        languages.append(dict(scope["headers"])[b"accept-language"])
        headers = [
            (b"content-type", b"text/html"),
            (b"vary", vary.encode()),
            (HEADER.lower().encode(), b"site"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": languages[-1]})

    async def read(asgi: ASGI, language: bytes) -> bytes:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        headers = [(b"host", b"example.org"), (b"accept-language", language)]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await asgi(scope, receive, send)
        assert HEADER.lower().encode() not in dict(sent[0]["headers"])
        return b"".join(message.get("body", b"") for message in sent[1:])

    async def run() -> list[bytes]:
        clock = Hands()
        asgi = ASGI(answer, Cache(lambda: clock))
        return [await read(asgi, language) for language in (b"en", b"de")]

    bodies = asyncio.run(run())
    assert len(languages) == renders
    assert bodies == (languages if renders > 1 else [b"en", b"en"])
