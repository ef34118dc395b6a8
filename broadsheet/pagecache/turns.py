"""Work that several threads want at once and one does for all."""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from weakref import WeakValueDictionary


class _Run:
    """One doing of the work. Who waits for it passes its gate, one after the other."""

    __slots__ = ("error", "gate")

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.gate = threading.Lock()
        self.gate.acquire()


class Together:
    """Runs `work` so that every caller's run began after the call; one run serves all who waited.

    So under load the work is done less often than it is asked for, and never too early. Who has
    waited `patience` seconds for the run before to end (-1: for ever) waits no longer.
    """

    def __init__(self, work: Callable[[], object], patience: float = -1) -> None:
        self._work = work
        self._patience = patience
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._next: _Run | None = None
        self._began = math.inf

    def is_overdue(self) -> bool:
        """Return whether the run under way takes longer than anybody waits for it to end."""
        return self._patience >= 0 and time.monotonic() - self._began > self._patience

    def __call__(self) -> None:
        """Return once a run is done that began after this call.

        Raises what that run raised, and TimeoutError where the one before takes too long.
        """
        with self._guard:
            run = self._next
            if run is None:
                mine = self._next = _Run()
        if run is None:
            self._do(mine)
            return
        with run.gate:  # of all ways to wake many threads the one with the least work
            pass
        if run.error is not None:
            raise run.error

    def _do(self, run: _Run) -> None:
        try:
            is_free = self._turn.acquire(timeout=self._patience)
            self._next = None  # who comes from now on waits for another
            if not is_free:
                raise TimeoutError("what was asked before is not answered yet")
            self._began = time.monotonic()
            try:
                self._work()
            finally:
                self._began = math.inf
                self._turn.release()
        except BaseException as error:
            run.error = error
            raise
        finally:
            run.gate.release()


class TogetherAsync[T]:
    """As `Together`, for the tasks of an event loop; `work` is done in a thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Return what a run returned, or raise what it raised, that began after this call."""
        if self._next is None:
            self._next = asyncio.create_task(self._run())
        return await asyncio.shield(self._next)  # who goes away does not take the others along

    async def _run(self) -> T:
        async with self._turn:
            self._next = None
            return await asyncio.to_thread(self._work)


class Turns[Lock]:
    """A lock for each key, for as long as anybody holds it or waits for it."""

    def __init__(self, lock: Callable[[], Lock]) -> None:
        self._lock = lock
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def of(self, key: str) -> Lock:
        """Return the key's lock."""
        with self._guard:
            return self._locks.setdefault(key, self._lock())
