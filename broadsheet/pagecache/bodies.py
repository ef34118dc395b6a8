"""The bodies of requests on their way: each is in time, and all together leave room for others."""

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.core.exceptions import SuspiciousOperation

from broadsheet.pagecache.makers import Full

#: How many bodies may be on their way in a process, how many more that were cut and have not ended
#: yet, and how many from one address.
BODIES, ENDING, EACH = 256, 128, 16
#: Seconds after which a body must have begun to come, and bytes a second that it must have come at
#: from then on; the bytes at a time in which that is counted.
GRACE, RATE, PIECE = 10, 1_000, 8_192
#: Seconds that any body may take, however many others come; and between two looks at what was cut.
SURE, PAUSE = 0.05, 0.05
#: Among how many of the oldest the slowest is looked for.
AMONG = 16
#: Seconds after a cut in which it is looked at as often.
SOON = 6


class TooManyError(Exception):
    """One address sends more bodies at a time than it may."""


class TruncatedBodyError(SuspiciousOperation):
    """A body that is not here in time, or whose client went away."""


class Arrival:
    """A body on its way. `cut` ends a read that waits for it."""

    __slots__ = ("_cut", "begun", "cut_at", "is_cut", "received")

    def __init__(self, begun: float, cut: Callable[[], object]) -> None:
        self.begun, self._cut = begun, cut
        self.received = 0
        self.is_cut = False
        self.cut_at = 0.0

    def cut(self, now: float) -> None:
        """End it."""
        self.is_cut, self.cut_at = True, now
        self._cut()

    def is_late(self, now: float) -> bool:
        """Whether it has come slower than it may."""
        return self.received + PIECE < (now - self.begun - GRACE) * RATE

    def rate(self, now: float) -> float:
        """Return how many bytes a second have come."""
        return self.received / (now - self.begun + SURE)


class ArrivingBody(io.RawIOBase):
    """The next `length` bytes of `source`, read a piece at a time.

    Raises TruncatedBodyError where they do not come.
    """

    def __init__(self, source: Any, length: int, arrival: Arrival) -> None:
        self._source, self._left, self._arrival = source, length, arrival

    def read(self, size: int | None = -1) -> bytes:
        """Return as many bytes as are asked for, or all that are left."""
        size = self._left if size is None or size < 0 else min(size, self._left)
        pieces: list[bytes] = []
        while size:
            piece = b"" if self._arrival.is_cut else self._source.read(min(size, PIECE))
            if not piece:
                raise TruncatedBodyError("The request body timed out.")
            self._left -= len(piece)
            self._arrival.received += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readable(self) -> bool:
        """Return True."""
        return True


class Bodies:
    """All bodies on their way to this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._arrivals: dict[Arrival, None] = {}  # in the order in which they began
        self._cut = 0  # how many of them were cut
        self._addresses: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._is_watched = False
        self._has_cut = threading.Event()
        #: Is told when arrivals were cut that have not ended since, where that takes more.
        self.hang_up: Callable[[list[float]], object] = len

    @contextmanager
    def arriving(self, address: str, cut: Callable[[], object]) -> Iterator[Arrival]:
        """Give the arrival of one more body, in this block.

        Where there are too many, the slowest of the oldest is cut. Raises Full where all have only
        just begun, and TooManyError where that many are from `address`.
        """
        arrival = Arrival(self._now(), cut)
        with self._lock:
            if address and self._addresses[address] >= EACH:
                raise TooManyError
            self._make_room()
            self._arrivals[arrival] = None
            self._addresses[address] += 1
            if not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name="bodies", daemon=True).start()
        try:
            yield arrival
        finally:
            with self._lock:
                del self._arrivals[arrival]
                self._cut -= arrival.is_cut
                self._addresses[address] -= 1
                if not self._addresses[address]:
                    del self._addresses[address]

    def cut_late(self) -> None:
        """Cut what has come too slowly."""
        now = self._now()
        with self._lock:
            late = [a for a in self._arrivals if not a.is_cut and a.is_late(now)]
            for arrival in late:
                self._end(arrival, now)

    def _make_room(self) -> None:
        if len(self._arrivals) - self._cut < BODIES:
            return
        if self._cut >= ENDING:
            raise Full
        now = self._now()
        coming = (a for a in self._arrivals if not a.is_cut and now - a.begun > SURE)
        oldest = list(islice(coming, AMONG))
        if not oldest:
            raise Full
        self._end(min(oldest, key=lambda a: a.rate(now)), now)
        self._has_cut.set()

    def _end(self, arrival: Arrival, now: float) -> None:
        self._cut += 1
        arrival.cut(now)

    def _watch(self) -> None:
        """Look every second, and after each cut, as long as any body is on its way."""
        while True:
            self._has_cut.wait(1)
            self._has_cut.clear()
            self.cut_late()
            time.sleep(PAUSE)
            with self._lock:
                if not self._arrivals:
                    self._is_watched = False
                    return
                ending = [a.cut_at for a in self._arrivals if a.is_cut]
            if ending:
                self.hang_up(ending)
                if max(ending) + SOON > self._now():
                    self._has_cut.set()
