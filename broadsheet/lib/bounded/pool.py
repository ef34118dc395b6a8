"""The parent's side: children that are started when needed, watched, and replaced when they end."""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from broadsheet.lib.bounded.frames import FrameError, Line, Message

#: Seconds of the processor for a job, and bytes beyond what a child has before it begins.
SECONDS, MEMORY = 5, 256_000_000
#: Seconds after which a child is killed that does not get its share of the processor.
DEADLINE = 120
#: Seconds that a job waits for a free child.
PATIENCE = 10

_ROOT = Path(__file__).parents[3]
_here = threading.local()
logger = logging.getLogger(__name__)


class BoundedError(Exception):
    """A job without a result: it took too long or too much memory, or what it was given broke it.

    The same data will do it again.
    """


class BusyError(Exception):
    """So many jobs wait that another one would wait too long. Try again in a few seconds."""

    seconds = 5


def cpu_seconds() -> float:
    """Return how long children have computed for the calling thread, altogether."""
    return float(getattr(_here, "seconds", 0.0))


@contextmanager
def while_waiting(enter: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Enter what `enter` returns whenever the calling thread waits for a child, in this block."""
    _here.enter, before = enter, getattr(_here, "enter", nullcontext)
    try:
        yield
    finally:
        _here.enter = before


class Child:
    """One process and the line to it."""

    def __init__(self, module: str, memory: int) -> None:
        ours, theirs = socket.socketpair()
        env = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-m", "broadsheet.lib.bounded.child", module, str(memory)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**env, "PYTHONPATH": str(_ROOT)},  # no secret that is in ours
                process_group=0,
            )
        self.line = Line(ours)

    def kill(self) -> None:
        """End it, whatever it does."""
        self.line.close()
        self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """Leave it to the process that this one was forked from."""
        self.line.close()
        self.process.returncode = 0  # which is not for this process to ask


class Pool:
    """At most `processes` children that do the jobs in the dictionary JOBS of `module`.

    A job is a function of values that JSON can carry, by their names, and of bytes, and returns
    the same. At most `waiting` jobs wait for a child.
    """

    def __init__(
        self,
        module: str,
        *,
        processes: int,
        waiting: int,
        memory: int = MEMORY,
        seconds: int = SECONDS,
    ) -> None:
        self._module, self._memory, self._seconds = module, memory, seconds
        self._processes, self._waiting = processes, waiting
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._begin()
        _pools.add(self)

    def run(self, job: str, values: Mapping[str, Any], *blobs: bytes) -> Message:
        """Return what the job returns. Raises BoundedError and BusyError."""
        enter: Callable[[], AbstractContextManager[None]] = getattr(_here, "enter", nullcontext)
        with enter(), self._turn():
            request = {"job": job, "values": values, "seconds": self._seconds}
            was_killed = False
            while True:
                child, is_new = self._take()
                try:
                    return self._ask(child, request, blobs)
                except _EndedError:
                    # It had waited in vain for a job, and ended just as this one came.
                    if is_new:
                        raise BoundedError("The child process does not start.") from None
                except _KilledError as error:
                    # By somebody, or by the system for want of memory: most likely not its fault.
                    if was_killed:
                        raise BoundedError(f"The child process was killed: {error}") from error
                    was_killed = True

    def close(self) -> None:
        """End all children."""
        with self._lock:
            children = [*self._idle, *self._busy]
            self._idle.clear()
        for child in children:
            child.kill()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._inside >= self._processes + self._waiting:
                raise BusyError
            self._inside += 1
        try:
            if not self._free.acquire(timeout=PATIENCE):
                raise BusyError
            try:
                yield
            finally:
                self._free.release()
        finally:
            with self._lock:
                self._inside -= 1

    def _take(self) -> tuple[Child, bool]:
        """Return a child that does nothing, and whether it is a new one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    self._busy.add(child)
                    return child, False
                child.line.close()
        child = Child(self._module, self._memory)
        with self._lock:
            self._busy.add(child)
        return child, True

    def _ask(self, child: Child, request: Mapping[str, Any], blobs: tuple[bytes, ...]) -> Message:
        """Let the child do a job; one that does not end as it should is ended."""
        is_well = False
        spent: float = self._seconds
        try:
            child.line.deadline = time.monotonic() + DEADLINE
            answer = None
            # A child that ends hangs up, with or without having read what was sent.
            with suppress(BrokenPipeError, ConnectionResetError):
                child.line.send(request, blobs)
            with suppress(ConnectionResetError):
                answer = child.line.receive()
            if answer is None:
                raise _why(child)
            spent = min(spent, float(answer.values.get("seconds", spent)))
            if (error := answer.values.get("error")) is not None:
                is_well = error != "memory"
                if is_well:
                    logger.warning("A job in a child process failed: %s", error)
                raise BoundedError("It took too much memory." if not is_well else "It failed.")
            values = answer.values.get("values")
            if not isinstance(values, dict):
                raise FrameError("The message has another form.")
            is_well = True
            return Message(values, answer.blobs)
        except (OSError, FrameError, TypeError, ValueError) as error:
            raise BoundedError(f"The child process was ended: {error}") from error
        except _EndedError:
            spent = 0
            raise
        finally:
            _here.seconds = cpu_seconds() + spent
            with self._lock:
                self._busy.discard(child)
                if is_well:
                    self._idle.append(child)
            if not is_well:
                child.kill()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(self._processes)
        self._inside = 0

    def _forget(self) -> None:
        """Begin again without children: those of the process that was forked are not the fork's."""
        for child in [*self._idle, *self._busy]:
            child.forget()
        self._idle.clear()
        self._busy.clear()
        self._begin()


class _EndedError(Exception):
    """The child had ended by itself."""


class _KilledError(Exception):
    """The child was ended from outside, which no limit of its own does."""


def _why(child: Child) -> Exception:
    """Return why it hung up."""
    try:
        status = child.process.wait(1)
    except subprocess.TimeoutExpired:
        return BoundedError("The child process hung up.")
    if status == 0:
        return _EndedError()
    if status == -signal.SIGXCPU:
        return BoundedError("It took too long.")
    logger.warning("A child process ended with status %d.", status)
    if status in (-signal.SIGKILL, -signal.SIGTERM):
        return _KilledError(f"status {status}")
    return BoundedError(f"The child process ended with status {status}.")


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _forget() -> None:
    for pool in _pools:
        pool._forget()  # noqa: SLF001 - this module's own


def _close() -> None:
    for pool in _pools:
        pool.close()


os.register_at_fork(after_in_child=_forget)
atexit.register(_close)
