"""Where limits are counted: in Redis and, while it is gone, in each process by itself."""

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

#: Seconds that an answer may take, and for which nobody asks again when there was none.
PATIENCE, PAUSE = 1, 1


class Redis(BaseCache):
    """Redis, without which nobody is locked out and guessing stays limited, if less strictly."""

    #: When Redis may be asked again (time.monotonic), for all threads of the process.
    _again_at = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        """Connect to `server`, an address that begins with redis:// or rediss://."""
        super().__init__(params)
        said = {
            "socket_connect_timeout": PATIENCE,
            "socket_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 1),  # a connection may have ended since it was last used
            **params.get("OPTIONS", {}),
        }
        self._redis = RedisCache(server, {**params, "OPTIONS": said})
        self._here = LocMemCache("limits", params)

    def _do(self, name: str, *said: Any, **more: Any) -> Any:
        """Do it in Redis or, if it is gone, here."""
        if time.monotonic() >= Redis._again_at:
            try:
                return getattr(self._redis, name)(*said, **more)
            except RedisError as error:  # also of one that is full, or takes no writes
                Redis._again_at = time.monotonic() + PAUSE
                logger.warning("Redis is gone, so each process counts by itself: %s", error)
        return getattr(self._here, name)(*said, **more)

    def answers(self) -> bool:
        """Write something to Redis; return whether it took it."""
        self.set("answers", 1, 60)
        return time.monotonic() >= Redis._again_at

    def add(self, *said: Any, **more: Any) -> bool:
        """Store a value under a key that is not there; return whether it was not."""
        return bool(self._do("add", *said, **more))

    def get(self, *said: Any, **more: Any) -> Any:
        """Return the value under a key, or the default."""
        return self._do("get", *said, **more)

    def set(self, *said: Any, **more: Any) -> None:
        """Store a value under a key."""
        self._do("set", *said, **more)

    def touch(self, *said: Any, **more: Any) -> bool:
        """Let a key live longer; return whether it was there."""
        return bool(self._do("touch", *said, **more))

    def delete(self, *said: Any, **more: Any) -> bool:
        """Delete a key; return whether it was there."""
        return bool(self._do("delete", *said, **more))

    def incr(self, *said: Any, **more: Any) -> int:
        """Add to the number under a key and return it. Raises ValueError where there is none."""
        return int(self._do("incr", *said, **more))

    def has_key(self, *said: Any, **more: Any) -> bool:
        """Return whether a key is there."""
        return bool(self._do("has_key", *said, **more))

    def clear(self) -> None:
        """Delete all keys."""
        self._do("clear")
