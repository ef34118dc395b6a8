"""Rate limit by CPU time: no IP address can use up the processor with cache misses."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from broadsheet.lib.client_ip import client_ip
from broadsheet.lib.process_pool import child_cpu_seconds

#: CPU seconds that an address can use in a burst.
BURST_SECONDS = 2.0
#: CPU seconds that a request is charged until it has ended.
RESERVED_SECONDS = 0.005
#: Maximum number of addresses in memory.
MAX_ADDRESSES = 10_000


class CpuRateLimiter:
    """Token bucket: each address can use `share` of a core, and BURST_SECONDS at once.

    With a share of 0, and for the address "", there is no limit.
    """

    def __init__(self, share: float, now: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._now = now
        self._usage: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def acquire(self, address: str) -> bool:
        """Return whether `address` may have a response rendered; if so, reserve CPU time."""
        if not address or not self._share:
            return True
        with self._lock:
            if self._level(address) >= BURST_SECONDS:
                return False
            self._add(address, RESERVED_SECONDS)
            return True

    def release(self, address: str) -> None:
        """Release the reserved time; the time that was really used has been charged."""
        self.charge(address, -RESERVED_SECONDS)

    def charge(self, address: str, seconds: float) -> None:
        """Add to the CPU time that `address` has used."""
        if address and self._share:
            with self._lock:
                self._add(address, seconds)

    def run[T](self, address: str, work: Callable[[], T]) -> T:
        """Call `work` and charge its CPU time, including that of child processes."""
        return self._charged(address, work, lambda: time.thread_time() + child_cpu_seconds())

    def run_charging_children[T](self, address: str, work: Callable[[], T]) -> T:
        """Call `work` and charge only the CPU time of child processes."""
        return self._charged(address, work, child_cpu_seconds)

    def _charged[T](self, address: str, work: Callable[[], T], clock: Callable[[], float]) -> T:
        start = clock()
        try:
            return work()
        finally:
            if seconds := clock() - start:
                self.charge(address, seconds)

    def _level(self, address: str) -> float:
        seconds, at = self._usage.get(address, (0.0, 0.0))
        return max(0.0, seconds - (self._now() - at) * self._share)

    def _add(self, address: str, seconds: float) -> None:
        self._usage[address] = max(0.0, self._level(address) + seconds), self._now()
        self._usage.move_to_end(address)
        if len(self._usage) > MAX_ADDRESSES:
            self._usage.popitem(last=False)


def rate_limit_key(environ: Mapping[str, Any], proxies: int) -> str:
    """Return the key of a WSGI request's client, as the outermost of our `proxies` saw it."""
    return address_key(client_ip(environ, proxies))


@lru_cache(maxsize=1_024)
def address_key(address: str) -> str:
    """Return the key of an IP address; empty for private addresses, which may be a proxy's.

    An IPv6 address counts by its first half: clients choose the second one.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.is_private or parsed.is_loopback:
        return ""
    return str(parsed) if parsed.version == 4 else parsed.exploded[:19]  # noqa: PLR2004
