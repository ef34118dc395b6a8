"""Rate limits are counted in Redis; without it, each process counts them itself."""

import logging
from collections.abc import Iterator

import pytest

from broadsheet.lib import rate_limit_cache
from tests.ops.nodes.services import Redis


@pytest.fixture
def redis(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Redis]:
    """A Redis server, with a timeout so long that it is down only when it is stopped."""
    monkeypatch.setattr(rate_limit_cache, "TIMEOUT", 120)
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


def test_without_redis_each_process_counts_by_itself_until_it_is_back(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limit_cache.FallbackRedisCache, "retry_at", 0.0)
    monkeypatch.setattr(rate_limit_cache, "RETRY_DELAY", 0)
    caplog.set_level(logging.WARNING)
    cache = rate_limit_cache.FallbackRedisCache(f"redis://127.0.0.1:{redis.port}/0", {})
    cache.clear()
    assert cache.add("tries", 1, timeout=60)
    assert not cache.add("tries", 9, timeout=60)
    assert (cache.incr("tries", 2), cache.get("tries"), cache.has_key("tries")) == (3, 3, True)
    redis.stop()
    cache.clear()
    assert cache.get("tries") is None
    cache.set("tries", [1.5], timeout=60)
    assert cache.get("tries") == [1.5]
    assert cache.touch("tries", 60)
    assert "each process counts on its own" in caplog.text
    redis.start()
    assert cache.get("tries") is None, "Redis, now empty, is used again"
    cache.set("tries", 1)
    assert cache.delete("tries")


def test_a_server_that_is_down_is_not_tried_each_time(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limit_cache.FallbackRedisCache, "retry_at", 0.0)
    monkeypatch.setattr(rate_limit_cache, "RETRY_DELAY", 3_600)
    caplog.set_level(logging.WARNING)
    cache = rate_limit_cache.FallbackRedisCache(f"redis://127.0.0.1:{redis.port}/0", {})
    redis.stop()
    for _ in range(5):
        cache.get("tries")
    assert len(caplog.records) == 1
