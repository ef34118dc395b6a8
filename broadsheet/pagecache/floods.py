"""How much of the processor each address uses for what is not kept, so that none can use it up."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from broadsheet.lib.client_ip import client_ip
from broadsheet.lib.process_pool import child_cpu_seconds

#: Seconds of the processor that an address may use at once, and about what an answer takes.
SAVED, ABOUT = 2.0, 0.005
#: How many addresses are remembered.
REMEMBERED = 10_000


class Floods:
    """Lets each address use `share` of a core for long, and SAVED seconds of it at once.

    Where it is 0, and for the address "", there is no limit.
    """

    def __init__(self, share: float, now: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._now = now
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def admits(self, address: str) -> bool:
        """Return whether `address` may have an answer made now; if so, it is counted as about."""
        if not address or not self._share:
            return True
        with self._lock:
            if self._level(address) >= SAVED:
                return False
            self._add(address, ABOUT)
            return True

    def leave(self, address: str) -> None:
        """Take back what was counted as about, when what it really took is charged."""
        self.charge(address, -ABOUT)

    def charge(self, address: str, seconds: float) -> None:
        """Count what `address` used."""
        if address and self._share:
            with self._lock:
                self._add(address, seconds)

    def charged[T](self, address: str, work: Callable[[], T]) -> T:
        """Return what `work` returns, at the cost of `address`."""
        return self._charged(address, work, lambda: time.thread_time() + child_cpu_seconds())

    def charged_for_children[T](self, address: str, work: Callable[[], T]) -> T:
        """Do the same, at the cost of what child processes do alone."""
        return self._charged(address, work, child_cpu_seconds)

    def _charged[T](self, address: str, work: Callable[[], T], seconds: Callable[[], float]) -> T:
        begun = seconds()
        try:
            return work()
        finally:
            if used := seconds() - begun:
                self.charge(address, used)

    def _level(self, address: str) -> float:
        used, at = self._used.get(address, (0.0, 0.0))
        return max(0.0, used - (self._now() - at) * self._share)

    def _add(self, address: str, seconds: float) -> None:
        self._used[address] = max(0.0, self._level(address) + seconds), self._now()
        self._used.move_to_end(address)
        if len(self._used) > REMEMBERED:
            self._used.popitem(last=False)


def asking(environ: Mapping[str, Any], proxies: int) -> str:
    """Return whom to count for a WSGI request, as the outermost of our `proxies` saw it."""
    return stranger(client_ip(environ, proxies))


@lru_cache(maxsize=1_024)
def stranger(address: str) -> str:
    """Return whom to count for `address`: nobody for a machine near by, which may be a proxy.

    Of an IPv6 address the first half counts: the other one is its owner's to choose.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.is_private or parsed.is_loopback:
        return ""
    return str(parsed) if parsed.version == 4 else parsed.exploded[:19]  # noqa: PLR2004
