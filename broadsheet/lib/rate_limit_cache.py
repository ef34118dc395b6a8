"""Cache for rate limits: Redis, with a fallback to local memory while Redis is unavailable."""

import logging
import time
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

#: Seconds to wait for a response, and before the next attempt after a failure.
TIMEOUT, RETRY_DELAY = 1, 1


class FallbackRedisCache(BaseCache):
    """Redis with a local fallback. Without Redis no one is locked out; limits are less strict."""

    #: Time of the next attempt (time.monotonic), shared by all threads of the process.
    retry_at = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        """Connect to `server`, a redis:// or rediss:// URL."""
        super().__init__(params)
        options = {
            "socket_connect_timeout": TIMEOUT,
            "socket_timeout": TIMEOUT,
            "retry": Retry(NoBackoff(), 1),  # a connection can have ended since its last use
            **params.get("OPTIONS", {}),
        }
        self._redis = RedisCache(server, {**params, "OPTIONS": options})
        self._local = LocMemCache("limits", params)

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the Redis cache or, if Redis is unavailable, of the local one."""
        if time.monotonic() >= FallbackRedisCache.retry_at:
            try:
                return getattr(self._redis, name)(*args, **kwargs)
            except RedisError as error:  # also if it is full or read-only
                FallbackRedisCache.retry_at = time.monotonic() + RETRY_DELAY
                logger.warning("Redis is unavailable, so each process counts on its own: %s", error)
        return getattr(self._local, name)(*args, **kwargs)

    def answers(self) -> bool:
        """Return whether Redis accepts a write."""
        self.set("answers", 1, 60)
        return time.monotonic() >= FallbackRedisCache.retry_at

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Store a value if the key does not exist; return whether it was stored."""
        return bool(self._call("add", *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the value under a key, or the default."""
        return self._call("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Store a value under a key."""
        self._call("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        """Renew the expiry of a key; return whether it existed."""
        return bool(self._call("touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Delete a key; return whether it existed."""
        return bool(self._call("delete", *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        """Increment the number under a key and return it. Raises ValueError without the key."""
        return int(self._call("incr", *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether a key exists."""
        return bool(self._call("has_key", *args, **kwargs))

    def clear(self) -> None:
        """Delete all keys."""
        self._call("clear")
