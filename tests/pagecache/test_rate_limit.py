"""A single IP address cannot use up the processor, and cached pages are served to all."""

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
from tests.pagecache.visitors import FakeApplication, Visitor


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 5)), max_size=60))
def test_no_client_uses_more_than_its_share_and_burst(
    requests: list[tuple[float, float]],
) -> None:
    clock = Clock()
    limiter = CpuRateLimiter(0.2, clock)
    used = 0.0
    for seconds, pause in requests:
        clock.at += pause
        if limiter.acquire("a"):
            limiter.charge("a", seconds)
            limiter.release("a")
            used += seconds
        assert used <= BURST_SECONDS + 0.5 + 0.2 * clock.at + RESERVED_SECONDS


def test_a_flooding_client_is_rejected_while_others_are_served() -> None:
    clock = Clock()
    limiter = CpuRateLimiter(0.2, clock)
    accepted = 0
    while limiter.acquire("a"):
        limiter.charge("a", 0.01)
        limiter.release("a")
        accepted += 1
    assert accepted == pytest.approx(BURST_SECONDS / 0.01, abs=2)
    assert limiter.acquire("b")
    clock.at += 1
    assert limiter.acquire("a")


def test_the_number_of_tracked_addresses_is_limited() -> None:
    limiter = CpuRateLimiter(0.2)
    for number in range(MAX_ADDRESSES + 100):
        limiter.acquire(str(number))
    assert len(limiter._usage) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("address", "key"),
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
def test_clients_are_identified_by_public_address_or_ipv6_network(address: str, key: str) -> None:
    assert address_key(address) == key


def test_the_client_address_comes_from_the_trusted_proxies() -> None:
    environ = {"REMOTE_ADDR": "9.9.9.9", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 8.8.8.8,8.8.4.4"}
    assert [rate_limit_key(environ, n) for n in range(5)] == [
        "9.9.9.9",
        "8.8.4.4",
        "8.8.8.8",
        "1.1.1.1",
        "",
    ]


def test_a_flooding_client_gets_429_but_still_gets_cached_pages(settings: Settings) -> None:
    settings.PROXIES = 1
    application = FakeApplication()
    visitor = Visitor(application)
    headers = {"HTTP_X_FORWARDED_FOR": "8.8.8.8"}
    visitor.get("/kept", **headers)
    visitor.wsgi.rate_limiter.charge("8.8.8.8", 10)
    before = len(application.requests)
    response = visitor.get("/other", **headers)
    assert (response.status, response.headers["retry-after"]) == (429, "60")
    assert response.headers["cache-control"] == "no-store"
    assert visitor.get("/kept", **headers).status == 200
    assert len(application.requests) == before
    assert visitor.get("/other", HTTP_X_FORWARDED_FOR="8.8.4.4").status == 200
    assert visitor.get("/more").status == 200


def test_the_limit_can_be_disabled(settings: Settings) -> None:
    settings.IP_CPU_SHARE = 0
    visitor = Visitor(FakeApplication(tags=""))
    assert visitor.get("/", REMOTE_ADDR="8.8.8.8").status == 200
