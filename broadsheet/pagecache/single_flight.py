"""Single flight: many callers share one run of a function. Also one lock per key."""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from weakref import WeakValueDictionary


class _Run:
    """One run of the function. Waiting callers pass its gate one after the other."""

    __slots__ = ("error", "gate")

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.gate = threading.Lock()
        self.gate.acquire()


class SingleFlight:
    """Coalesces calls of `work`: callers that wait share one run, which starts after their calls.

    Under load it runs less often than it is called, but never too early. A caller that has waited
    `timeout` seconds for the previous run to end (-1: forever) gives up.
    """

    def __init__(self, work: Callable[[], object], timeout: float = -1) -> None:
        self._work = work
        self._timeout = timeout
        self._guard, self._running = threading.Lock(), threading.Lock()
        self._next: _Run | None = None
        self._started = math.inf

    def is_overdue(self) -> bool:
        """Return whether the current run takes longer than `timeout`."""
        return self._timeout >= 0 and time.monotonic() - self._started > self._timeout

    def __call__(self) -> None:
        """Return after a run that began after this call.

        Raises the exception of that run, and TimeoutError if the previous one takes too long.
        """
        with self._guard:
            run = self._next
            if run is None:
                own_run = self._next = _Run()
        if run is None:
            self._execute(own_run)
            return
        with run.gate:  # the cheapest of all ways to wake many threads
            pass
        if run.error is not None:
            raise run.error

    def _execute(self, run: _Run) -> None:
        try:
            is_free = self._running.acquire(timeout=self._timeout)
            self._next = None  # later callers wait for another run
            if not is_free:
                raise TimeoutError("the previous run has not ended yet")
            self._started = time.monotonic()
            try:
                self._work()
            finally:
                self._started = math.inf
                self._running.release()
        except BaseException as error:
            run.error = error
            raise
        finally:
            run.gate.release()


class AsyncSingleFlight[T]:
    """SingleFlight for the tasks of an event loop; `work` runs in a thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._running = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Return or raise the outcome of a run that began after this call."""
        if self._next is None:
            self._next = asyncio.create_task(self._run())
        return await asyncio.shield(self._next)  # a cancelled caller does not cancel the others

    async def _run(self) -> T:
        async with self._running:
            self._next = None
            return await asyncio.to_thread(self._work)


class KeyedLocks:
    """One lock per key, which exists only while it is held or waited for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def get(self, key: str) -> threading.Lock:
        """Return the lock of `key`."""
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())
