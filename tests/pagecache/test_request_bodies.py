"""What clients send arrives in time or not at all, and keeps nobody else out."""

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
from tests.pagecache.visitors import Behind, Visitor


class Clock:
    """A time that a test tells."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


class Client:
    """Sends what a test lets it send, until it is cut off."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.come = threading.Event()
        self.is_cut = False

    def read(self, size: int) -> bytes:
        assert self.come.wait(60)
        return self.lines.pop(0)[:size] if self.lines else b""

    def cut(self) -> None:
        self.is_cut = True
        self.come.set()


def test_a_body_that_comes_slower_than_it_may_is_cut_and_one_that_is_quick_enough_is_not() -> None:
    clock = Clock()
    site = BodyLimiter(clock)
    silent, slow = Client(), Client()
    with site.limit("", silent.cut), site.limit("", slow.cut) as arrival:
        clock.time = request_bodies.GRACE_SECONDS
        site.abort_slow()
        assert not silent.is_cut
        for _ in range(60):
            clock.time += 1
            arrival.received += request_bodies.MIN_BYTES_PER_SECOND
            site.abort_slow()
        assert (silent.is_cut, slow.is_cut) == (True, False)


def test_where_there_are_too_many_the_slowest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "MAX_BODIES", 3)
    clock = Clock()
    site = BodyLimiter(clock)
    clients = [Client() for _ in range(5)]
    with ExitStack() as stack:
        arrivals = [stack.enter_context(site.limit("", c.cut)) for c in clients[:3]]
        with pytest.raises(PoolFullError):  # all have only just begun
            stack.enter_context(site.limit("", clients[3].cut))
        clock.time = 1
        arrivals[0].received = 1_000
        stack.enter_context(site.limit("", clients[3].cut))
        assert [c.is_cut for c in clients] == [False, True, False, False, False]


def test_one_address_sends_so_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "MAX_BODIES_PER_ADDRESS", 1)
    site = BodyLimiter()
    with ExitStack() as stack:
        for address in ("9.9.9.9", "8.8.8.8", "", ""):
            stack.enter_context(site.limit(address, bool))
        with pytest.raises(TooManyBodiesError):
            stack.enter_context(site.limit("9.9.9.9", bool))
    with site.limit("9.9.9.9", bool):
        pass


def test_a_body_is_read_as_from_any_file_and_is_whole_or_refused() -> None:
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
def test_who_sends_a_few_bytes_and_then_none_gets_408(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Whether the body is here before Django sees the request, or is read as Django goes."""
    clock = Clock()
    behind = Behind(tags="")
    visitor = Visitor(behind)
    visitor.wsgi.render_pool = RenderPool(1, slots=2)
    visitor.wsgi.bodies = BodyLimiter(clock)
    behind.meanwhile = lambda: len(behind.asked[-1]["wsgi.input"].read())
    client = Client()
    client.lines = [b"abc"]

    class Slow(Client):
        def read(self, size: int) -> bytes:
            assert size > 0
            if client.lines:
                return client.lines.pop(0)
            clock.time = 60
            visitor.wsgi.bodies.abort_slow()
            assert client.is_cut
            return b""

    sent: dict[str, Any] = {"wsgi.input": Slow(), "broadsheet.abort_body": client.cut}
    answer = visitor.get("/send", REQUEST_METHOD="POST", CONTENT_LENGTH=str(length), **sent)
    assert answer.status == 408
    assert visitor.get("/send", REQUEST_METHOD="POST").status == 200
