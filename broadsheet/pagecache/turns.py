"""Work that several threads want at once and one does for all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Together:
    """Runs `work` so that every caller's run began after the call; one run serves all who waited.

    So under load the work is done less often than it is asked for, and never too early.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._turn = threading.Condition()
        self._begun = self._done = 0
        self._failed: tuple[int, Exception] | None = None

    def __call__(self) -> None:
        """Return once a run is done that began after this call. Raises what that run raised."""
        with self._turn:
            mine = self._begun + 1
            while self._done < mine and self._begun > self._done:
                self._turn.wait()
            if self._done >= mine:
                if self._failed is not None and self._failed[0] >= mine:
                    raise self._failed[1]
                return
            self._begun = mine = self._begun + 1
        failed = None
        try:
            self._work()
        except Exception as error:
            failed = error
            raise
        finally:
            with self._turn:
                self._failed = (mine, failed) if failed else None
                self._done = mine
                self._turn.notify_all()


class Turns:
    """One at a time for each key."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Hold the key's turn."""
        with self._guard:
            lock, waiting = self._held.get(key, (threading.Lock(), 0))
            self._held[key] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, waiting = self._held[key]
                if waiting > 1:
                    self._held[key] = lock, waiting - 1
                else:
                    del self._held[key]
