"""Limits for request bodies while they arrive: a minimum speed, and how many at a time."""

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.core.exceptions import SuspiciousOperation

from broadsheet.pagecache.render_pool import SLOTS, UPLOAD_SLOTS, PoolFullError

#: Bodies that can arrive in a process at a time, aborted ones that have not ended yet, and bodies
#: from one IP address.
MAX_BODIES, MAX_ABORTED, MAX_BODIES_PER_ADDRESS = 256, 128, 16
#: Threads per process: a few more than can wait for a render slot or a request body, so that one is
#: always free to reject a request.
THREADS = SLOTS + UPLOAD_SLOTS + MAX_BODIES + MAX_ABORTED + 4
#: Seconds before the minimum speed applies, and that speed in bytes a second.
GRACE_SECONDS, MIN_BYTES_PER_SECOND = 10, 1_000
#: Bytes per read.
_CHUNK = 8_192
#: Seconds before a body may be aborted for others, and seconds between two checks after an abort.
_MIN_SECONDS, _CHECK_PAUSE = 0.05, 0.05
#: Number of the oldest bodies among which the slowest is aborted.
_CANDIDATES = 16
#: Seconds after an abort in which checks are as frequent.
_FREQUENT_CHECK_SECONDS = 6


class TooManyBodiesError(Exception):
    """One address sends more bodies at a time than allowed."""


class TruncatedBodyError(SuspiciousOperation):
    """A body that arrives too slowly, or whose client left."""


class ArrivingBody:
    """A body that is arriving. `abort` ends a read that waits for it."""

    __slots__ = ("_abort", "aborted_at", "is_aborted", "received", "started")

    def __init__(self, started: float, abort: Callable[[], object]) -> None:
        self.started, self._abort = started, abort
        self.received = 0
        self.is_aborted = False
        self.aborted_at = 0.0

    def abort(self, now: float) -> None:
        """End the body, and a read that waits for it."""
        self.is_aborted, self.aborted_at = True, now
        self._abort()

    def is_too_slow(self, now: float) -> bool:
        """Return whether the body arrives more slowly than allowed."""
        allowed = (now - self.started - GRACE_SECONDS) * MIN_BYTES_PER_SECOND
        return self.received + _CHUNK < allowed

    def speed(self, now: float) -> float:
        """Return the bytes per second so far."""
        return self.received / (now - self.started + _MIN_SECONDS)


class BodyReader(io.RawIOBase):
    """The next `length` bytes of `source`, read in chunks.

    Raises TruncatedBodyError if they do not arrive.
    """

    def __init__(self, source: Any, length: int, body: ArrivingBody) -> None:
        self._source, self._left, self._body = source, length, body

    def read(self, size: int | None = -1) -> bytes:
        """Return `size` bytes, or all that are left."""
        size = self._left if size is None or size < 0 else min(size, self._left)
        chunks: list[bytes] = []
        while size:
            chunk = b"" if self._body.is_aborted else self._source.read(min(size, _CHUNK))
            if not chunk:
                raise TruncatedBodyError("The request body timed out.")
            self._left -= len(chunk)
            self._body.received += len(chunk)
            size -= len(chunk)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def readable(self) -> bool:
        """Return True."""
        return True


class BodyLimiter:
    """All bodies that are arriving in this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._bodies: dict[ArrivingBody, None] = {}  # oldest first
        self._aborted = 0  # how many of them were aborted
        self._per_address: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._is_watching = False
        self._has_aborted = threading.Event()
        #: Called with the times of aborts after which the body has not ended by itself.
        self.close_connections: Callable[[list[float]], object] = len

    @contextmanager
    def limit(self, address: str, abort: Callable[[], object]) -> Iterator[ArrivingBody]:
        """Count a body that arrives during the block; if there are too many, abort a slow one.

        Raises PoolFullError if all bodies have just begun, and TooManyBodiesError if `address`
        sends too many.
        """
        body = ArrivingBody(self._now(), abort)
        with self._lock:
            if address and self._per_address[address] >= MAX_BODIES_PER_ADDRESS:
                raise TooManyBodiesError
            self._make_room()
            self._bodies[body] = None
            self._per_address[address] += 1
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._watch, name="bodies", daemon=True).start()
        try:
            yield body
        finally:
            with self._lock:
                del self._bodies[body]
                self._aborted -= body.is_aborted
                self._per_address[address] -= 1
                if not self._per_address[address]:
                    del self._per_address[address]

    def abort_slow(self) -> None:
        """Abort bodies that arrive too slowly."""
        now = self._now()
        with self._lock:
            slow = [b for b in self._bodies if not b.is_aborted and b.is_too_slow(now)]
            for body in slow:
                self._abort(body, now)

    def _make_room(self) -> None:
        if len(self._bodies) - self._aborted < MAX_BODIES:
            return
        if self._aborted >= MAX_ABORTED:
            raise PoolFullError
        now = self._now()
        active = (b for b in self._bodies if not b.is_aborted and now - b.started > _MIN_SECONDS)
        oldest = list(islice(active, _CANDIDATES))
        if not oldest:
            raise PoolFullError
        self._abort(min(oldest, key=lambda body: body.speed(now)), now)
        self._has_aborted.set()

    def _abort(self, body: ArrivingBody, now: float) -> None:
        self._aborted += 1
        body.abort(now)

    def _watch(self) -> None:
        """Check every second, and more often after an abort, while any body is arriving."""
        while True:
            self._has_aborted.wait(1)
            self._has_aborted.clear()
            self.abort_slow()
            time.sleep(_CHECK_PAUSE)
            with self._lock:
                if not self._bodies:
                    self._is_watching = False
                    return
                times = [b.aborted_at for b in self._bodies if b.is_aborted]
            if times:
                self.close_connections(times)
                if max(times) + _FREQUENT_CHECK_SECONDS > self._now():
                    self._has_aborted.set()
