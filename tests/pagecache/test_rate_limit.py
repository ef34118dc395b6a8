"""One address cannot use up the processor, and what is kept is given to all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from broadsheet.pagecache.rate_limit import (
    BURST_SECONDS,
    MAX_ADDRESSES,
    RESERVED_SECONDS,
    CpuRateLimiter,
    address_key,
    rate_limit_key,
)
from tests.pagecache.visitors import Behind, Visitor


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 5)), max_size=60))
def test_nobody_uses_more_than_the_share_and_what_was_saved(
    asks: list[tuple[float, float]],
) -> None:
    clock = Clock()
    limiter = CpuRateLimiter(0.2, clock)
    used = 0.0
    for took, pause in asks:
        clock.at += pause
        if limiter.acquire("a"):
            limiter.charge("a", took)
            limiter.release("a")
            used += took
        assert used <= BURST_SECONDS + 0.5 + 0.2 * clock.at + RESERVED_SECONDS


def test_a_flood_is_refused_while_others_are_served() -> None:
    clock = Clock()
    limiter = CpuRateLimiter(0.2, clock)
    answered = 0
    while limiter.acquire("a"):
        limiter.charge("a", 0.01)
        limiter.release("a")
        answered += 1
    assert answered == pytest.approx(BURST_SECONDS / 0.01, abs=2)
    assert limiter.acquire("b")
    clock.at += 1
    assert limiter.acquire("a")


def test_addresses_without_number_are_forgotten() -> None:
    limiter = CpuRateLimiter(0.2)
    for number in range(MAX_ADDRESSES + 100):
        limiter.acquire(str(number))
    assert len(limiter._usage) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2600:1:2:3:4:5:6:7", "2600:0001:0002:0003"),
        ("2600:1:2:3::1", "2600:0001:0002:0003"),
        ("127.0.0.1", ""),
        ("172.18.0.1", ""),
        ("::1", ""),
        ("fd00::1", ""),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_who_is_counted(address: str, whom: str) -> None:
    assert address_key(address) == whom


def test_proxies_say_who_asks() -> None:
    environ = {"REMOTE_ADDR": "9.9.9.9", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 8.8.8.8,8.8.4.4"}
    assert [rate_limit_key(environ, n) for n in range(5)] == [
        "9.9.9.9",
        "8.8.4.4",
        "8.8.8.8",
        "1.1.1.1",
        "",
    ]


def test_who_floods_is_told_so_but_still_gets_what_is_kept(settings: Settings) -> None:
    settings.PROXIES = 1
    behind = Behind()
    visitor = Visitor(behind)
    far = {"HTTP_X_FORWARDED_FOR": "8.8.8.8"}
    visitor.get("/kept", **far)
    visitor.wsgi.rate_limiter.charge("8.8.8.8", 10)
    asked = len(behind.asked)
    refused = visitor.get("/other", **far)
    assert (refused.status, refused.headers["retry-after"]) == (429, "60")
    assert refused.headers["cache-control"] == "no-store"
    assert visitor.get("/kept", **far).status == 200
    assert len(behind.asked) == asked
    assert visitor.get("/other", HTTP_X_FORWARDED_FOR="8.8.4.4").status == 200
    assert visitor.get("/more").status == 200


def test_the_limit_may_be_lifted(settings: Settings) -> None:
    settings.ADDRESS_SHARE = 0
    visitor = Visitor(Behind(tags=""))
    assert visitor.get("/", REMOTE_ADDR="8.8.8.8").status == 200
