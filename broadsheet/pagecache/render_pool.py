"""Bounded thread pool for cache misses; keeps the remaining threads free for hits."""

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

#: Requests that can be rendered or wait for it at a time, and requests with bodies that are too
#: large to be read before that.
SLOTS, UPLOAD_SLOTS = 124, 8
#: Minimum size in bytes of bodies with an image or a long text, which take longer than others.
LARGE_BODY = 32_000
#: Seconds for which a response is rendered alone. Two at once share the interpreter, are no faster,
#: and delay hits.
EXCLUSIVE_SECONDS = 0.005
#: Niceness of render threads: if all processors are busy, hits go first. It counts among this
#: site's processes only, because each service is scheduled by itself.
RENDER_NICENESS = 10


class PoolFullError(Exception):
    """All slots are taken: more waiting requests would delay hits."""


class Slots:
    """Context manager that at most `count` threads can enter at a time."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def __enter__(self) -> None:
        """Take a slot. Raises PoolFullError if there is none."""
        if not self._free.acquire(blocking=False):
            raise PoolFullError

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free the slot."""
        self._free.release()


class InlineExecutor:
    """Renders in the calling thread: the server decides how many there are."""

    slots: AbstractContextManager[None] = nullcontext()
    write_slots: AbstractContextManager[None] = nullcontext()
    upload_slots: AbstractContextManager[None] = nullcontext()

    def run[T](self, work: Callable[[], T]) -> T:
        """Return or raise the outcome of `work`."""
        return work()

    def run_write[T](self, work: Callable[[], T], length: int) -> T:  # noqa: ARG002 - see RenderPool
        """Do the same for a request with a body of `length` bytes."""
        return work()


class Job[T]:
    """Work that one thread hands to another. Costs half as much as a Future, which can do more."""

    __slots__ = ("_done", "_error", "_result", "_work")
    _result: T

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def run(self) -> None:
        """Do the work and wake the thread that waits for it."""
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._done.release()

    def result(self) -> T:
        """Wait for the work; return or raise its outcome."""
        self._done.acquire()
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # its traceback refers to this object


class RenderPool(InlineExecutor):
    """Renders in a thread pool: `threads` for reads, as many for writes, one for large bodies.

    So a login or a short text does not wait for an image, and reads do not wait for writes, which
    may wait for each other as long as a database is locked. At most `slots` requests wait at a
    time; at most half of them are writes.
    """

    def __init__(self, threads: int, slots: int) -> None:
        self.slots = Slots(slots)
        self.write_slots = Slots(slots // 2)
        self.upload_slots = Slots(UPLOAD_SLOTS)
        exclusive = threading.Lock()
        self._reads = _ThreadGroup("render", threads, exclusive)
        self._writes = _ThreadGroup("write", threads, exclusive)
        self._uploads = _ThreadGroup("upload", 1, exclusive)

    def run[T](self, work: Callable[[], T]) -> T:
        """Return or raise the outcome of `work`."""
        return self._reads.run(work)

    def run_write[T](self, work: Callable[[], T], length: int) -> T:
        """Do the same for a request with a body of `length` bytes."""
        return (self._writes if length <= LARGE_BODY else self._uploads).run(work)


class _ThreadGroup:
    """Threads and the queue of their jobs. A spare replaces one that waits for a child process."""

    def __init__(self, name: str, threads: int, exclusive: threading.Lock) -> None:
        self._exclusive = exclusive
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._name, self._numbers = name, itertools.count()
        for _ in range(threads):
            self._start()

    def run[T](self, work: Callable[[], T]) -> T:
        job = Job(work)
        self._jobs.put(job)
        return job.result()

    def _start(self) -> None:
        name = f"{self._name}-{next(self._numbers)}"
        threading.Thread(target=self._run_jobs, name=name, daemon=True).start()

    def _run_jobs(self) -> None:
        """Run jobs one at a time; a slow job may run in parallel with the next one."""
        _lower_priority()
        while (job := self._jobs.get()) is not None:
            turn = _ExclusiveTurn(self._exclusive)
            try:
                with while_waiting(partial(self._with_spare_thread, turn)):
                    job.run()
            finally:
                turn.end()
            del job  # or its result would live until the next job
        connections.close_all()

    @contextmanager
    def _with_spare_thread(self, turn: "_ExclusiveTurn") -> Iterator[None]:
        """Let another thread take jobs meanwhile; afterwards one thread ends."""
        turn.end()
        self._start()
        try:
            yield
        finally:
            self._jobs.put(None)


class _ExclusiveTurn:
    """Holds the lock, unless another job has held it for too long."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._is_held = lock.acquire(timeout=EXCLUSIVE_SECONDS)

    def end(self) -> None:
        """Let the next job begin."""
        if self._is_held:
            self._is_held = False
            self._lock.release()


def _lower_priority() -> None:
    """Lower the priority of this thread; only Linux has one per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), RENDER_NICENESS)
