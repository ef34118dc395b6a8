"""Request bodies must arrive in time, and do not block other clients."""

import io
import threading
from contextlib import ExitStack
from typing import Any

import pytest

from broadsheet.pagecache import request_bodies
from broadsheet.pagecache.render_pool import PoolFullError, RenderPool
from broadsheet.pagecache.request_bodies import (
    BodyLimiter,
    BodyReader,
    TooManyBodiesError,
    TruncatedBodyError,
)
from tests.pagecache.visitors import FakeApplication, Visitor


class Clock:
    """A clock that tests set."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


class Client:
    """A client that sends what a test allows, until its request is aborted."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.may_send = threading.Event()
        self.is_aborted = False

    def read(self, size: int) -> bytes:
        assert self.may_send.wait(60)
        return self.chunks.pop(0)[:size] if self.chunks else b""

    def abort(self) -> None:
        self.is_aborted = True
        self.may_send.set()


def test_only_bodies_slower_than_the_limit_are_aborted() -> None:
    clock = Clock()
    limiter = BodyLimiter(clock)
    silent, slow = Client(), Client()
    with limiter.limit("", silent.abort), limiter.limit("", slow.abort) as arrival:
        clock.time = request_bodies.GRACE_SECONDS
        limiter.abort_slow()
        assert not silent.is_aborted
        for _ in range(60):
            clock.time += 1
            arrival.received += request_bodies.MIN_BYTES_PER_SECOND
            limiter.abort_slow()
        assert (silent.is_aborted, slow.is_aborted) == (True, False)


def test_the_slowest_body_is_aborted_if_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "MAX_BODIES", 3)
    clock = Clock()
    limiter = BodyLimiter(clock)
    clients = [Client() for _ in range(5)]
    with ExitStack() as stack:
        arrivals = [stack.enter_context(limiter.limit("", c.abort)) for c in clients[:3]]
        with pytest.raises(PoolFullError):  # all of them have only just started
            stack.enter_context(limiter.limit("", clients[3].abort))
        clock.time = 1
        arrivals[0].received = 1_000
        stack.enter_context(limiter.limit("", clients[3].abort))
        assert [c.is_aborted for c in clients] == [False, True, False, False, False]


def test_the_number_of_concurrent_bodies_per_address_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_bodies, "MAX_BODIES_PER_ADDRESS", 1)
    limiter = BodyLimiter()
    with ExitStack() as stack:
        for address in ("9.9.9.9", "8.8.8.8", "", ""):
            stack.enter_context(limiter.limit(address, bool))
        with pytest.raises(TooManyBodiesError):
            stack.enter_context(limiter.limit("9.9.9.9", bool))
    with limiter.limit("9.9.9.9", bool):
        pass


def test_a_body_is_read_like_a_file_and_a_truncated_one_is_rejected() -> None:
    with BodyLimiter().limit("", bool) as arrival:
        body = BodyReader(io.BytesIO(b"a" * 20_000 + b"another request"), 20_000, arrival)
        assert body.read(10) == b"a" * 10
        assert body.read(15_000) == b"a" * 15_000
        assert len(body.read()) == 4_990
        assert body.read() == body.read(5) == b""
        assert arrival.received == 20_000
        with pytest.raises(TruncatedBodyError):
            BodyReader(io.BytesIO(b"a"), 2, arrival).read()


@pytest.mark.parametrize("length", [100_000, 8_000_000])
def test_a_client_that_stops_sending_gets_408(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """Both if the body is read before Django sees the request and if Django reads it."""
    clock = Clock()
    application = FakeApplication(tags="")
    visitor = Visitor(application)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)
    visitor.wsgi.bodies = BodyLimiter(clock)
    application.on_request = lambda: len(application.requests[-1]["wsgi.input"].read())
    client = Client()
    client.chunks = [b"abc"]

    class Slow(Client):
        def read(self, size: int) -> bytes:
            assert size > 0
            if client.chunks:
                return client.chunks.pop(0)
            clock.time = 60
            visitor.wsgi.bodies.abort_slow()
            assert client.is_aborted
            return b""

    sent: dict[str, Any] = {"wsgi.input": Slow(), "broadsheet.abort_body": client.abort}
    response = visitor.get("/send", REQUEST_METHOD="POST", CONTENT_LENGTH=str(length), **sent)
    assert response.status == 408
    assert visitor.get("/send", REQUEST_METHOD="POST").status == 200
