"""The few threads that make what is not kept, so that others are always free for what is."""

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from django.db import connections

from broadsheet.lib.process_pool import while_waiting

#: How many requests at a time may wait for an answer to be made, and how many with bodies too
#: large to be here before that.
PLACES, UPLOADS = 124, 8
#: Bytes of a body from which on it is an image or a long text, which take longer than others.
LARGE = 32_000
#: Seconds that one answer may take alone. Two at once take turns on the processor and are no
#: faster, and between two a third, who reads what is kept, comes late.
ALONE = 0.005
#: How much they stand back where there is more to compute than processors: what is kept is given
#: first. It counts within this site's own processes, as each service is scheduled by itself.
YIELD = 10


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
    uploads: AbstractContextManager[None] = nullcontext()

    def make[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        return work()

    def send[T](self, work: Callable[[], T], length: int) -> T:  # noqa: ARG002 - see Makers
        """Do the same for a request that sends so many bytes."""
        return work()


class Job[T]:
    """Work that one thread hands to another: half of what a Future costs, which can do more."""

    __slots__ = ("_done", "_error", "_result", "_work")
    _result: T

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def do(self) -> None:
        """Do the work, and let whoever waits for it go on."""
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._done.release()

    def result(self) -> T:
        """Return what the work returned, or raise what it raised, once it is done."""
        self._done.acquire()
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # whose traceback refers to this


class Makers(Anyone):
    """Makes answers in threads of its own: `threads` for who reads, and as many for who sends.

    One more is for who sends much: a login or a short text waits for no image. Who writes may wait
    for other writers, for as long as a database is locked. At most `places` requests at a time may
    wait; half of them may be such as send something.
    """

    def __init__(self, threads: int, places: int) -> None:
        self.places = Places(places)
        self.senders = Places(places // 2)
        self.uploads = Places(UPLOADS)
        turn = threading.Lock()
        self._reading = _Lane("maker", threads, turn)
        self._sending = _Lane("sender", threads, turn)
        self._uploading = _Lane("uploader", 1, turn)

    def make[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        return self._reading.make(work)

    def send[T](self, work: Callable[[], T], length: int) -> T:
        """Do the same for a request that sends so many bytes."""
        return (self._sending if length <= LARGE else self._uploading).make(work)


class _Lane:
    """Some threads, and what waits for them. For one that waits for a child there is a spare."""

    def __init__(self, name: str, threads: int, turn: threading.Lock) -> None:
        self._turn = turn
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._name, self._numbers = name, itertools.count()
        for _ in range(threads):
            self._start()

    def make[T](self, work: Callable[[], T]) -> T:
        job = Job(work)
        self._jobs.put(job)
        return job.result()

    def _start(self) -> None:
        name = f"{self._name}-{next(self._numbers)}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        """Do each job when nothing else is done, or when that takes long."""
        _stand_back()
        while (job := self._jobs.get()) is not None:
            turn = _Turn(self._turn)
            try:
                with while_waiting(partial(self._aside, turn)):
                    job.do()
            finally:
                turn.end()
            del job  # what it returned is not held until the next one
        connections.close_all()

    @contextmanager
    def _aside(self, turn: "_Turn") -> Iterator[None]:
        """Let another thread do the next job meanwhile; afterwards there is one less."""
        turn.end()
        self._start()
        try:
            yield
        finally:
            self._jobs.put(None)


class _Turn:
    """Alone at work, where that does not take long to get."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._has_it = lock.acquire(timeout=ALONE)

    def end(self) -> None:
        """Let the next one begin."""
        if self._has_it:
            self._has_it = False
            self._lock.release()


def _stand_back() -> None:
    """Lower the priority of this thread, where the system has one for each."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), YIELD)
