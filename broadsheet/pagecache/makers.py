"""The few threads that make what is not kept, so that others are always free for what is."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

#: How many requests at a time may wait for an answer to be made.
PLACES = 124
#: Seconds that one answer may take alone. Two at once take turns on the processor and are no
#: faster, and between two a third, who reads what is kept, comes late.
ALONE = 0.005


class Full(Exception):
    """So many requests wait to be made that more would keep out who reads what is kept."""


class Places:
    """So many requests at a time may be inside."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def __enter__(self) -> None:
        """Take a place. Raises Full where there is none."""
        if not self._free.acquire(blocking=False):
            raise Full

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Give the place to the next."""
        self._free.release()


class Anyone:
    """Makes an answer in the thread that asks: how many there are is the server's business."""

    places: AbstractContextManager[None] = nullcontext()
    senders: AbstractContextManager[None] = nullcontext()

    def make[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        return work()


class Makers(Anyone):
    """Makes answers in `threads` of its own.

    At most `places` requests at a time may wait for that; half of them may be such as send
    something, which take as long as their clients like.
    """

    def __init__(self, threads: int, places: int) -> None:
        self.places = Places(places)
        self.senders = Places(places // 2)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="maker")
        self._turn = threading.Lock()

    def make[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        return self._pool.submit(self._make, work).result()

    def _make[T](self, work: Callable[[], T]) -> T:
        """Do it when nothing else is done, or when that takes long."""
        has_turn = self._turn.acquire(timeout=ALONE)
        try:
            return work()
        finally:
            if has_turn:
                self._turn.release()
