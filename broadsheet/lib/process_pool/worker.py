"""The worker process: `python -m broadsheet.lib.process_pool.worker MODULE BYTES`.

Standard input is a socket. The worker runs the jobs in MODULE.JOBS one after another. It exits
after an idle time, or when the parent closes the socket, however the parent ended.
"""

import ctypes
import fcntl
import gc
import math
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from broadsheet.lib.process_pool.protocol import Connection, Message

#: Lowest priority, below the threads that serve requests.
NICE = 19
#: Limits after which a worker exits: seconds without a job, to free its memory, and jobs done, so
#: that it does not grow forever.
IDLE_SECONDS, JOBS_PER_WORKER = 30, 500

type Job = Callable[[Mapping[str, Any], Sequence[bytes]], tuple[Mapping[str, Any], Sequence[bytes]]]


def main(name: str, memory: int) -> None:
    """Run jobs until there are none."""
    jobs: Mapping[str, Job] = import_module(name).JOBS
    _limit_memory(memory)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    _end_with_parent()
    connection = Connection(socket.socket(fileno=os.dup(0)))
    for _ in range(JOBS_PER_WORKER):
        ready, _, _ = select.select([0], [], [], IDLE_SECONDS)
        request = connection.receive() if ready else None
        if request is None or not _run_job(connection, jobs, request):
            return
        del request
        _release_memory()


def _run_job(connection: Connection, jobs: Mapping[str, Job], request: Message) -> bool:
    """Run the job and send its result; return whether the worker can run another one."""
    _set_limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + request.values["seconds"])
    started = time.process_time()
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    response: dict[str, Any]
    blobs: Sequence[bytes] = ()
    try:
        values, blobs = jobs[request.values["job"]](request.values["values"], request.blobs)
        response = {"values": dict(values)}
    except MemoryError:
        response = {"error": "memory"}
    except Exception:
        response = {"error": traceback.format_exc()[-4_000:]}
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    connection.send({**response, "seconds": time.process_time() - started}, blobs)
    return response.get("error") != "memory"  # after a MemoryError the state can be inconsistent


def _end_with_parent() -> None:
    """Have the kernel send SIGIO when the parent ends, which ends this process during a job.

    The kernel also sends it for each request, so it is ignored between jobs.
    """
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def _limit_memory(memory: int) -> None:
    """Limit this process to `memory` more bytes than it has now, without core dumps."""
    _set_limit(resource.RLIMIT_CORE, 0)
    if size := _data_size():
        _set_limit(resource.RLIMIT_DATA, size + memory)


def _set_limit(kind: int, limit: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (limit, hard))


def _data_size() -> int:
    """Return the bytes of this process' private data, without shared libraries.

    That is what RLIMIT_DATA counts (since Linux 4.7); 0 if the system does not report it.
    """
    with suppress(OSError):
        for row in Path("/proc/self/status").read_text().splitlines():
            if row.startswith("VmData:"):
                return int(row.split()[1]) * 1024
    return 0


def _release_memory() -> None:
    """Return unused memory to the system (glibc only)."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
