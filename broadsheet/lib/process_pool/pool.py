"""Pool: starts workers when needed, supervises them and replaces them when they end."""

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

from broadsheet.lib.process_pool.protocol import Connection, Message, ProtocolError

#: CPU seconds of a job, and bytes in addition to a worker's memory at its start.
CPU_SECONDS, MEMORY_BYTES = 5, 256_000_000
#: Seconds after which a worker is killed that does not get enough CPU time.
DEADLINE_SECONDS = 120
#: Seconds that a job waits for a free worker.
MAX_WAIT_SECONDS = 10

_ROOT = Path(__file__).parents[3]
_thread_state = threading.local()
logger = logging.getLogger(__name__)


class JobError(Exception):
    """A job failed: it took too much time or memory, or its data crashed it.

    The same data will fail again.
    """


class PoolBusyError(Exception):
    """Too many jobs are waiting. Try again in a few seconds."""

    seconds = 5


def child_cpu_seconds() -> float:
    """Return the total CPU time of workers for the calling thread."""
    return float(getattr(_thread_state, "seconds", 0.0))


@contextmanager
def while_waiting(enter: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Within this block, enter the context of `enter()` while this thread waits for a worker."""
    _thread_state.enter, previous = enter, getattr(_thread_state, "enter", nullcontext)
    try:
        yield
    finally:
        _thread_state.enter = previous


class WorkerProcess:
    """Worker process and the connection to it."""

    def __init__(self, module: str, memory: int) -> None:
        ours, theirs = socket.socketpair()
        env = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-m", "broadsheet.lib.process_pool.worker", module, str(memory)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**env, "PYTHONPATH": str(_ROOT)},  # without our secrets
                process_group=0,
            )
        self.connection = Connection(ours)
        # One that ends while idle would stay a zombie until the next job.
        threading.Thread(target=self.process.wait, name="reaper", daemon=True).start()

    def kill(self) -> None:
        """Kill the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()

    def abandon(self) -> None:
        """Leave the process to the parent that this process was forked from."""
        self.connection.close()
        self.process.returncode = 0  # only the parent can wait for it


class ProcessPool:
    """At most `processes` workers that run the jobs in the dictionary JOBS of `module`.

    A job is a function of JSON values by name and of blobs, and returns the same. At most
    `waiting` jobs wait for a worker.
    """

    def __init__(
        self,
        module: str,
        *,
        processes: int,
        waiting: int,
        memory: int = MEMORY_BYTES,
        seconds: int = CPU_SECONDS,
    ) -> None:
        self._module, self._memory, self._seconds = module, memory, seconds
        self._processes, self._waiting = processes, waiting
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._reset()
        _pools.add(self)

    def run(self, job: str, values: Mapping[str, Any], *blobs: bytes) -> Message:
        """Run a job and return its result. Raises JobError and PoolBusyError."""
        enter: Callable[[], AbstractContextManager[None]] = getattr(
            _thread_state, "enter", nullcontext
        )
        with enter(), self._slot():
            request = {"job": job, "values": values, "seconds": self._seconds}
            was_killed = False
            while True:
                worker, is_new = self._acquire_worker()
                try:
                    return self._run_in(worker, request, blobs)
                except _EndedError:
                    # The worker had reached its idle time and ended just when this job came.
                    if is_new:
                        raise JobError("The worker process does not start.") from None
                except _KilledError as error:
                    # By a user or the system's OOM killer: most likely not because of the job.
                    if was_killed:
                        raise JobError(f"The worker process was killed: {error}") from error
                    was_killed = True

    def close(self) -> None:
        """Kill all workers."""
        with self._lock:
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.kill()

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._lock:
            if self._job_count >= self._processes + self._waiting:
                raise PoolBusyError
            self._job_count += 1
        try:
            if not self._slots.acquire(timeout=MAX_WAIT_SECONDS):
                raise PoolBusyError
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._job_count -= 1

    def _acquire_worker(self) -> tuple[WorkerProcess, bool]:
        """Return an idle worker, and whether it is new."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    self._busy.add(worker)
                    return worker, False
                worker.connection.close()
        worker = WorkerProcess(self._module, self._memory)
        with self._lock:
            self._busy.add(worker)
        return worker, True

    def _run_in(
        self, worker: WorkerProcess, request: Mapping[str, Any], blobs: tuple[bytes, ...]
    ) -> Message:
        """Run a job in the worker; kill the worker if it misbehaves."""
        is_healthy = False
        cpu_seconds: float = self._seconds
        try:
            worker.connection.deadline = time.monotonic() + DEADLINE_SECONDS
            response = None
            # A worker that ends closes the connection, whether or not it has read the request.
            with suppress(BrokenPipeError, ConnectionResetError):
                worker.connection.send(request, blobs)
            with suppress(ConnectionResetError):
                response = worker.connection.receive()
            if response is None:
                raise _end_reason(worker)
            cpu_seconds = min(cpu_seconds, float(response.values.get("seconds", cpu_seconds)))
            if (error := response.values.get("error")) is not None:
                is_healthy = error != "memory"
                if is_healthy:
                    logger.warning("A job in a worker process failed: %s", error)
                raise JobError("It took too much memory." if not is_healthy else "It failed.")
            values = response.values.get("values")
            if not isinstance(values, dict):
                raise ProtocolError("The message has an unexpected format.")
            is_healthy = True
            return Message(values, response.blobs)
        except (OSError, ProtocolError, TypeError, ValueError) as error:
            raise JobError(f"The worker process was ended: {error}") from error
        except _EndedError:
            cpu_seconds = 0
            raise
        finally:
            _thread_state.seconds = child_cpu_seconds() + cpu_seconds
            with self._lock:
                self._busy.discard(worker)
                if is_healthy:
                    self._idle.append(worker)
            if not is_healthy:
                worker.kill()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._processes)
        self._job_count = 0

    def _reset_after_fork(self) -> None:
        """Reset after a fork: the workers belong to the parent."""
        for worker in [*self._idle, *self._busy]:
            worker.abandon()
        self._idle.clear()
        self._busy.clear()
        self._reset()


class _EndedError(Exception):
    """The worker had ended by itself."""


class _KilledError(Exception):
    """The worker was killed from outside, not by its limits."""


def _end_reason(worker: WorkerProcess) -> Exception:
    """Return why the worker closed the connection."""
    try:
        status = worker.process.wait(1)
    except subprocess.TimeoutExpired:
        return JobError("The worker process hung up.")
    if status == 0:
        return _EndedError()
    if status == -signal.SIGXCPU:
        return JobError("It took too long.")
    logger.warning("A worker process ended with status %d.", status)
    if status in (-signal.SIGKILL, -signal.SIGTERM):
        return _KilledError(f"status {status}")
    return JobError(f"The worker process ended with status {status}.")


_pools: weakref.WeakSet[ProcessPool] = weakref.WeakSet()


def _reset_pools() -> None:
    for pool in _pools:
        pool._reset_after_fork()  # noqa: SLF001 - this module's own


def _close_pools() -> None:
    for pool in _pools:
        pool.close()


os.register_at_fork(after_in_child=_reset_pools)
atexit.register(_close_pools)
